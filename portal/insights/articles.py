"""All texts of the knowledge base, each with what is known of how it is read, judged and kept true.

They are read at once and sifted in memory: what is due and how surely something helps are no columns, and
every number of the overview has to be that of a list.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session, contains_eager, defer

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.core.statistics import TOO_FEW
from portal.insights.coverage import views_of
from portal.knowledge import queries
from portal.knowledge.feedback import queries as feedback
from portal.knowledge.feedback.queries import Helpfulness
from portal.knowledge.models import ArticleRevision, ArticleStatus, Stage, Translation
from portal.knowledge.queries import TEXTS
from portal.knowledge.upkeep.models import BrokenLink
from portal.knowledge.upkeep.queries import Standing, standings_of

WINDOW: Final = timedelta(days=28)
"""For how long back views count."""
UNHELPFUL: Final = 0.5
"""Below this, it is not sure that an article helps even every second reader who votes."""
HELPFUL: Final = 0.7
"""From here on, it surely helps seven of ten."""


class TextState(StrEnum):
    """Where a text stands; those between published and archived can hold beside others."""

    PUBLISHED = "published"
    CHANGED = "changed"
    UNPUBLISHED = "unpublished"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_ASKED = "changes_asked"
    SCHEDULED = "scheduled"
    ARCHIVED = "archived"
    MERGED = "merged"


class Helps(StrEnum):
    """How surely a text helps those who vote, or that fewer than 20 did."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"
    TOO_FEW = "too_few"


_UNDER_WAY: Final = {
    Stage.IN_REVIEW: TextState.IN_REVIEW,
    Stage.CHANGES_ASKED: TextState.CHANGES_ASKED,
    Stage.SCHEDULED: TextState.SCHEDULED,
}
_NOBODY_VOTED: Final = Helpfulness(helpful=0, votes=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A section by its name with those above it, and the ids of it and of those."""

    name: str
    ids: AbstractSet[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedText:
    """A text with its article, and what is known of it.

    Who verifies, the section and the views of the last 28 days are the article's, the rest is the language's.
    `missing` are languages in which there is nothing of the article but what is archived. `writer` wrote the
    newest text, at `written_at`; `asked_at` is when its review was asked for, None if it waits for none;
    names are None where nobody is known.
    """

    text: Translation
    place: Place
    states: AbstractSet[TextState]
    missing: AbstractSet[str]
    standing: Standing
    verifier: str | None
    helpfulness: Helpfulness
    views: int
    unresolved: int
    broken_links: int
    writer: str | None
    written_at: datetime
    asked_at: datetime | None

    @property
    def is_read(self) -> bool:
        """Whether readers see it."""
        return TextState.PUBLISHED in self.states

    @property
    def helps(self) -> Helps:
        """How surely it helps."""
        if self.helpfulness.votes < TOO_FEW:
            return Helps.TOO_FEW
        at_least = self.helpfulness.at_least
        return Helps.LOW if at_least < UNHELPFUL else Helps.HIGH if at_least >= HELPFUL else Helps.MIDDLE

    @property
    def live_since(self) -> datetime:
        """Since when readers see it as it is, if they do."""
        return max(self.text.published_at or self.text.updated_at, self.text.updated_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The whole knowledge base: its sections by id in the order of the tree, and all texts."""

    places: Mapping[int, Place]
    texts: Sequence[ListedText]


def states_of(text: Translation) -> AbstractSet[TextState]:
    """Return where a text (with its article loaded) stands."""
    if text.article.merged_into_id is not None:
        return {TextState.MERGED}
    if text.status is ArticleStatus.ARCHIVED:
        return {TextState.ARCHIVED}
    under_way = {_UNDER_WAY[text.stage]} if text.stage in _UNDER_WAY else set()
    if text.is_published:
        changed = {TextState.CHANGED} if text.has_changes else set()
        return {TextState.PUBLISHED, *changed, *under_way}
    return {TextState.UNPUBLISHED, *(under_way or {TextState.DRAFT})}


def base_for(
    session: Session, actor: Actor, languages: Sequence[str], *, language: str, now: datetime
) -> Base:
    """Return all texts, whatever their state, in nine statements; sections are named in a language.

    Raises:
        NotFoundError: the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("articles")
    places = _places(session, actor, language)
    standings = standings_of(session, None, now=now)
    names = accounts.names_of(session, (standing.verifier_id for standing in standings.values()))
    helpful = feedback.helpfulness_of(session, actor, None)
    unresolved = feedback.unresolved_counts_for(session, actor)
    views = views_of(session, since=now - WINDOW, until=now)
    broken = _broken_links(session)
    rows = _texts(session)
    written = _languages_of([text for text, *_rest in rows])
    texts = [
        ListedText(
            text=text,
            place=places[text.article.section_id],
            states=states_of(text),
            missing=set(languages) - written[text.article_id],
            standing=standings[text.article_id],
            verifier=names.get(standings[text.article_id].verifier_id),
            helpfulness=helpful.get((text.article_id, text.language), _NOBODY_VOTED),
            views=views.get(f"article:{text.article_id}", 0),
            unresolved=unresolved.get((text.article_id, text.language), 0),
            broken_links=broken.get(text.id, 0) if text.is_published else 0,
            writer=writer,
            written_at=written_at or text.updated_at,
            asked_at=asked_at if text.stage is Stage.IN_REVIEW else None,
        )
        for text, written_at, asked_at, writer in rows
    ]
    return Base(places=places, texts=texts)


def _places(session: Session, actor: Actor, language: str) -> Mapping[int, Place]:
    found = {}
    for top in queries.sections_for(session, actor):
        for above, node in top.walk():
            trail = (*above, node.section)
            name = " › ".join(section.name(language) for section in trail)
            found[node.section.id] = Place(name=name, ids={section.id for section in trail})
    return found


def _broken_links(session: Session) -> Mapping[int, int]:
    """Return how many links of texts are broken, by the texts' ids."""
    query = select(BrokenLink.translation_id, func.count()).group_by(BrokenLink.translation_id)
    return dict(session.execute(query).all())


def _texts(
    session: Session,
) -> Sequence[Row[Translation, datetime | None, datetime | None, str | None]]:
    """Return texts with their articles, and when and by whom the newest was written and sent for review."""
    newest = and_(
        ArticleRevision.translation_id == Translation.id, ArticleRevision.number == Translation.newest_number
    )
    return session.execute(
        select(Translation, ArticleRevision.created_at, ArticleRevision.review_asked_at, User.name)
        .join(Translation.article)
        .outerjoin(ArticleRevision, newest)
        .outerjoin(User, User.id == ArticleRevision.author_id)
        .options(contains_eager(Translation.article), *(defer(column, raiseload=True) for column in TEXTS))
    ).all()


def _languages_of(texts: Iterable[Translation]) -> Mapping[int, AbstractSet[str]]:
    """Return in which languages articles say something that is not archived, by their ids."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for text in texts:
        if text.status is not ArticleStatus.ARCHIVED:
            found[text.article_id].add(text.language)
    return found
