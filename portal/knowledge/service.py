"""Writes to articles: their texts, their place, what readers say about them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import PUBLIC, Audience
from portal.content.markdown import RENDERER_VERSION, Rendered, render
from portal.core import outbox, revisions
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import ArticleVoted
from portal.knowledge import policies, queries
from portal.knowledge.models import Article, ArticleStatus, ArticleVote, Section, Translation
from portal.knowledge.paths import path_of_article
from portal.search import service as search
from portal.search.models import DocumentKind
from portal.web.slugs import slugify

LONGEST_TITLE: Final = 300


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an article stands, and for whom."""

    section_id: int
    audience: Audience = PUBLIC


@dataclass(frozen=True, kw_only=True)
class Text:
    """What an article says in one language; the body is Markdown."""

    title: str
    body: str
    summary: str = ""

    @cached_property
    def rendered(self) -> Rendered:
        """The body as HTML, made once.

        Raises:
            InvalidError: it cannot be rendered.
        """
        return render(self.body)


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """Whether an article helped, and why."""

    is_helpful: bool
    reason: str = ""
    comment: str = ""


def create_article(
    session: Session,
    *,
    actor: Actor,
    place: Place,
    language: str,
    text: Text,
    status: ArticleStatus,
    now: datetime,
) -> Translation:
    """Write a new article at the end of its section.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: no such section, the title or the text is empty, or the text cannot be rendered.
    """
    article = add_article(session, actor=actor, place=place, now=now)
    return write_translation(
        session, actor=actor, article=article, language=language, text=text, status=status, now=now
    )


def add_article(
    session: Session,
    *,
    actor: Actor,
    place: Place,
    position: int | None = None,
    source_key: str | None = None,
    now: datetime,
) -> Article:
    """Add an article without any text, which nobody sees yet; position None is at the end of its section.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: no such section.
    """
    _ask_to_write(actor)
    if position is None:
        last = select(func.max(Article.position)).where(Article.section_id == place.section_id)
        position = (session.scalar(last) or 0) + 1
    article = Article(
        section=_section_of(session, place),
        audience=place.audience,
        position=position,
        source_key=source_key,
        created_at=now,
        translations=[],
    )
    session.add(article)
    session.flush()
    return article


def update_article(
    session: Session,
    *,
    actor: Actor,
    article_id: int,
    version: int | None,
    place: Place,
    language: str,
    text: Text,
    status: ArticleStatus,
    now: datetime,
) -> Translation:
    """Change an article and its text in one language.

    `version` is that of the text which was changed; None when there was none yet.

    Raises:
        NotFoundError: no such article that the actor may write.
        ConflictError: someone saved another text meanwhile.
        InvalidError: no such section, the title or the text is empty, or the text cannot be rendered.
    """
    article = queries.editable_article_for(session, actor, article_id)
    current = article.translation_in(language)
    if version != (current.version if current else None):
        raise ConflictError(N_("Someone else saved this article while you were writing."))
    article.section, article.audience = _section_of(session, place), place.audience
    return write_translation(
        session, actor=actor, article=article, language=language, text=text, status=status, now=now
    )


def write_translation(
    session: Session,
    *,
    actor: Actor,
    article: Article,
    language: str,
    text: Text,
    status: ArticleStatus,
    now: datetime,
) -> Translation:
    """Store what an article (with its translations loaded) says in a language; findable once published.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    _ask_to_write(actor)
    title = " ".join(text.title.split())[:LONGEST_TITLE]
    if not title:
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")
    if not text.body.strip():
        raise InvalidError(N_("Write something first."), field="body")
    rendered = text.rendered
    translation = article.translation_in(language)
    if translation is None:
        translation = Translation(language=language, status=ArticleStatus.DRAFT)
        article.translations.append(translation)
    translation.title, translation.slug = title, slugify(title)
    translation.summary, translation.body = text.summary.strip(), text.body
    translation.body_html, translation.body_text = rendered.html, rendered.text
    translation.headings = [[item.level, item.anchor, item.text] for item in rendered.headings]
    translation.renderer_version = RENDERER_VERSION
    translation.author_id, translation.updated_at = actor.user_id, now
    translation.change_status(status, at=now)
    session.flush()
    _make_findable(session, article, now)
    return translation


def publish(session: Session, *, actor: Actor, article: Article, language: str, now: datetime) -> bool:
    """Publish what an article (with its translations loaded) says in a language; False if it is already.

    Raises:
        ForbiddenError: the actor may not write.
        NotFoundError: it says nothing in that language.
    """
    _ask_to_write(actor)
    translation = article.translation_in(language)
    if translation is None:
        raise NotFoundError("translation")
    if translation.is_published:
        return False
    translation.change_status(ArticleStatus.PUBLISHED, at=now)
    _make_findable(session, article, now)
    return True


def vote(
    session: Session,
    *,
    actor: Actor,
    voter: str,
    article_id: int,
    language: str,
    ballot: Ballot,
    now: datetime,
) -> Translation:
    """Say whether an article helped; `voter`, the person's stable key, replaces what it said before.

    Raises:
        NotFoundError: no such article that the actor may see.
    """
    translation = queries.article_for(session, actor, article_id, language=language)
    said = {
        "language": translation.language,
        "user_id": actor.user_id,
        "account_id": actor.account_id,
        "is_helpful": ballot.is_helpful,
        "reason": ballot.reason,
        "comment": ballot.comment,
        "voted_at": now,
    }
    row = {"article_id": article_id, "voter": voter, **said}
    again = update(ArticleVote).where(ArticleVote.article_id == article_id, ArticleVote.voter == voter)
    ids = (
        insert_new(session, ArticleVote, [row])
        or session.scalars(again.values(**said).returning(ArticleVote.id)).all()
    )
    outbox.record(session, ArticleVoted(vote_id=ids[0]))
    return translation


def _ask_to_write(actor: Actor) -> None:
    if not policies.may_write(actor):
        raise ForbiddenError("write articles")


def _section_of(session: Session, place: Place) -> Section:
    section = session.get(Section, place.section_id)
    if section is None:
        raise InvalidError(N_("Choose a section."), field="section_id")
    return section


def _make_findable(session: Session, article: Article, now: datetime) -> None:
    """Let search and kept pages follow: what is published is for the audience, the rest for nobody."""
    revisions.bump(session, "knowledge")
    for translation in article.translations:
        key = f"article:{article.id}:{translation.language}"
        if not translation.is_published:
            search.remove(session, key=key, now=now)
            continue
        search.put(
            session,
            key=key,
            group=f"article:{article.id}",
            kind=DocumentKind.ARTICLE,
            language=translation.language,
            title=translation.title,
            body="\n".join(filter(None, (translation.summary, translation.body_text))),
            path=path_of_article(article.id, translation.slug, language=translation.language),
            audience=article.audience,
            now=now,
        )
