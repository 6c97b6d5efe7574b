"""Versions of the scoring model over HTTP: drafts, what they would change, and putting one to use."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.adoption.wording import label_of
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError
from portal.health import wording as health_wording
from portal.health.model import shipped_versions
from portal.health.rules import FULL_E4, ONE_E4
from portal.health.toml_table import comments_in
from portal.health.versions import charts, policies, queries, rules, service, wording
from portal.health.versions.forms import DraftForm
from portal.health.versions.models import ScoringModel
from portal.health.versions.rules import BANDS, Rescoring
from portal.web.errors import explain
from portal.web.numbers import row_number
from portal.web.paging import AskedPage, asked_page
from portal.web.spreadsheets import csv_answer

bp = Blueprint("scoring_models", __name__, url_prefix="/staff/accounts/model")
bp.before_request(require_staff)

PAGE_SIZE: Final = 100
BEGINNING: Final = AskedPage(number=1, size=20)


@bp.context_processor
def offer_words() -> dict[str, object]:
    """Give this feature's pages the words for models, versions and scores."""
    return {
        "charts": charts,
        "label_of": label_of,
        "wording": health_wording,
        "version_wording": wording,
        "may_activate": policies.may_activate(current_actor()),
    }


@bp.get("/drafts/new")
def new_draft() -> ResponseReturnValue:
    """Offer the text of a version, given as `?from=`, to be changed; by default of the one in use."""
    session, actor = db.session(), current_actor()
    version = request.args.get("from") or queries.current_model(session).version
    taken = {*shipped_versions(), *(row.version for row in queries.versions_for(session, actor))}
    text = queries.text_for(session, actor, version)
    form = DraftForm(formdata=None, text=rules.renamed(text, rules.next_version(version, taken)))
    return _editor(form, based_on=version)


@bp.post("/drafts/")
def create_draft() -> ResponseReturnValue:
    """Keep a draft and have it tried; what cannot be used stays on the page."""
    form, based_on = DraftForm(), request.form.get("based_on", "")[:40] or None
    if not form.accept():
        return _editor(form, based_on=based_on), 422
    try:
        with transaction() as session:
            draft = service.create_draft(
                session,
                actor=current_actor(),
                text=form.text.data or "",
                note=form.note.data or "",
                based_on=based_on,
                now=utc_now(),
            )
            address = url_for(".show_draft", model_id=draft.id)
    except InvalidError as error:
        return _refused(form, error, based_on=based_on), 422
    return redirect(address, 303)


@bp.get("/drafts/<int:model_id>")
def show_draft(model_id: int) -> ResponseReturnValue:
    """Offer a draft to be changed, with what it would change; a version that is none has another page."""
    row = queries.model_for(db.session(), current_actor(), model_id)
    if not row.is_draft:
        return redirect(url_for(".show_version", model_id=model_id))
    return _editor(DraftForm(formdata=None, text=row.text, note=row.note), row)


@bp.post("/drafts/<int:model_id>")
def update_draft(model_id: int) -> ResponseReturnValue:
    """Change a draft, or with `_method=delete` throw it away; what cannot be used stays on the page."""
    form, actor, edition = DraftForm(), current_actor(), request.form.get("edition", type=row_number)
    if request.form.get("_method") == "delete":
        with transaction() as session:
            service.delete_draft(session, actor=actor, model_id=model_id, edition=edition)
        flash(_("The draft is gone."), "success")
        return redirect(url_for("health.show_model"), 303)
    row = queries.model_for(db.session(), actor, model_id)
    if not form.accept():
        return _editor(form, row), 422
    try:
        with transaction() as session:
            service.update_draft(
                session,
                actor=actor,
                model_id=model_id,
                edition=edition,
                text=form.text.data or "",
                note=form.note.data or "",
                now=utc_now(),
            )
    except InvalidError as error:
        return _refused(form, error, row), 422
    except ConflictError as error:
        form.blame("text", explain(error))
        newer = queries.model_for(db.session(), actor, model_id)
        return _editor(form, newer, is_stale=True), 409
    flash(_("The draft is saved. What it would change is computed now."), "success")
    return redirect(url_for(".show_draft", model_id=model_id), 303)


def _refused(
    form: DraftForm, error: InvalidError, row: ScoringModel | None = None, *, based_on: str | None = None
) -> str:
    form.blame(error.field, explain(error))
    line = error.params.get("line")
    lines = rules.excerpt(form.text.data or "", line) if isinstance(line, int) else ()
    return _editor(form, row, based_on=based_on, lines=lines, line=line)


