"""Who can be asked about a question: customers who solved similar ones, and whom it may reach."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.actors import Actor
from portal.accounts.audience import includes, visible_to
from portal.accounts.models import Account, AccountStatus, User
from portal.accounts.queries import is_customer_who_signs_in
from portal.accounts.sanctions import is_sanctioned
from portal.forum.experts.models import ExpertInvitation, ExpertSetting, InvitationState
from portal.forum.experts.rules import (
    MOST_INVITED,
    NEAREST,
    Solution,
    Wishes,
    nearness,
    ranked,
)
from portal.forum.models import Board, Post, Topic, TopicTag
from portal.notifications.queries import wants_none_of
from portal.notifications.restraint import WEEK, QuietHours, has_room, next_awake
from portal.search.curation import queries as curation
from portal.search.engine import IndexUnavailableError, Query, Searcher

KIND: Final = "expert_invited"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Someone who solved similar topics, the nearest first, and when a question would reach them."""

    user_id: int
    name: str
    solved_ids: Sequence[int]
    arrives_at: datetime


def candidates_for(
    session: Session, actor: Actor, topic: Topic, searcher: Searcher, *, now: datetime
) -> Sequence[Candidate]:
    """Return who can be asked about a question that was read for the actor, the likeliest to know first.

    What they solved counts as far as the actor may see it.
    """
    near = _near(session, actor, topic, searcher)
    return reachable(session, topic, ranked(_solutions(session, actor, near), near, now=now), now=now)


def reachable(
    session: Session, topic: Topic, order: Mapping[int, Sequence[int]], *, now: datetime
) -> Sequence[Candidate]:
    """Return who, of people given with what they solved, can be asked about a question, in their order.

    There are as many as there are places left.
    """
    people = _who_can_be_asked(session, topic, order, now=now)
    arrivals = arrivals_of(session, people, since=now - WEEK)
    found: list[Candidate] = []
    for user_id in filter(people.__contains__, order):
        person, wishes = people[user_id]
        arrives_at = next_awake(now, zone=person.zone, quiet=wishes.quiet)
        if has_room(arrivals[user_id], arrives_at, most=wishes.most_a_week):
            one = Candidate(
                user_id=user_id, name=person.name, solved_ids=order[user_id], arrives_at=arrives_at
            )
            found.append(one)
    return found[: _places_left(session, topic)]


def _near(session: Session, actor: Actor, topic: Topic, searcher: Searcher) -> Mapping[int, float]:
    """Return how near other topics are to a question, by id."""
    words, tags = _near_by_words(session, actor, topic, searcher), _near_by_tags(session, topic)
    return {key: nearness(words.get(key, 0.0), tags.get(key, 0.0)) for key in words.keys() | tags.keys()}


def _near_by_words(session: Session, actor: Actor, topic: Topic, searcher: Searcher) -> Mapping[int, float]:
    """Return how near topics are in the search engine's eyes: their score over the question's own.

    Nothing is near without an index. A question that is not in it yet is compared by the best score.
    """
    query = Query(
        text=topic.title,
        audience=actor.audiences,
        kind="topic",
        reader_language=topic.language,
        synonyms=curation.current(session).synonyms,
        limit=NEAREST,
    )
    try:
        scores = {hit.group: hit.score for hit in searcher.search(query).hits}
    except IndexUnavailableError:
        return {}
    whole = scores.pop(f"topic:{topic.id}", 0.0) or max(scores.values(), default=1.0)
    return {int(group.removeprefix("topic:")): min(1.0, score / whole) for group, score in scores.items()}


def _near_by_tags(session: Session, topic: Topic) -> Mapping[int, float]:
    """Return which share of the tags of a question the latest solved topics have."""
    own = session.scalars(select(TopicTag.tag_id).where(TopicTag.topic_id == topic.id)).all()
    shared = (
        select(TopicTag.topic_id, func.count())
        .join(Topic, Topic.id == TopicTag.topic_id)
        .where(TopicTag.tag_id.in_(own), Topic.solved_at.is_not(None))
        .group_by(TopicTag.topic_id, Topic.solved_at)
        .order_by(Topic.solved_at.desc())
        .limit(NEAREST)
    )
    return {topic_id: count / len(own) for topic_id, count in session.execute(shared)}


