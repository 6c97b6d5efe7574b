"""Articles that someone has to look at: due, or contradicted by what readers do or by broken links."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.core.clock import site_day
from portal.core.errors import NotFoundError
from portal.insights.doubts import COMPARED_WITH, NO_VOTES, NOT_OPENED, Doubts, asking_of, helping_of
from portal.insights.queries import Ledger, Period, Wanted
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.queries import SectionNode
from portal.knowledge.rules import DueState
from portal.knowledge.upkeep.queries import BrokenPlace, Standing, broken_links_for, standings_of


class Matter(StrEnum):
    """Why someone has to look at an article, the most pressing first."""

    OVERDUE = "overdue"
    CONTRADICTED = "contradicted"
    DUE_SOON = "due_soon"


@dataclass(frozen=True, kw_only=True, slots=True)
class Upkeep:
    """A published article by its title in the reader's language or in another, and all that its state says.

    `verifier` and `verified_by` are names, None where there is nobody.
    """

    article_id: int
    title: str
    language: str
    slug: str
    section_id: int
    standing: Standing
    verifier: str | None
    verified_by: str | None
    doubts: Doubts
    broken: Sequence[BrokenPlace]

    @property
    def matters(self) -> Sequence[Matter]:
        """Why someone has to look at it."""
        holds = {
            Matter.OVERDUE: self.standing.state is DueState.OVERDUE,
            Matter.CONTRADICTED: self.doubts.helping.has_fallen or self.doubts.asking.is_more or self.broken,
            Matter.DUE_SOON: self.standing.state is DueState.DUE_SOON,
        }
        return [matter for matter in Matter if holds[matter]]


@dataclass(frozen=True, kw_only=True)
class UpkeepFilter:
    """Which articles someone wants to look at.

    `verifier` is `all`, `mine` (of `user_id`), `none` or a person's id; None leaves nothing out.
    """

    verifier: str
    user_id: int | None
    section: SectionNode | None
    matter: Matter | None

    @property
    def section_id(self) -> int | None:
        """The section's id; None for all."""
        return self.section.section.id if self.section else None

    def is_near(self, item: Upkeep) -> bool:
        """Tell whether an article has the wanted verifier and stands in the wanted section or below it."""
        verifier_id = item.standing.verifier_id
        known = {"all": True, "mine": verifier_id == self.user_id, "none": verifier_id is None}
        is_theirs = known.get(self.verifier, str(verifier_id) == self.verifier)
        return is_theirs and (
            self.section is None
            or any(node.section.id == item.section_id for _above, node in self.section.walk())
        )


def upkeep_for(session: Session, actor: Actor, *, language: str, now: datetime) -> Sequence[Upkeep]:
    """Return the articles that someone has to look at, the most pressing first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    found = [item for item in _upkeep(session, actor, None, language, now) if item.matters]
    return sorted(found, key=_pressing)


def _pressing(item: Upkeep) -> tuple[int, datetime, int]:
    due_at = item.standing.due_at or datetime.max.replace(tzinfo=UTC)
    return list(Matter).index(item.matters[0]), due_at, item.article_id


def upkeep_of_article_for(
    session: Session, actor: Actor, article_id: int, *, language: str, now: datetime
) -> Upkeep:
    """Return what the state of a published article says, whatever it is.

    Raises:
        NotFoundError: there is none, or the actor is not staff.
    """
    for item in _upkeep(session, actor, [article_id], language, now):
        return item
    raise NotFoundError("published article")


def _upkeep(
    session: Session, actor: Actor, article_ids: Collection[int] | None, language: str, now: datetime
) -> Iterator[Upkeep]:
    if not actor.is_staff:
        raise NotFoundError("upkeep")
    standings = standings_of(session, article_ids, now=now)
    doubts = _doubts(session, actor, standings, now)
    broken: defaultdict[int, list[BrokenPlace]] = defaultdict(list)
    for place in broken_links_for(session, actor, article_ids):
        broken[place.article_id].append(place)
    names = accounts.names_of(
        session,
        (user_id for item in standings.values() for user_id in (item.verifier_id, item.verified_by_id)),
    )
    for text in _texts(session, article_ids, language):
        standing = standings[text.article_id]
        yield Upkeep(
            article_id=text.article_id,
            title=text.title,
            language=text.language,
            slug=text.slug,
            section_id=text.section_id,
            standing=standing,
            verifier=names.get(standing.verifier_id),
            verified_by=names.get(standing.verified_by_id),
            doubts=doubts[text.article_id],
            broken=broken[text.article_id],
        )


def _texts(
    session: Session, article_ids: Collection[int] | None, language: str
) -> Iterable[Row[int, int, str, str, str]]:
    """Return one published text of each article, the language's own where there is one."""
    query = (
        select(
            Translation.article_id,
            Article.section_id,
            Translation.language,
            Translation.title,
            Translation.slug,
        )
        .join(Translation.article)
        .where(Translation.status == ArticleStatus.PUBLISHED, Article.merged_into_id.is_(None))
        .order_by(Translation.language == language, Translation.language.desc())
    )
    if article_ids is not None:
        query = query.where(Article.id.in_(article_ids))
    return {row.article_id: row for row in session.execute(query)}.values()


def recent_ledger(session: Session, actor: Actor, *, now: datetime) -> Ledger:
    """Return what the last 28 days say.

    Raises:
        NotFoundError: the actor is not staff.
    """
    return Ledger(session, actor, Wanted(period=_lately(now)), now=now)


def _lately(now: datetime) -> Period:
    return Period.between(None, None, today=site_day(now))


def _doubts(
    session: Session, actor: Actor, standings: Mapping[int, Standing], now: datetime
) -> Mapping[int, Doubts]:
    lately = _lately(now)
    longer = Wanted(period=replace(lately, since=lately.since - COMPARED_WITH))
    since = {
        f"article:{article_id}": max(lately.starts_at, item.verified_at or lately.starts_at)
        for article_id, item in standings.items()
    }
    merged = _merged(session)
    votes = Ledger(session, actor, longer, now=now).votes
    helping = helping_of(votes, since=since, merged=merged)
    sessions = recent_ledger(session, actor, now=now).sessions
    asking = asking_of(sessions, since=since, merged=merged)
    return {
        article_id: Doubts(
            helping=helping.get(f"article:{article_id}", NO_VOTES),
            asking=asking.get(f"article:{article_id}", NOT_OPENED),
        )
        for article_id in standings
    }


def _merged(session: Session) -> Mapping[str, str]:
    """Return the subjects of merged articles, each with that of the article which took it over."""
    query = select(Article.id, Article.merged_into_id).where(Article.merged_into_id.is_not(None))
    return {f"article:{row.id}": f"article:{row.merged_into_id}" for row in session.execute(query)}
