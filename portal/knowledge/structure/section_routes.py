"""The pages on which staff order sections and the articles in them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import SelectChoice

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.knowledge import queries
from portal.knowledge.editing.forms import section_choices
from portal.knowledge.models import Section
from portal.knowledge.structure import sections
from portal.knowledge.structure.section_forms import SectionForm
from portal.web.errors import explain
from portal.web.ordering import sent_move

bp = Blueprint("knowledge_sections", __name__, url_prefix="/staff/sections")
bp.before_request(require_staff)


def _form(section: Section | None = None) -> SectionForm:
    """Make the form of what was sent, or of a section as it is."""
    form = SectionForm.of(section) if section else SectionForm()
    session, actor = db.session(), current_actor()
    tree = queries.sections_for(session, actor)
    form.parent_id.choices = [SelectChoice("", _("(top)")), *section_choices(tree, str(get_locale()))]
    people = [SelectChoice(str(person.id), person.name) for person in accounts.staff_for(session, actor)]
    form.verifier_id.choices = [SelectChoice("", _("As above")), *people]
    return form


@bp.get("/")
def list_sections() -> ResponseReturnValue:
    """Show the tree of sections."""
    return _tree_page(_form())


def _tree_page(form: SectionForm) -> str:
    tree = queries.sections_for(db.session(), current_actor())
    return render_template("knowledge/staff/sections.html", tree=tree, form=form)


@bp.post("/")
def create_section() -> ResponseReturnValue:
    """Add a section."""
    form = _form()
    if form.accept():
        try:
            with transaction() as session:
                sections.add_section(session, actor=current_actor(), draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".list_sections"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _tree_page(form), 422


@bp.post("/order")
def update_order() -> ResponseReturnValue:
    """Put a section in front of another of its row."""
    move = sent_move()
    with transaction() as session:
        sections.put_section_before(
            session, actor=current_actor(), section_id=move.item, before_id=move.before
        )
    if request.headers.get("HX-Request"):
        tree = queries.sections_for(db.session(), current_actor())
        return render_template("knowledge/staff/section_tree.html", tree=tree)
    return redirect(url_for(".list_sections", _anchor=f"item-{move.item}"), 303)


@bp.get("/<int:section_id>")
def show_section(section_id: int) -> ResponseReturnValue:
    """Show what stands in a section, in order, and offer it for changing."""
    section = queries.editable_section_for(db.session(), current_actor(), section_id)
    return _section_page(section, _form(section))


def _section_page(section: Section, form: SectionForm) -> str:
    articles = queries.articles_for(db.session(), current_actor(), section.id, language=str(get_locale()))
    return render_template("knowledge/staff/section.html", section=section, form=form, articles=articles)


@bp.post("/<int:section_id>")
def update_section(section_id: int) -> ResponseReturnValue:
    """Rename, move or reorder a section."""
    actor, form = current_actor(), _form()
    if form.accept():
        try:
            with transaction() as session:
                sections.update_section(session, actor=actor, section_id=section_id, draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".list_sections"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _section_page(queries.editable_section_for(db.session(), actor, section_id), form), 422


@bp.post("/<int:section_id>/order")
def update_article_order(section_id: int) -> ResponseReturnValue:
    """Put an article in front of another of its section."""
    actor, move = current_actor(), sent_move()
    with transaction() as session:
        sections.put_article_before(session, actor=actor, article_id=move.item, before_id=move.before)
    if request.headers.get("HX-Request"):
        section = queries.editable_section_for(db.session(), actor, section_id)
        articles = queries.articles_for(db.session(), actor, section_id, language=str(get_locale()))
        return render_template("knowledge/staff/section_articles.html", section=section, articles=articles)
    return redirect(url_for(".show_section", section_id=section_id, _anchor=f"item-{move.item}"), 303)