def _editor(
    form: DraftForm,
    row: ScoringModel | None = None,
    *,
    based_on: str | None = None,
    lines: Sequence[tuple[int, str]] = (),
    line: object = None,
    is_stale: bool = False,
) -> str:
    """Show the text with what it would change; `lines` are those around a mistake in `line`."""
    return render_template(
        "health/versions/draft.html",
        form=form,
        row=row,
        based_on=row.based_on if row else based_on,
        lines=lines,
        line=line,
        is_stale=is_stale,
        **(_effect(row.id) if row else {}),
    )


def _effect(model_id: int, page: AskedPage = BEGINNING) -> dict[str, object]:
    """Return all that the page says of what a version would change, and some of the accounts."""
    session, actor = db.session(), current_actor()
    preview = queries.preview_for(session, actor, model_id)
    changes = queries.rescorings_for(session, actor, model_id) if preview and preview.finished_at else ()
    befores = [row.before_e4 for row in changes if row.before_e4 is not None]
    afters = [row.after_e4 for row in changes if row.after_e4 is not None]
    return {
        "preview": preview,
        "in_use": queries.current_model(session).version,
        "page": page.of(changes),
        "total": len(changes),
        "bands": BANDS,
        "moves": rules.band_moves(changes),
        "moved": sum(row.moves for row in changes),
        "before_bars": charts.bars(rules.histogram(befores, whole=FULL_E4)),
        "after_bars": charts.bars(rules.histogram(afters, whole=FULL_E4)),
    }


@bp.get("/versions/<int:model_id>")
def show_version(model_id: int) -> ResponseReturnValue:
    """Show what a version says, and what it would change."""
    row = queries.model_for(db.session(), current_actor(), model_id)
    return render_template(
        "health/versions/version.html",
        row=row,
        model=queries.loaded(row.text),
        source=row.text,
        reasons=comments_in(row.text),
        spreads={},
        **_effect(model_id),
    )


@bp.get("/versions/<int:model_id>/preview")
def show_preview(model_id: int) -> ResponseReturnValue:
    """Show what a version would change: a page, with `format=csv` a file, or the piece that htmx asks for."""
    session, actor = db.session(), current_actor()
    row = queries.model_for(session, actor, model_id)
    if request.args.get("format") == "csv":
        changes = queries.rescorings_for(session, actor, model_id)
        return csv_answer(_table(changes), name=f"model-{row.version}")
    if request.headers.get("HX-Request"):
        return render_template("health/versions/effect.html", row=row, **_effect(model_id))
    return render_template(
        "health/versions/preview.html", row=row, **_effect(model_id, asked_page(PAGE_SIZE))
    )


def _table(changes: Sequence[Rescoring]) -> Iterator[Sequence[object]]:
    yield (_("Account"), _("Score now"), _("Health now"), _("Score then"), _("Health then"), _("Difference"))
    for row in changes:
        yield (
            row.name,
            "" if row.before_e4 is None else row.before_e4 / ONE_E4,
            health_wording.BANDS[row.before_band or "unknown"](),
            "" if row.after_e4 is None else row.after_e4 / ONE_E4,
            health_wording.BANDS[row.after_band or "unknown"](),
            "" if row.delta_e4 is None else row.delta_e4 / ONE_E4,
        )


@bp.post("/versions/<int:model_id>/preview")
def create_preview(model_id: int) -> ResponseReturnValue:
    """Have a version tried on every account, beside the one in use now."""
    with transaction() as session:
        service.start_preview(session, actor=current_actor(), model_id=model_id, now=utc_now())
    return redirect(url_for(".show_preview", model_id=model_id), 303)


@bp.get("/versions/<int:model_id>/activation")
def new_activation(model_id: int) -> ResponseReturnValue:
    """Ask before a version is put to use, and say what comes of it."""
    row = queries.model_for(db.session(), current_actor(), model_id)
    return render_template("health/versions/activation.html", row=row, **_effect(model_id))


@bp.post("/versions/<int:model_id>/activation")
def create_activation(model_id: int) -> ResponseReturnValue:
    """Make scores with a version from now on."""
    edition = request.form.get("edition", type=row_number)
    with transaction() as session:
        row = service.activate(
            session, actor=current_actor(), model_id=model_id, edition=edition, now=utc_now()
        )
        version = row.version
    flash(
        _("Version %(version)s is in use. Today’s scores are made again in the background.", version=version),
        "success",
    )
    return redirect(url_for("health.show_model"), 303)
