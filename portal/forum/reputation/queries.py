"""Reads of outcomes and of what they come to.

Whose outcomes count is said here once, for points, levels, badges and lists alike: what stands before
readers on a board that is for everyone, was written by a customer, and was found good by a stranger:
another person, of another account. People without an account, as imports bring them, are strangers to
everyone but themselves.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, contains_eager

from portal.accounts.actors import STAFF_ROLES, Actor, Level
from portal.accounts.audience import visible_to
from portal.accounts.models import User
from portal.forum import spam
from portal.forum.case_models import PostTrace
from portal.forum.models import Board, IdeaStatus, Post, PostVote, Topic, TopicKind
from portal.forum.queries import boards_for_everyone
from portal.forum.reputation import rules
from portal.forum.reputation.models import Reputation
from portal.forum.reputation.rules import Work

LEADERS: Final = 50

Person = type[User]
Instant = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leader:
    """Someone who helped, and how much."""

    user_id: int
    name: str
    level: Level
    points: int
    accepted: int
    votes: int


def _is_stranger(one: Person, other: Person) -> ColumnElement[bool]:
    of_another = or_(one.account_id.is_(None), other.account_id.is_(None), one.account_id != other.account_id)
    return and_(one.id != other.id, of_another)


_AUTHOR: Final = aliased(User, name="author")
_ASKER: Final = aliased(User, name="asker")
_VOTER: Final = aliased(User, name="voter")
_COUNTS: Final = and_(
    Post.removed_at.is_(None),
    Topic.removed_at.is_(None),
    Topic.board_id.in_(boards_for_everyone()),
    Post.position.is_not(None),  # Comments are no answers.
    _AUTHOR.role.not_in(STAFF_ROLES),
)
_IS_ANSWER: Final = and_(Post.position > 1, Topic.kind == TopicKind.QUESTION, _is_stranger(_ASKER, _AUTHOR))


def _votes(*columns: Any) -> Select[Any]:
    """Select of the votes of strangers, with their posts, topics and authors."""
    return (
        select(*columns)
        .select_from(PostVote)
        .join(Post, Post.id == PostVote.post_id)
        .join(Topic, Topic.id == Post.topic_id)
        .join(_AUTHOR, _AUTHOR.id == Post.author_id)
        .join(_VOTER, _VOTER.id == PostVote.user_id)
        .where(_COUNTS, _is_stranger(_VOTER, _AUTHOR))
    )


def works_of(session: Session, user_ids: Collection[int]) -> Mapping[int, Sequence[Work]]:
    """Return the posts of people that count, by the person's id, in one statement."""
    mine = Post.author_id.in_(user_ids)
    votes = _votes(PostVote.post_id, func.count().label("number")).where(mine).group_by(PostVote.post_id)
    found = votes.subquery("found")
    earlier = aliased(Topic)
    asked_before = select(earlier.id).where(
        earlier.author_id == Topic.author_id,
        earlier.kind == TopicKind.QUESTION,
        or_(
            earlier.created_at < Topic.created_at,
            and_(earlier.created_at == Topic.created_at, earlier.id < Topic.id),
        ),
    )
    rows = session.execute(
        select(
            Post.author_id,
            Post.position,
            Post.accepted_at,
            Post.created_at,
            Post.language,
            Topic.kind,
            Topic.idea_status,
            Topic.created_at.label("asked_at"),
            _IS_ANSWER.label("is_answer"),
            and_(_IS_ANSWER, ~asked_before.exists()).label("is_welcome"),
            func.coalesce(found.c.number, 0).label("votes"),
        )
        .join(Topic, Topic.id == Post.topic_id)
        .join(_AUTHOR, _AUTHOR.id == Post.author_id)
        .join(_ASKER, _ASKER.id == Topic.author_id)
        .outerjoin(found, found.c.post_id == Post.id)
        .where(mine, _COUNTS)
    )
    works: defaultdict[int, list[Work]] = defaultdict(list)
    for row in rows:
        works[row.author_id].append(
            Work(
                kind=row.kind,
                is_opening=row.position == 1,
                is_answer=bool(row.is_answer),
                is_solution=row.accepted_at is not None,
                is_welcome=bool(row.is_welcome),
                is_shipped=row.idea_status is IdeaStatus.SHIPPED,
                language=row.language,
                waited=row.created_at - row.asked_at,
                votes=row.votes,
            )
        )
    return works


def people_with_posts(session: Session) -> Sequence[int]:
    """Return the ids of everyone who wrote anything, or was counted before, in order."""
    everyone = union(select(Post.author_id.label("id")), select(Reputation.user_id)).subquery()
    return session.scalars(select(everyone.c.id).order_by(everyone.c.id)).all()


def authors_in(session: Session, topic_ids: Collection[int]) -> Sequence[int]:
    """Return the ids of everyone who wrote in some topics."""
    return session.scalars(select(Post.author_id).where(Post.topic_id.in_(topic_ids)).distinct()).all()


