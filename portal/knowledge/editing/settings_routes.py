"""Where an article stands, for whom, who verifies it; and whether its texts wait or are put away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.knowledge import queries, service, workflow
from portal.knowledge.editing.forms import SettingsForm, section_choices, verifier_choices
from portal.knowledge.models import Article
from portal.knowledge.upkeep import duties as upkeep
from portal.web.errors import explain

bp = Blueprint("knowledge_settings", __name__, url_prefix="/staff/articles/<int:article_id>")
bp.before_request(require_staff)


@bp.get("/settings")
def show_settings(article_id: int) -> ResponseReturnValue:
    """Offer what holds for an article in every language."""
    article = queries.editable_article_for(db.session(), current_actor(), article_id)
    return _page(SettingsForm.of(article), article)


def _page(form: SettingsForm, article: Article) -> str:
    _offer_choices(form)
    return render_template("knowledge/staff/settings.html", form=form, article=article)


def _offer_choices(form: SettingsForm) -> None:
    session, actor = db.session(), current_actor()
    tree, staff = queries.sections_for(session, actor), accounts.staff_for(session, actor)
    form.section_id.choices = list(section_choices(tree, str(get_locale())))
    form.verifier_id.choices = list(verifier_choices(staff))


@bp.post("/settings")
def update_settings(article_id: int) -> ResponseReturnValue:
    """Move an article, choose whom it is for, and who verifies it."""
    form, actor = SettingsForm(), current_actor()
    _offer_choices(form)
    if form.accept():
        try:
            with transaction() as session:
                service.move_article(
                    session, actor=actor, article_id=article_id, place=form.place, now=utc_now()
                )
                upkeep.assign(session, actor=actor, article_id=article_id, duty=form.duty)
            flash(_("Saved."), "success")
            return redirect(url_for(".show_settings", article_id=article_id), 303)
        except InvalidError as error:
            form[error.field or "section_id"].errors = [explain(error)]
    return _page(form, queries.editable_article_for(db.session(), actor, article_id)), 422


@bp.post("/<language>/archive")
def archive(article_id: int, language: str) -> ResponseReturnValue:
    """Take a text away from its readers (or, with `_method=delete`, bring it back)."""
    comes_back = request.form.get("_method") == "delete"
    act = workflow.bring_back if comes_back else workflow.archive
    with transaction() as session:
        actor = current_actor()
        article = queries.editable_article_for(session, actor, article_id)
        act(session, actor=actor, article=article, language=language, now=utc_now())
    return _back(
        article_id, language, _("It is back.") if comes_back else _("Archived. Nobody reads it now.")
    )


@bp.post("/<language>/withdrawal")
def take_back(article_id: int, language: str) -> ResponseReturnValue:
    """Make a text that waits, for a review or for its time, a draft again."""
    with transaction() as session:
        actor = current_actor()
        article = queries.editable_article_for(session, actor, article_id)
        workflow.take_back(actor=actor, article=article, language=language)
    return _back(article_id, language, _("It does not wait any more; it is a draft again."))


def _back(article_id: int, language: str, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(
        url_for("knowledge_staff.show_translation", article_id=article_id, language=language), 303
    )
