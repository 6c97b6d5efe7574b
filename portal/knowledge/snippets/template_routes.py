"""The pages on which staff keep what new articles begin with."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.current import current_actor, require_staff
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.knowledge.snippets import templates as article_templates
from portal.knowledge.snippets.forms import TemplateForm
from portal.web.errors import explain

bp = Blueprint("article_templates", __name__, url_prefix="/staff/article-templates")
bp.before_request(require_staff)


@bp.get("/")
def list_templates() -> ResponseReturnValue:
    """Show all templates, and offer the form for another."""
    return _list(TemplateForm(formdata=None))


def _list(form: TemplateForm) -> str:
    templates = article_templates.templates_for(db.session(), current_actor())
    return render_template("knowledge/staff/article_templates.html", templates=templates, form=form)


@bp.post("/")
def create_template() -> ResponseReturnValue:
    """Add a template."""
    form = TemplateForm()
    if form.accept():
        try:
            with transaction() as session:
                article_templates.add_template(
                    session, actor=current_actor(), name=form.name.data, bodies=form.bodies
                )
            return _back(_("Saved."))
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _list(form), 422


def _back(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".list_templates"), 303)


@bp.get("/<int:template_id>")
def show_template(template_id: int) -> ResponseReturnValue:
    """Offer a template for changing."""
    template = article_templates.template_for(db.session(), current_actor(), template_id)
    return _page(template_id, TemplateForm.of(template))


def _page(template_id: int, form: TemplateForm) -> str:
    template = article_templates.template_for(db.session(), current_actor(), template_id)
    return render_template("knowledge/staff/article_template.html", template=template, form=form)


@bp.post("/<int:template_id>")
def update_template(template_id: int) -> ResponseReturnValue:
    """Change a template; with `_method=delete`, forget it."""
    actor = current_actor()
    if request.form.get("_method") == "delete":
        with transaction() as session:
            article_templates.remove_template(session, actor=actor, template_id=template_id)
        return _back(_("Removed."))
    form = TemplateForm()
    if form.accept():
        try:
            with transaction() as session:
                article_templates.update_template(
                    session,
                    actor=actor,
                    template_id=template_id,
                    name=form.name.data,
                    bodies=form.bodies,
                )
            return _back(_("Saved."))
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _page(template_id, form), 422
