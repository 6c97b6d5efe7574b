"""The pages of the knowledge base that readers see."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts.current import current_actor, current_person, note
from portal.core import revisions
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.core.errors import InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.knowledge import queries
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.forms import VoteForm
from portal.knowledge.models import ArticleVote
from portal.knowledge.paths import path_of_article, path_of_section
from portal.knowledge.reading import queries as reading
from portal.knowledge.reading.variants import choice_of
from portal.knowledge.reading.views import article_view, home_card, section_card, trail_of
from portal.notifications.watching import meet
from portal.search.clicks import note_result
from portal.web.fragments import fragments, render_piece
from portal.web.limits import limiter

bp = Blueprint("knowledge", __name__, url_prefix="/help")


def _language() -> str:
    return str(get_locale())


def _languages() -> tuple[str, ...]:
    settings: Settings = current_app.extensions["settings"]
    return settings.languages


def _speak(language: str) -> None:
    if language not in _languages():
        raise NotFoundError("language")
    g.language = language


@bp.url_value_preprocessor
def speak_language_of_address(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """Let a page speak the language that its address names; views then ask for the reader's language.

    Raises:
        NotFoundError: the site does not have that language.
    """
    if values and "language" in values:
        _speak(values.pop("language"))


@bp.get("", strict_slashes=False)
def find_home() -> ResponseReturnValue:
    """Lead to the knowledge base in the reader's language."""
    return redirect(url_for("knowledge.show_home", language=_language()))


@bp.get("/<language>/")
def show_home() -> ResponseReturnValue:
    """Show all sections."""
    tree = queries.sections_for(db.session(), current_actor())
    return render_template("knowledge/home.html", tree=tree, card=home_card(_language(), _languages()))


@bp.get("/<language>/<slug>/")
def show_section(slug: str) -> ResponseReturnValue:
    """Show a section: those below it, and its articles; lead from an earlier address to the present one."""
    language, actor = _language(), current_actor()
    page = queries.section_for(db.session(), actor, slug, language=language)
    if slug != page.node.section.slug:
        return redirect(path_of_section(page.node.section.slug, language=language), 301)
    return render_template(
        "knowledge/section.html",
        page=page,
        watch=meet(f"section:{page.node.section.id}"),
        trail=trail_of(page.trail, language),
        card=None if actor.is_signed_in else section_card(page, language, _languages()),
    )


@bp.get("/articles/<int:article_id>")
def find_article(article_id: int) -> ResponseReturnValue:
    """Lead a short link to the article in the reader's language, or to the one that took it over."""
    language = _language()
    translation = queries.article_for(db.session(), current_actor(), article_id, language=language)
    if translation.article_id != article_id:
        return redirect(url_for("knowledge.find_article", article_id=translation.article_id), 301)
    return redirect(path_of_article(article_id, translation.slug, language=language))


@bp.get("/<language>/articles/<int:article_id>-<slug>")
def show_article(article_id: int, slug: str) -> ResponseReturnValue:
    """Show an article in the language of the address, or in another with a notice."""
    language, session, actor = _language(), db.session(), current_actor()
    choice = choice_of(actor, request.args)
    key = ("article", article_id, language, actor.audiences, choice, revisions.numbers(session, "knowledge"))
    view = fragments().get(key, lambda: article_view(actor, article_id, language, choice=choice))
    if (article_id, slug) != (view.article_id, view.slug):
        return redirect(path_of_article(view.article_id, view.slug, language=language), 301)
    g.frame_sources = view.players
    vote = reading.vote_of(
        session, article_id, language=view.language, number=view.number, person=current_person()
    )
    _note_reading(article_id, view.language)
    helpful, watch = _vote_piece(article_id, vote), meet(f"article:{article_id}")
    return render_template(
        "knowledge/article.html", view=view, article_id=article_id, helpful=helpful, watch=watch
    )


def _note_reading(article_id: int, language: str) -> None:
    subject = f"article:{article_id}"
    note("article.viewed", subject=subject, language=language)
    note_result(subject)


def _vote_piece(article_id: int, vote: ArticleVote | None) -> str:
    """Ask whether an article helped, or show what the reader said."""

    def render(data: dict[str, str] | None = None) -> str:
        form = VoteForm(formdata=None, data=data)
        return render_piece("knowledge/vote.html", article_id=article_id, form=form)

    if vote is None:
        return fragments().get(("not voted", article_id, _language()), render)
    said = "yes" if vote.is_helpful else "no"
    return render({"helpful": said, "reason": vote.reason, "comment": vote.comment})


@bp.post("/articles/<int:article_id>/votes")
@limiter.limit("60 per minute")
def create_vote(article_id: int) -> ResponseReturnValue:
    """Keep what a reader says about an article, and thank for it."""
    form = VoteForm()
    if not form.accept():
        raise InvalidError(N_("Say whether the article helped: yes or no."))
    if wanted := request.form.get("language"):
        _speak(wanted)
    language = _language()
    with transaction() as session:
        translation = votes.vote(
            session,
            actor=current_actor(),
            voter=current_person(),
            article_id=article_id,
            language=language,
            ballot=form.ballot,
            now=utc_now(),
        )
    if request.headers.get("HX-Request"):
        return render_template("knowledge/vote.html", article_id=article_id, form=form)
    path = path_of_article(translation.article_id, translation.slug, language=language)
    return redirect(f"{path}#helpful", 303)


@bp.post("/articles/<int:article_id>/reads")
def create_read(article_id: int) -> ResponseReturnValue:
    """Note that an article stayed open for ten seconds."""
    text = queries.article_for(db.session(), current_actor(), article_id, language=_language())
    note("article.read", subject=f"article:{text.article_id}")
    return "", 204
