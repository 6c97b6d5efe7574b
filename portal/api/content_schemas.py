"""Public articles and topics, and what is found among them, as types."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import Field

from portal.api.schemas import Answer
from portal.forum.models import Topic, TopicKind
from portal.forum.paths import path_of_topic
from portal.knowledge.models import Translation
from portal.knowledge.paths import path_of_article
from portal.search.models import DocumentKind
from portal.search.queries import Found
from portal.web.cards import absolute


class ArticleAnswer(Answer):
    """A public article in one language."""

    id: int = Field(description="The article, the same in each of its languages.")
    language: str
    title: str
    summary: str
    url: str
    published_at: datetime | None
    updated_at: datetime

    @classmethod
    def of(cls, text: Translation) -> Self:
        """Describe a text."""
        path = path_of_article(text.article_id, text.slug, language=text.language)
        return cls(
            id=text.article_id,
            language=text.language,
            title=text.title,
            summary=text.summary,
            url=absolute(path),
            published_at=text.published_at,
            updated_at=text.updated_at,
        )


class Articles(Answer):
    """Some public articles, the oldest first."""

    articles: Sequence[ArticleAnswer]
    next_cursor: str | None = Field(description="Leads to the next ones; null after the last.")


class TopicAnswer(Answer):
    """A public topic of the community."""

    id: int
    kind: TopicKind
    language: str
    title: str
    board: str = Field(description="The short name of its board.")
    answers: int
    is_solved: bool
    url: str
    created_at: datetime
    active_at: datetime = Field(description="When it was last written in.")

    @classmethod
    def of(cls, topic: Topic) -> Self:
        """Describe a topic whose board is loaded."""
        return cls(
            id=topic.id,
            kind=topic.kind,
            language=topic.language,
            title=topic.title,
            board=topic.board.slug,
            answers=topic.answer_count,
            is_solved=topic.accepted_post_id is not None,
            url=absolute(path_of_topic(topic)),
            created_at=topic.created_at,
            active_at=topic.active_at,
        )


class Topics(Answer):
    """Some public topics, the oldest first."""

    topics: Sequence[TopicAnswer]
    next_cursor: str | None = Field(description="Leads to the next ones; null after the last.")


class FoundAnswer(Answer):
    """One result."""

    kind: DocumentKind
    language: str
    title: str
    passage: str = Field(description="The part of the text that answers best.")
    is_solved: bool
    url: str

    @classmethod
    def of(cls, found: Found) -> Self:
        """Describe a result."""
        return cls(
            kind=found.kind,
            language=found.language,
            title=found.name,
            passage="".join(piece for piece, _ in found.passage),
            is_solved=found.is_solved,
            url=absolute(found.path),
        )


class SearchAnswer(Answer):
    """A page of results, the best first."""

    total: int
    corrected: str | None = Field(description="What was looked for instead; null when it is what was asked.")
    results: Sequence[FoundAnswer]
    next_cursor: str | None = Field(description="Leads to the next ones; null after the last.")
