"""The pages on which staff keep the texts that articles share."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets.forms import SnippetForm, SnippetTextForm
from portal.web.errors import explain

bp = Blueprint("snippets", __name__, url_prefix="/staff/snippets")
bp.before_request(require_staff)


@bp.get("/")
def list_snippets() -> ResponseReturnValue:
    """Show all snippets and how much they are used, and offer the form for another."""
    return _list(SnippetForm(formdata=None, data={"name": request.args.get("name", "")}))


def _list(form: SnippetForm) -> str:
    session, actor = db.session(), current_actor()
    known, counts = snippets.snippets_for(session, actor), snippets.counts_for(session, actor)
    unknown = sorted(counts.keys() - {snippet.name for snippet in known})
    return render_template(
        "knowledge/staff/snippets.html", snippets=known, counts=counts, unknown=unknown, form=form
    )


@bp.post("/")
def create_snippet() -> ResponseReturnValue:
    """Add a snippet."""
    form = SnippetForm()
    if form.accept():
        try:
            with transaction() as session:
                snippets.add_snippet(session, actor=current_actor(), name=form.name.data, bodies=form.bodies)
            return _saved()
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _list(form), 422


def _saved() -> ResponseReturnValue:
    flash(_("Saved. Articles that use it follow within a minute."), "success")
    return redirect(url_for(".list_snippets"), 303)


@bp.get("/<int:snippet_id>")
def show_snippet(snippet_id: int) -> ResponseReturnValue:
    """Offer a snippet for changing, and show where it is used."""
    snippet = snippets.snippet_for(db.session(), current_actor(), snippet_id)
    return _page(snippet_id, SnippetTextForm.of(snippet))


def _page(snippet_id: int, form: SnippetTextForm) -> str:
    session, actor = db.session(), current_actor()
    snippet = snippets.snippet_for(session, actor, snippet_id)
    uses = snippets.uses_for(session, actor, snippet)
    return render_template("knowledge/staff/snippet.html", snippet=snippet, uses=uses, form=form)


@bp.post("/<int:snippet_id>")
def update_snippet(snippet_id: int) -> ResponseReturnValue:
    """Change what a snippet says; with `_method=delete`, forget it."""
    actor = current_actor()
    if request.form.get("_method") == "delete":
        with transaction() as session:
            snippets.remove_snippet(session, actor=actor, snippet_id=snippet_id)
        flash(_("Removed."), "success")
        return redirect(url_for(".list_snippets"), 303)
    form = SnippetTextForm()
    if form.accept():
        try:
            with transaction() as session:
                snippets.update_snippet(session, actor=actor, snippet_id=snippet_id, bodies=form.bodies)
            return _saved()
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _page(snippet_id, form), 422
