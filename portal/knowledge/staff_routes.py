"""The pages on which staff write articles and order sections."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from portal.accounts.current import current_actor, require_staff
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.core.i18n import LANGUAGE_NAMES
from portal.core.paging import Cursor
from portal.knowledge import queries, sections, service, workflow
from portal.knowledge.forms import ArticleForm, SectionForm, section_choices
from portal.knowledge.models import Article, ArticleStatus, Section, Translation
from portal.knowledge.queries import ArticleFilter, SectionNode
from portal.web.errors import explain

bp = Blueprint("knowledge_staff", __name__, url_prefix="/staff")
bp.before_request(require_staff)


def _language() -> str:
    return str(get_locale())


def _known(language: str) -> str:
    if language not in current_app.extensions["settings"].languages:
        raise NotFoundError("language")
    return language


@bp.get("/articles/")
def list_articles() -> ResponseReturnValue:
    """Show all articles in all languages, the last changed first."""
    session, actor = db.session(), current_actor()
    tree = queries.sections_for(session, actor)
    wanted = ArticleFilter(
        language=request.args.get("language") or None,
        status=next((item for item in ArticleStatus if item == request.args.get("status")), None),
        section=_node(tree, request.args.get("section", type=int)),
        words=request.args.get("q", "").strip(),
    )
    after = Cursor.decode(request.args.get("after", ""))
    page = queries.translations_for(session, actor, wanted, after=after)
    return render_template(
        "knowledge/staff/articles.html",
        page=page,
        next_url=_next_url(wanted, page.next_cursor),
        wanted=wanted,
        sections=[(choice.value, choice.label) for choice in section_choices(tree, _language())],
    )


def _next_url(wanted: ArticleFilter, cursor: str | None) -> str | None:
    return cursor and url_for(
        ".list_articles",
        language=wanted.language,
        status=wanted.status,
        section=wanted.section.section.id if wanted.section else None,
        q=wanted.words or None,
        after=cursor,
    )


def _node(tree: Sequence[SectionNode], section_id: int | None) -> SectionNode | None:
    return next((node for top in tree for _, node in top.walk() if node.section.id == section_id), None)


def _article_form(article: Article | None = None, language: str = "") -> ArticleForm:
    """Make the form of what was sent, or of an article as it is."""
    form = ArticleForm.of(article, language) if article else ArticleForm()
    tree = queries.sections_for(db.session(), current_actor())
    form.section_id.choices = list(section_choices(tree, _language()))
    return form


def _page(
    form: ArticleForm, language: str, *, article: Article | None = None, newest: Translation | None = None
) -> str:
    """Show the form; `newest` is what someone else saved since the form was opened, None if nobody did."""
    return render_template(
        "knowledge/staff/article.html",
        form=form,
        writing=language,
        choices=_languages_of(article, language),
        article=article,
        newest=newest,
        base_number=newest.newest_number if newest else form.base_number.data,
    )


def _languages_of(article: Article | None, writing: str) -> Iterator[tuple[str, str, bool]]:
    """Yield name and address of each language's form, and whether it is the one shown."""
    for language in current_app.extensions["settings"].languages:
        endpoint = ".show_translation" if article else ".new_article"
        url = url_for(endpoint, article_id=article.id if article else None, language=language)
        yield LANGUAGE_NAMES[language], url, language == writing


@bp.get("/articles/new")
def new_article() -> ResponseReturnValue:
    """Offer an empty form."""
    language = _known(request.args.get("language") or _language())
    form = _article_form()
    form.section_id.data = request.args.get("section", type=int)
    form.title.data = request.args.get("title", "")
    return _page(form, language)


@bp.post("/articles/new")
def create_article() -> ResponseReturnValue:
    """Write a new article; what was typed stays on the page if it cannot be used."""
    language = _known(request.args.get("language") or _language())
    form = _article_form()
    if form.accept():
        try:
            with transaction() as session:
                article = service.add_article(session, actor=current_actor(), place=form.place, now=utc_now())
                _save(session, article.id, language, form)
                article_id = article.id
            return _saved(article_id, language)
        except InvalidError as error:
            form[error.field or "body"].errors = [explain(error)]
    return _page(form, language), 422