def _solutions(session: Session, actor: Actor, topic_ids: Collection[int]) -> list[Solution]:
    """Return the accepted answers in some topics, as far as the actor may see them."""
    query = (
        select(Post.author_id, Post.topic_id, Post.accepted_at)
        .join(Post.topic)
        .join(Topic.board)
        .where(
            Post.topic_id.in_(topic_ids),
            Post.accepted_at.is_not(None),
            Post.removed_at.is_(None),
            Topic.removed_at.is_(None),
            visible_to(actor, Board.audience),
        )
    )
    rows = session.execute(query)
    return [Solution(user_id=row.author_id, topic_id=row.topic_id, at=row.accepted_at) for row in rows]


def _who_can_be_asked(
    session: Session, topic: Topic, user_ids: Collection[int], *, now: datetime
) -> Mapping[int, tuple[User, Wishes]]:
    """Return, of some people, those who may read a question and can be asked about it."""
    asked = exists().where(ExpertInvitation.topic_id == topic.id, ExpertInvitation.user_id == User.id)
    people = _askable(now).where(User.id.in_(user_ids), User.id != topic.author_id, ~asked)
    return {
        row.User.id: (row.User, wishes_in(row.ExpertSetting))
        for row in session.execute(people)
        if includes(topic.board.audience, row.User.as_actor())
    }


def _askable(now: datetime) -> Select[*tuple[Any, ...]]:
    """Select, with their settings, the customers who can sign in and write, and let themselves be asked."""
    return (
        select(User, ExpertSetting)
        .join(User.account)
        .outerjoin(ExpertSetting, ExpertSetting.user_id == User.id)
        .options(contains_eager(User.account))
        .where(
            is_customer_who_signs_in(),
            Account.status == AccountStatus.ACTIVE,
            ExpertSetting.takes_part.is_not(False),
            ~is_sanctioned(now),
            ~wants_none_of(KIND),
        )
    )


def can_be_asked(session: Session, topic: Topic, user_id: int, *, now: datetime) -> bool:
    """Tell whether a person may read a question, with its board loaded, and lets themselves be asked."""
    row = session.execute(_askable(now).where(User.id == user_id)).one_or_none()
    return row is not None and includes(topic.board.audience, row.User.as_actor())


def wishes_in(setting: ExpertSetting | None) -> Wishes:
    """Return how a person wants to be asked; None where they have not said anything."""
    if setting is None:
        return Wishes()
    quiet = QuietHours(
        begin=setting.quiet_from, end=setting.quiet_until, holds_on_weekends=setting.rests_on_weekends
    )
    return Wishes(takes_part=setting.takes_part, most_a_week=setting.most_a_week, quiet=quiet)


def arrivals_of(
    session: Session, user_ids: Collection[int], *, since: datetime
) -> Mapping[int, Sequence[datetime]]:
    """Return when questions reached some people after a time, or are to reach them."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    rows = select(ExpertInvitation.user_id, ExpertInvitation.deliver_at).where(
        ExpertInvitation.user_id.in_(user_ids),
        ExpertInvitation.deliver_at > since,
        ExpertInvitation.state != InvitationState.DROPPED,
    )
    for user_id, deliver_at in session.execute(rows):
        found[user_id].append(deliver_at)
    return found


def _places_left(session: Session, topic: Topic) -> int:
    """Return how many more people can be asked; who declined takes no place."""
    under_way = ExpertInvitation.state.in_((InvitationState.WAITING, InvitationState.SENT))
    taken = select(func.count()).where(ExpertInvitation.topic_id == topic.id, under_way)
    return max(0, MOST_INVITED - (session.scalar(taken) or 0))
