"""Writes to articles: their texts and their place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import PUBLIC, Audience
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.knowledge import policies, publishing, queries, workflow
from portal.knowledge.models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    Section,
    Significance,
    Stage,
    Translation,
)
from portal.knowledge.publishing import Text

LONGEST_TITLE: Final = 300


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an article stands, and for whom."""

    section_id: int
    audience: Audience = PUBLIC


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What the author says about a text: how much it changes, why, and what it was translated from.

    `source_number` is that of the source's revision; None takes the newest that readers see there.
    """

    significance: Significance = Significance.NORMAL
    note: str = ""
    source_number: int | None = None
    restored_number: int | None = None


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
    article_id: int | None = None,
    now: datetime,
) -> Article:
    """Add an article without any text, which nobody sees yet; position None is at the end of its section.

    `article_id` keeps an id that is free here, so that addresses go on leading to it; None takes the next.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: no such section.
    """
    _ask_to_write(actor)
    if position is None:
        last = select(func.max(Article.position)).where(Article.section_id == place.section_id)
        position = (session.scalar(last) or 0) + 1
    article = Article(
        id=article_id,
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


def move_article(
    session: Session,
    *,
    actor: Actor,
    article_id: int,
    place: Place,
    position: int | None = None,
    now: datetime,
) -> Article:
    """Put an article into a section, and choose whom it is for; both hold at once, in every language.

    Position None keeps the one that it has.

    Raises:
        NotFoundError: no such article that the actor may write.
        InvalidError: no such section.
    """
    article = queries.editable_article_for(session, actor, article_id)
    article.section, article.audience = _section_of(session, place), place.audience
    article.position = article.position if position is None else position
    session.flush()
    publishing.make_findable(session, article, now)
    return article


def save_article(
    session: Session,
    *,
    actor: Actor,
    article_id: int,
    base_number: int | None,
    language: str,
    text: Text,
    edit: Edit,
    now: datetime,
) -> Translation:
    """Keep a new text of an article for publishing.

    `base_number` is that of the revision which was changed; None when there was no text yet.

    Raises:
        NotFoundError: no such article that the actor may write.
        ConflictError: someone saved another text meanwhile.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    article = queries.editable_article_for(session, actor, article_id, locked=True)
    current = article.translation_in(language)
    if base_number != (current.newest_number if current else None):
        raise ConflictError(N_("Someone else saved this article while you were writing."))
    return save_text(session, actor=actor, article=article, language=language, text=text, edit=edit, now=now)


def save_text(
    session: Session,
    *,
    actor: Actor,
    article: Article,
    language: str,
    text: Text,
    edit: Edit = Edit(),
    now: datetime,
) -> Translation:
    """Keep what an article (with its translations loaded) says in a language as a new revision.

    Readers go on seeing the published text; the same text again is no new revision.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    _ask_to_write(actor)
    text = _tidied(text)
    translation = article.translation_in(language)
    if translation is None:
        translation = _add_translation(article, language)
    if translation.live_number is None:
        publishing.show(session, translation, text, at=now)
        translation.author_id = actor.user_id
        session.flush()
    _add_revision(session, article, translation, text, edit, actor=actor, now=now)
    return translation


def _tidied(text: Text) -> Text:
    title = " ".join(text.title.split())[:LONGEST_TITLE]
    if not title:
        raise InvalidError(N_("Give it a title that says what it is about."), field="title")
    if not text.body.strip():
        raise InvalidError(N_("Write something first."), field="body")
    return Text(title=title, summary=text.summary.strip(), body=text.body)


def _add_translation(article: Article, language: str) -> Translation:
    if not article.translations:
        article.source_language = language
    translation = Translation(
        language=language, status=ArticleStatus.DRAFT, stage=Stage.DRAFT, newest_number=0
    )
    article.translations.append(translation)
    return translation


def _add_revision(
    session: Session,
    article: Article,
    translation: Translation,
    text: Text,
    edit: Edit,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    source_number = _source_number(article, translation, edit)
    if translation.newest_number:
        newest = publishing.revision_of(session, translation, translation.newest_number)
        said = (newest.title, newest.summary, newest.body, newest.source_number)
        if said == (text.title, text.summary, text.body, source_number):
            return
    translation.newest_number += 1
    translation.stage, translation.publish_at = Stage.DRAFT, None
    revision = ArticleRevision(
        translation_id=translation.id,
        number=translation.newest_number,
        title=text.title,
        summary=text.summary,
        body=text.body,
        significance=edit.significance,
        note=edit.note,
        source_number=source_number,
        restored_number=edit.restored_number,
        author_id=actor.user_id,
        created_at=now,
    )
    session.add(revision)
    session.flush()


def _source_number(article: Article, translation: Translation, edit: Edit) -> int | None:
    source = article.translation_in(article.source_language)
    if source is None or source is translation:
        return None
    return edit.source_number if edit.source_number is not None else source.live_number


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
    """Keep a text as `save_text` does and, when `status` is published, let readers see it.

    Raises:
        ForbiddenError: the actor may not write, or not publish without a review.
        InvalidError: the title or the text is empty, or the text cannot be rendered.
    """
    translation = save_text(session, actor=actor, article=article, language=language, text=text, now=now)
    if status is ArticleStatus.PUBLISHED:
        workflow.publish(session, actor=actor, article=article, language=language, now=now)
    return translation


def _ask_to_write(actor: Actor) -> None:
    if not policies.may_write(actor):
        raise ForbiddenError("write articles")


def _section_of(session: Session, place: Place) -> Section:
    section = session.get(Section, place.section_id)
    if section is None:
        raise InvalidError(N_("Choose a section."), field="section_id")
    return section
