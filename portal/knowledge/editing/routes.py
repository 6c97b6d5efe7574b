"""The pages on which staff write what articles say."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import Conflict, UnprocessableEntity

from portal.accounts.current import current_actor, require_staff
from portal.content.comparison import differences
from portal.content.snippets import use_of
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.knowledge import queries, service, workflow
from portal.knowledge.editing import drafts
from portal.knowledge.editing.editor_routes import remind_to_describe
from portal.knowledge.editing.forms import NewArticleForm, TextForm, section_choices
from portal.knowledge.editing.queries import Writing, changes_in_source, writing_for
from portal.knowledge.models import Article, ArticleDraft, Stage, Translation
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets import templates as article_templates
from portal.web.errors import explain
from portal.web.language import reader_zone, require_language

bp = Blueprint("knowledge_staff", __name__, url_prefix="/staff")
bp.before_request(require_staff)

ALONE: Final = "knowledge/staff/article.html"
BESIDE: Final = "knowledge/staff/translation.html"


def _language() -> str:
    return str(get_locale())


@bp.get("/articles/new")
def new_article() -> ResponseReturnValue:
    """Offer an empty form, or what was typed into it and not saved."""
    language, session, actor = _wanted_language(), db.session(), current_actor()
    draft = drafts.draft_for(session, actor, None, language)
    if draft and _continues():
        return _new_page(NewArticleForm.of_draft(draft), language)
    form = NewArticleForm(formdata=None)
    form.section_id.data = request.args.get("section", type=int)
    form.title.data = request.args.get("title", "")
    if template_id := request.args.get("template", type=int):
        template = article_templates.template_for(session, actor, template_id)
        form.body.data = template.body(language)
    return _new_page(form, language, offered=draft)


@bp.post("/articles/new")
def create_article() -> ResponseReturnValue:
    """Write a new article; what was typed stays on the page if it cannot be used."""
    language, form = _wanted_language(), NewArticleForm()
    _offer_sections(form)
    if form.accept():
        try:
            with transaction() as session:
                article = service.add_article(session, actor=current_actor(), place=form.place, now=utc_now())
                words = _save(session, article.id, language, form, is_new=True)
                article_id = article.id
            flash(words, "success")
            return redirect(url_for(".show_translation", article_id=article_id, language=language), 303)
        except (InvalidError, ForbiddenError) as error:
            _blame(form, error)
    return _new_page(form, language), UnprocessableEntity.code


def _wanted_language() -> str:
    return require_language(request.args.get("language") or _language())


def _continues() -> bool:
    """Tell whether the reader goes on with what they typed before."""
    return request.args.get("draft") == "continue"


def _offer_sections(form: NewArticleForm) -> set[bool]:
    """Set which sections can be chosen; return whether texts in them need a review."""
    tree = queries.sections_for(db.session(), current_actor())
    form.section_id.choices = list(section_choices(tree, _language()))
    trails = ((*above, node.section) for top in tree for above, node in top.walk())
    return {any(section.needs_review for section in trail) for trail in trails}


def _new_page(form: NewArticleForm, language: str, *, offered: ArticleDraft | None = None) -> str:
    needs_review = _offer_sections(form)
    return _page(
        "knowledge/staff/new_article.html",
        form,
        language,
        offered=offered,
        may_publish=needs_review != {True},
        some_need_review=True in needs_review,
        templates=article_templates.templates_for(db.session(), current_actor()),
    )


def _page(
    template: str, form: TextForm, language: str, *, offered: ArticleDraft | None, **context: object
) -> str:
    """Show a form; `offered` is what was typed into it before, which stays until its author decides."""
    known = snippets.snippets_for(db.session(), current_actor())
    return render_template(
        template,
        form=form,
        written=language,
        snippets=[(snippet.name, use_of(snippet.name)) for snippet in known],
        zone=reader_zone(current_app.extensions["settings"]).key,
        offered=offered,
        leaves_draft=offered is not None or _leaves_draft(),
        **context,
    )


def _leaves_draft() -> bool:
    """Tell whether the form was opened beside an older unsaved text, which is not what is being saved."""
    return "leaves_draft" in request.form


def _save(session: Session, article_id: int, language: str, form: TextForm, *, is_new: bool) -> str:
    """Save what was typed and do with it what was asked; say what came of it."""
    actor, now, text = current_actor(), utc_now(), form.text
    writing = writing_for(session, actor, article_id, language, locked=True)
    translation = service.save_article(
        session,
        actor=actor,
        article_id=article_id,
        base_number=None if is_new else form.base_number.data,
        language=language,
        text=text,
        edit=form.edit(writing.made_from),
        now=now,
    )
    if not _leaves_draft():
        drafts.discard(session, actor=actor, article_id=None if is_new else article_id, language=language)
    remind_to_describe(text.rendered.html)
    return _hand_on(session, writing.article, translation, form)


def _hand_on(session: Session, article: Article, translation: Translation, form: TextForm) -> str:
    """Publish, send for review or leave a saved text; say what came of it."""
    hand_on = {"publish": workflow.publish, "review": workflow.ask_for_review}.get(
        request.form.get("action", "")
    )
    if hand_on is None:
        is_new = translation.newest_number != form.base_number.data
        return str(_("Saved. Readers do not see it yet.") if is_new else _("Nothing has changed."))
    changes = hand_on(
        session,
        actor=current_actor(),
        article=article,
        language=translation.language,
        publish_at=form.goes_live_at,
        now=utc_now(),
    )
    if not changes:
        return str(_("Readers see this text already."))
    return _WORDS[translation.stage](translation)


_WORDS: Final[Mapping[Stage, Callable[[Translation], str]]] = {
    Stage.PUBLISHED: lambda _text: _("Published."),
    Stage.IN_REVIEW: lambda _text: _("Sent for review."),
    Stage.SCHEDULED: lambda text: _("It goes live on %(time)s.", time=format_datetime(text.publish_at)),
}


def _blame(form: TextForm, error: InvalidError | ForbiddenError) -> None:
    """Show an error where it is mended."""
    if isinstance(error, InvalidError):
        form[error.field or "body"].errors = [explain(error)]
    else:
        form.form_errors.append(_("In this section a second person has to look first. Send it for review."))


@bp.get("/articles/<int:article_id>/<language>")
def show_translation(article_id: int, language: str) -> ResponseReturnValue:
    """Offer an article's newest text in one language for changing; the form is empty if there is none yet."""
    return _show(ALONE, article_id, language)