def leaders(session: Session, *, since: datetime | None) -> Sequence[Leader]:
    """Return who helped most since an instant, the most points first; None is ever since.

    Staff are left out, and who does not want to be listed.
    """
    total = _ever() if since is None else _since(since)
    found = total.subquery("total")
    rows = session.execute(
        select(User.id, User.name, User.level, found.c.points, found.c.accepted, found.c.votes)
        .join(found, found.c.user_id == User.id)
        .where(User.is_active, User.is_listed, User.role.not_in(STAFF_ROLES), found.c.points > 0)
        .order_by(found.c.points.desc(), found.c.accepted.desc(), User.id)
        .limit(LEADERS)
    )
    return [
        Leader(
            user_id=row.id,
            name=row.name,
            level=Level(row.level),
            points=int(row.points),
            accepted=int(row.accepted),
            votes=int(row.votes),
        )
        for row in rows
    ]


def still_listed(session: Session, found: Sequence[Leader]) -> Sequence[Leader]:
    """Return those of some leaders, counted a while ago, who are listed now."""
    ids = [leader.user_id for leader in found]
    listed = set(session.scalars(select(User.id).where(User.id.in_(ids), User.is_active, User.is_listed)))
    return [leader for leader in found if leader.user_id in listed]


def _ever() -> Select[int, int, int, int]:
    return select(Reputation.user_id, Reputation.points, Reputation.accepted, Reputation.votes)


def _since(since: datetime) -> Select[Any]:
    """Select what each person's outcomes since an instant are worth."""
    solutions = (
        select(
            Post.author_id.label("user_id"),
            literal(rules.POINTS_FOR_SOLUTION).label("points"),
            literal(1).label("accepted"),
            literal(0).label("votes"),
        )
        .join(Topic, Topic.id == Post.topic_id)
        .join(_AUTHOR, _AUTHOR.id == Post.author_id)
        .join(_ASKER, _ASKER.id == Topic.author_id)
        .where(_COUNTS, _IS_ANSWER, Post.accepted_at >= since)
    )
    worth = case((Post.position == 1, rules.POINTS_FOR_TOPIC_VOTE), else_=rules.POINTS_FOR_REPLY_VOTE)
    votes = _votes(Post.author_id, worth, literal(0), literal(1)).where(PostVote.voted_at >= since)
    gains = union_all(solutions, votes).subquery("gains")
    sums = (func.sum(gains.c[name]).label(name) for name in ("points", "accepted", "votes"))
    return select(gains.c.user_id, *sums).group_by(gains.c.user_id)


def reputation_for(session: Session, actor: Actor, person: User) -> Reputation | None:
    """Return what a person is known for; None for staff, for nothing yet, and if it is theirs alone."""
    if person.is_staff or not (person.is_listed or person.id == actor.user_id):
        return None
    return session.get(Reputation, person.id)


def answers_of_person_for(session: Session, actor: Actor, user_id: int, *, limit: int = 10) -> Sequence[Post]:
    """Return a person's latest replies that the actor may see, with their topics and boards."""
    return session.scalars(
        select(Post)
        .join(Post.topic)
        .join(Topic.board)
        .options(contains_eager(Post.topic).contains_eager(Topic.board))
        .where(
            Post.author_id == user_id,
            Post.position > 1,
            Post.removed_at.is_(None),
            Topic.removed_at.is_(None),
            visible_to(actor, Board.audience),
        )
        .order_by(Post.created_at.desc(), Post.id.desc())
        .limit(limit)
    ).all()


def times_written(session: Session, user_id: int | None, *, since: datetime, most: int) -> Sequence[datetime]:
    """Return when someone wrote posts since an instant, removed ones too, the latest first."""
    query = select(Post.created_at).where(Post.author_id == user_id, Post.created_at > since)
    return session.scalars(query.order_by(Post.created_at.desc()).limit(most)).all()


def sites_of_staff(session: Session, sites: Sequence[str]) -> frozenset[str]:
    """Return those of some sites to which a post of staff leads that everyone may read, in one statement."""
    led = (
        select(PostTrace.post_id)
        .join(Post, Post.id == PostTrace.post_id)
        .join(Topic, Topic.id == Post.topic_id)
        .join(_AUTHOR, _AUTHOR.id == Post.author_id)
        .where(
            _AUTHOR.role.in_(STAFF_ROLES),
            Post.removed_at.is_(None),
            Topic.removed_at.is_(None),
            Topic.board_id.in_(boards_for_everyone()),
        )
    )
    leads = (led.where(PostTrace.trace == spam.site_trace(site)).exists() for site in sites)
    row = session.execute(select(*(lead.label(f"site_{number}") for number, lead in enumerate(leads)))).one()
    return frozenset(site for site, is_known in zip(sites, row, strict=True) if is_known)
