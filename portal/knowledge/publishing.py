"""What readers see: the one place where a revision becomes the text of a page."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.markdown import RENDERER_VERSION, Rendered, render
from portal.core import outbox, revisions
from portal.events import ArticlePublished, TextPublished
from portal.knowledge.models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    Significance,
    Stage,
    Translation,
)
from portal.knowledge.paths import path_of_article
from portal.knowledge.rendering import findable, rendered_text
from portal.knowledge.rules import freshness_after
from portal.knowledge.upkeep.service import note_publication
from portal.search import service as search
from portal.search.models import DocumentKind
from portal.web.slugs import slugify


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


def show(session: Session, translation: Translation, text: Text, *, at: datetime) -> None:
    """Put a text into a translation.

    Raises:
        InvalidError: it cannot be rendered.
    """
    with session.no_autoflush:  # A new translation cannot be stored before it has its text.
        rendered = rendered_text(session, text.body, translation.language, alone=text.rendered)
    translation.title, translation.slug = text.title, slugify(text.title)
    translation.summary, translation.body = text.summary, text.body
    translation.body_html, translation.body_text = rendered.html, rendered.text
    translation.headings = [[item.level, item.anchor, item.text] for item in rendered.headings]
    translation.renderer_version = RENDERER_VERSION
    translation.updated_at = at


def revision_of(session: Session, translation: Translation, number: int) -> ArticleRevision:
    """Return one revision of a translation that is known to have it."""
    mine = (ArticleRevision.translation_id == translation.id, ArticleRevision.number == number)
    return session.scalars(select(ArticleRevision).where(*mine)).one()


def go_live(session: Session, article: Article, translation: Translation, *, at: datetime) -> None:
    """Let readers see the newest revision of a translation; the others of its article are loaded."""
    if translation.has_changes:
        revision = revision_of(session, translation, translation.newest_number)
        text = Text(title=revision.title, summary=revision.summary, body=revision.body)
        show(session, translation, text, at=at)
    if not translation.is_published:
        translation.status, translation.published_at = ArticleStatus.PUBLISHED, at
    since, translation.live_number = translation.live_number or 0, translation.newest_number
    translation.stage, translation.publish_at = Stage.PUBLISHED, None
    note_publication(session, article, translation, since=since, at=at)
    session.flush()
    compare_with_source(session, article)
    make_findable(session, article, at)
    outbox.record(session, ArticlePublished(article_id=article.id))
    event = TextPublished(
        translation_id=translation.id, since=since, number=translation.newest_number, at=at.isoformat()
    )
    outbox.record(session, event)


def compare_with_source(session: Session, article: Article) -> None:
    """Note for each translation of an article whether it still says what its source says."""
    source = article.translation_in(article.source_language)
    if source is None:
        return
    changes = _changes(session, source)
    for translation in article.translations:
        if translation is not source:
            shown = translation.live_number or translation.newest_number
            made_from = revision_of(session, translation, shown).source_number or 0
            since = (kind for number, kind in changes if made_from < number <= (source.live_number or 0))
            translation.freshness = freshness_after(since)


def _changes(session: Session, source: Translation) -> list[tuple[int, Significance]]:
    query = select(ArticleRevision.number, ArticleRevision.significance)
    rows = session.execute(query.where(ArticleRevision.translation_id == source.id))
    return [(row.number, row.significance) for row in rows]


def make_findable(session: Session, article: Article, now: datetime) -> None:
    """Let search and kept pages follow: what is published is for the audience, the rest for nobody.

    Nobody finds a merged article either: its addresses lead to the one that took it over.
    """
    revisions.bump(session, "knowledge")
    for translation in article.translations:
        key = f"article:{article.id}:{translation.language}"
        if article.merged_into_id or not translation.is_published:
            search.remove(session, key=key, now=now)
            continue
        search.put(
            session,
            key=key,
            group=f"article:{article.id}",
            kind=DocumentKind.ARTICLE,
            language=translation.language,
            title=translation.title,
            body=findable(translation.summary, translation.body_text),
            path=path_of_article(article.id, translation.slug, language=translation.language),
            audience=article.audience,
            section=article.place,
            verified_at=article.verified_at,
            now=now,
        )