@bp.post("/articles/<int:article_id>/<language>")
def update_translation(article_id: int, language: str) -> ResponseReturnValue:
    """Save; if someone else did meanwhile, show both texts, so that nothing typed is lost."""
    return _update(ALONE, article_id, language)


@bp.get("/articles/<int:article_id>/<language>/translation")
def show_side_by_side(article_id: int, language: str) -> ResponseReturnValue:
    """Offer a translation for changing beside what it translates."""
    return _show(BESIDE, article_id, language)


@bp.post("/articles/<int:article_id>/<language>/translation")
def update_side_by_side(article_id: int, language: str) -> ResponseReturnValue:
    """Save a translation as `update_translation` does, and stay beside what it translates."""
    return _update(BESIDE, article_id, language)


def _show(template: str, article_id: int, language: str) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    writing = writing_for(session, actor, article_id, require_language(language))
    if template == BESIDE and writing.source is None:
        return redirect(url_for(".show_translation", article_id=article_id, language=language))
    draft = drafts.draft_for(session, actor, article_id, language)
    if draft and _continues():
        return _text_page(template, writing, TextForm.of_draft(draft))
    return _text_page(template, writing, TextForm.of(writing), offered=draft)


def _update(template: str, article_id: int, language: str) -> ResponseReturnValue:
    form, conflict = TextForm(), False
    if form.accept():
        try:
            with transaction() as session:
                words = _save(session, article_id, require_language(language), form, is_new=False)
            flash(words, "success")
            return redirect(request.path, 303)
        except ConflictError:
            conflict = True
        except (InvalidError, ForbiddenError) as error:
            _blame(form, error)
    writing = writing_for(db.session(), current_actor(), article_id, require_language(language))
    page = _text_page(template, writing, form, conflict=conflict)
    return page, Conflict.code if conflict else UnprocessableEntity.code


def _text_page(
    template: str,
    writing: Writing,
    form: TextForm,
    *,
    offered: ArticleDraft | None = None,
    conflict: bool = False,
) -> str:
    """Show a text; in a conflict also how it differs from the newest one, which the next save replaces."""
    if conflict:
        form.base_number.data = writing.newest and writing.newest.number
    return _page(
        template,
        form,
        writing.language,
        offered=offered,
        writing=writing,
        may_publish=writing.may_publish,
        theirs=differences(writing.newest, form.text) if conflict and writing.newest else None,
        changes=changes_in_source(db.session(), writing),
    )
