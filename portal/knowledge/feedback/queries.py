"""Reads of what readers say about articles; only staff get what others said."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page
from portal.core.statistics import wilson_lower_bound
from portal.knowledge import policies
from portal.knowledge.models import Article, ArticleVote, Translation
from portal.knowledge.queries import TEXTS, SectionNode

ROWS_A_PAGE: Final = 30
_SAYS_SOMETHING: Final = or_(~ArticleVote.is_helpful, ArticleVote.comment != "")


@dataclass(frozen=True, kw_only=True)
class FeedbackFilter:
    """Which feedback staff want to see; None and the empty text leave nothing out."""

    is_resolved: bool = False
    language: str | None = None
    section: SectionNode | None = None
    article_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a reader said, of which text, and who they are; names are None where they are not known.

    `unresolved` counts all that was said of the same revision and waits.
    """

    vote: ArticleVote
    text: Translation
    name: str | None
    account: str | None
    unresolved: int

    @property
    def is_of_live_text(self) -> bool:
        """Whether readers still see the text of which it was said."""
        return self.vote.revision_number == self.text.live_number


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpfulness:
    """How many of the readers who voted an article helped; each counts once, with the newest vote."""

    helpful: int
    votes: int

    @property
    def at_least(self) -> float:
        """The share that it helps, 0…1, as far as the votes make it sure: what articles are ranked by."""
        return wilson_lower_bound(self.helpful, self.votes)


def feedback_for(
    session: Session, actor: Actor, wanted: FeedbackFilter, *, after: Cursor | None = None
) -> Page[Feedback]:
    """Return complaints and comments, newest first; none to anyone but staff."""
    if not policies.may_write(actor):
        return Page(rows=[], next_cursor=None)
    query = _feedback().where(*_wanted(wanted))
    if after is not None:
        query = query.where(after.after(ArticleVote.voted_at, ArticleVote.id))
    newest_first = query.order_by(ArticleVote.voted_at.desc(), ArticleVote.id.desc())
    rows = [
        Feedback(vote=vote, text=text, name=name, account=account, unresolved=unresolved)
        for vote, text, name, account, unresolved in session.execute(newest_first.limit(ROWS_A_PAGE + 1))
    ]
    return Page.cut(rows, ROWS_A_PAGE, lambda row: Cursor(at=row.vote.voted_at, id=row.vote.id))


def _feedback() -> Select[ArticleVote, Translation, str | None, str | None, int]:
    other = aliased(ArticleVote)
    unresolved = (
        select(func.count())
        .where(
            other.article_id == ArticleVote.article_id,
            other.language == ArticleVote.language,
            other.revision_number == ArticleVote.revision_number,
            other.resolved_at.is_(None),
            or_(~other.is_helpful, other.comment != ""),
        )
        .scalar_subquery()
    )
    of_text = and_(
        Translation.article_id == ArticleVote.article_id, Translation.language == ArticleVote.language
    )
    return (
        select(ArticleVote, Translation, User.name, Account.name, unresolved)
        .join(Translation, of_text)
        .join(Article, Article.id == ArticleVote.article_id)
        .outerjoin(User, User.id == ArticleVote.user_id)
        .outerjoin(Account, Account.id == ArticleVote.account_id)
        .options(*(defer(column, raiseload=True) for column in TEXTS))
    )


def _wanted(wanted: FeedbackFilter) -> Iterator[ColumnElement[bool]]:
    yield _SAYS_SOMETHING
    yield ArticleVote.resolved_at.is_not(None) if wanted.is_resolved else ArticleVote.resolved_at.is_(None)
    if wanted.language:
        yield ArticleVote.language == wanted.language
    if wanted.section:
        yield Article.section_id.in_([node.section.id for _, node in wanted.section.walk()])
    if wanted.article_id is not None:
        yield ArticleVote.article_id == wanted.article_id
    if wanted.reason:
        yield ArticleVote.reason == wanted.reason


def vote_for(session: Session, actor: Actor, vote_id: int) -> ArticleVote:
    """Return what one reader said, for staff.

    Raises:
        NotFoundError: no such vote, or the actor is not staff.
    """
    vote = session.get(ArticleVote, vote_id) if policies.may_write(actor) else None
    if vote is None:
        raise NotFoundError("vote")
    return vote


def unresolved_counts_for(session: Session, actor: Actor) -> Mapping[tuple[int, str], int]:
    """Return, for staff, how much was said of each text and waits, by article id and language."""
    if not policies.may_write(actor):
        return {}
    query = (
        select(ArticleVote.article_id, ArticleVote.language, func.count())
        .where(ArticleVote.resolved_at.is_(None), _SAYS_SOMETHING)
        .group_by(ArticleVote.article_id, ArticleVote.language)
    )
    return {(article_id, language): count for article_id, language, count in session.execute(query)}


def unresolved_of_text(session: Session, vote: ArticleVote) -> Sequence[ArticleVote]:
    """Return all complaints and comments about the revision of which one was said that wait."""
    return session.scalars(
        select(ArticleVote).where(
            ArticleVote.article_id == vote.article_id,
            ArticleVote.language == vote.language,
            ArticleVote.revision_number == vote.revision_number,
            ArticleVote.resolved_at.is_(None),
            _SAYS_SOMETHING,
        )
    ).all()


def helpfulness_of(
    session: Session, actor: Actor, article_ids: Collection[int] | None
) -> Mapping[tuple[int, str], Helpfulness]:
    """Return, for staff, how helpful articles are, all for None; those that nobody judged are left out.

    The keys are id and language. Votes on an article count for the one that took it over.
    """
    if not policies.may_write(actor):
        return {}
    article_id = func.coalesce(Article.merged_into_id, Article.id)
    of_one = (article_id, ArticleVote.language, ArticleVote.voter)
    newest_first = (ArticleVote.voted_at.desc(), ArticleVote.id.desc())
    votes = (
        select(
            article_id.label("article_id"),
            ArticleVote.language,
            ArticleVote.is_helpful,
            func.row_number().over(partition_by=of_one, order_by=newest_first).label("place"),
        )
        .join(Article, Article.id == ArticleVote.article_id)
        .where(*_of_articles(article_ids))
        .subquery()
    )
    counts = (
        select(votes.c.article_id, votes.c.language, votes.c.is_helpful, func.count().label("number"))
        .where(votes.c.place == 1)
        .group_by(votes.c.article_id, votes.c.language, votes.c.is_helpful)
    )
    found: dict[tuple[int, str], dict[bool, int]] = {}
    for row in session.execute(counts):
        found.setdefault((row.article_id, row.language), {})[row.is_helpful] = row.number
    return {
        key: Helpfulness(helpful=count.get(True, 0), votes=sum(count.values()))
        for key, count in found.items()
    }


def _of_articles(article_ids: Collection[int] | None) -> Iterator[ColumnElement[bool]]:
    if article_ids is not None:
        yield or_(Article.id.in_(article_ids), Article.merged_into_id.in_(article_ids))