def _save(session: Session, article_id: int, language: str, form: ArticleForm) -> None:
    actor, now = current_actor(), utc_now()
    translation = service.save_article(
        session,
        actor=actor,
        article_id=article_id,
        base_number=form.base_number.data,
        language=language,
        text=form.text,
        edit=form.edit,
        now=now,
    )
    if request.form.get("action") == "publish":
        workflow.publish(session, actor=actor, article=translation.article, language=language, now=now)


def _saved(article_id: int, language: str) -> ResponseReturnValue:
    flash(_("Saved."), "posted")
    return redirect(url_for(".show_translation", article_id=article_id, language=language), 303)


@bp.get("/articles/<int:article_id>/<language>")
def show_translation(article_id: int, language: str) -> ResponseReturnValue:
    """Offer an article's text in one language for changing; the form is empty if there is none yet."""
    article = queries.editable_article_for(db.session(), current_actor(), article_id)
    return _page(_article_form(article, _known(language)), language, article=article)


@bp.post("/articles/<int:article_id>/<language>")
def update_translation(article_id: int, language: str) -> ResponseReturnValue:
    """Save; if someone else did meanwhile, show both texts, so that nothing typed is lost."""
    form, status = _article_form(), 422
    if form.accept():
        try:
            with transaction() as session:
                _save(session, article_id, _known(language), form)
            return _saved(article_id, language)
        except InvalidError as error:
            form[error.field or "body"].errors = [explain(error)]
        except ConflictError:
            status = 409
    article = queries.editable_article_for(db.session(), current_actor(), article_id)
    newest = article.translation_in(language) if status == 409 else None  # noqa: PLR2004  # HTTP's own number.
    return _page(form, language, article=article, newest=newest), status


def _section_form(section: Section | None = None) -> SectionForm:
    """Make the form of what was sent, or of a section as it is."""
    form = SectionForm.of(section) if section else SectionForm()
    tree = queries.sections_for(db.session(), current_actor())
    form.parent_id.choices = [SelectChoice("", _("(top)")), *section_choices(tree, _language())]
    return form


@bp.get("/sections/")
def list_sections() -> ResponseReturnValue:
    """Show the tree of sections."""
    return _sections_page(_section_form())


def _sections_page(form: SectionForm) -> str:
    tree = queries.sections_for(db.session(), current_actor())
    nodes = [item for top in tree for item in top.walk()]
    return render_template("knowledge/staff/sections.html", nodes=nodes, form=form)


@bp.post("/sections/")
def create_section() -> ResponseReturnValue:
    """Add a section."""
    form = _section_form()
    if form.accept():
        try:
            with transaction() as session:
                sections.add_section(session, actor=current_actor(), draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".list_sections"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    return _sections_page(form), 422


@bp.get("/sections/<int:section_id>")
def show_section(section_id: int) -> ResponseReturnValue:
    """Offer a section for changing."""
    section = queries.editable_section_for(db.session(), current_actor(), section_id)
    return render_template("knowledge/staff/section.html", section=section, form=_section_form(section))


@bp.post("/sections/<int:section_id>")
def update_section(section_id: int) -> ResponseReturnValue:
    """Rename, move or reorder a section."""
    actor, form = current_actor(), _section_form()
    if form.accept():
        try:
            with transaction() as session:
                sections.update_section(session, actor=actor, section_id=section_id, draft=form.draft)
            flash(_("Saved."), "success")
            return redirect(url_for(".list_sections"), 303)
        except InvalidError as error:
            form.blame(error.field, explain(error))
    section = queries.editable_section_for(db.session(), actor, section_id)
    return render_template("knowledge/staff/section.html", section=section, form=form), 422
