"""Reads of who was asked about a question, and of the questions that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.accounts.audience import visible_to
from portal.accounts.models import Account
from portal.core.errors import ForbiddenError
from portal.core.paging import Cursor, Page
from portal.forum import queries as forum
from portal.forum.experts.candidates import Candidate, candidates_for, wishes_in
from portal.forum.experts.models import (
    ExpertInvitation,
    ExpertSetting,
    InvitationState,
    QuestionEscalation,
)
from portal.forum.experts.policies import may_ask_experts
from portal.forum.experts.rules import ESCALATED_AFTER, LOOKED_BACK, Wishes
from portal.forum.models import Board, Post, Topic, TopicKind
from portal.forum.subjects import topics_named_for
from portal.notifications.subjects import Named
from portal.search.engine import Searcher

NAMED: Final = 3
MOST_LISTED: Final = 50
QUESTIONS_A_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Experts:
    """Who can be asked about a question, and who was; `titles` are of topics that the reader may see."""

    topic: Topic
    is_waiting: bool
    candidates: Sequence[Candidate]
    titles: Mapping[int, Named]
    invited: Sequence[ExpertInvitation]

    def solved_by(self, candidate: Candidate) -> Sequence[Named]:
        """Return the nearest of the topics that a candidate solved."""
        return [self.titles[key] for key in candidate.solved_ids[:NAMED] if key in self.titles]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question, who asked the reader about it, and what they solved, as far as they may see it."""

    topic: Topic
    by_name: str
    solved: Sequence[Named]


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingQuestion:
    """A question that was brought to staff, and its account; `manager_name` is None without one."""

    topic: Topic
    account: Account
    manager_name: str | None


def waits() -> ColumnElement[bool]:
    """Select the questions that stand, are open, were not asked before, and have no reply by someone else."""
    answer = exists().where(
        Post.topic_id == Topic.id,
        Post.position > 1,
        Post.removed_at.is_(None),
        Post.author_id != Topic.author_id,
    )
    return and_(
        Topic.kind == TopicKind.QUESTION,
        Topic.accepted_post_id.is_(None),
        Topic.removed_at.is_(None),
        Topic.closed_at.is_(None),
        Topic.archived_at.is_(None),
        Topic.duplicate_of_id.is_(None),
        ~answer,
    )


def is_waiting(session: Session, topic_id: int) -> bool:
    """Tell whether a question still waits for an answer."""
    return session.scalar(select(Topic.id).where(Topic.id == topic_id, waits())) is not None


def require_may_ask(session: Session, actor: Actor, topic: Topic) -> None:
    """Refuse whoever may not ask people about a topic.

    Raises:
        ForbiddenError: the actor is neither the asker of a question nor a moderator.
    """
    if not may_ask_experts(actor, topic, moderates=forum.moderates(session, actor, topic.board)):
        raise ForbiddenError("ask experts")


def experts_for(
    session: Session, actor: Actor, topic_id: int, searcher: Searcher, *, now: datetime
) -> Experts:
    """Return who can be asked about a question, and who was.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor is neither the asker of a question nor a moderator.
    """
    topic = forum.topic_for(session, actor, topic_id)
    require_may_ask(session, actor, topic)
    waiting = is_waiting(session, topic.id)
    candidates = candidates_for(session, actor, topic, searcher, now=now) if waiting else ()
    named = {topic_id for one in candidates for topic_id in one.solved_ids[:NAMED]}
    with_names = (joinedload(ExpertInvitation.user), joinedload(ExpertInvitation.invited_by))
    invited = select(ExpertInvitation).options(*with_names).where(ExpertInvitation.topic_id == topic.id)
    return Experts(
        topic=topic,
        is_waiting=waiting,
        candidates=candidates,
        titles=topics_named_for(session, actor, named, ""),
        invited=session.scalars(invited.order_by(ExpertInvitation.id)).all(),
    )


def asked_of(session: Session, actor: Actor, *, topic: Topic | None = None) -> Sequence[Asked]:
    """Return the questions about which the actor was asked and which still wait, the latest first.

    With a topic it is only about that one.
    """
    query = (
        select(ExpertInvitation)
        .join(ExpertInvitation.topic)
        .join(Topic.board)
        .options(contains_eager(ExpertInvitation.topic), joinedload(ExpertInvitation.invited_by))
        .where(
            ExpertInvitation.user_id == actor.user_id,
            ExpertInvitation.state == InvitationState.SENT,
            visible_to(actor, Board.audience),
            waits(),
        )
    )
    if topic is not None:
        query = query.where(Topic.id == topic.id)
    invitations = session.scalars(query.order_by(ExpertInvitation.id.desc()).limit(MOST_LISTED)).all()
    solved = {topic_id for one in invitations for topic_id in one.solved_ids[:NAMED]}
    titles = topics_named_for(session, actor, solved, "")
    return [
        Asked(
            topic=one.topic,
            by_name=one.invited_by.name,
            solved=[titles[topic_id] for topic_id in one.solved_ids[:NAMED] if topic_id in titles],
        )
        for one in invitations
    ]


def wishes_of(session: Session, user_id: int) -> Wishes:
    """Return how a person wants to be asked."""
    return wishes_in(session.get(ExpertSetting, user_id))


def overdue(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return the ids of questions that have waited too long for their account and are new to staff."""
    told = exists().where(QuestionEscalation.topic_id == Topic.id)
    too_long = (
        (Account.touch_tier == tier) & (Topic.created_at <= now - patience)
        for tier, patience in ESCALATED_AFTER.items()
    )
    oldest, latest = now - LOOKED_BACK, now - min(ESCALATED_AFTER.values())
    query = (
        select(Topic.id)
        .join(Account, Account.id == Topic.account_id)
        .where(Topic.created_at.between(oldest, latest), or_(*too_long), ~told, waits())
    )
    return session.scalars(query.order_by(Topic.created_at, Topic.id).limit(limit)).all()


def waiting_for(session: Session, actor: Actor, *, after: Cursor | None = None) -> Page[WaitingQuestion]:
    """Return the questions that were brought to staff and still wait, the oldest first.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    if not actor.is_staff:
        raise ForbiddenError("see waiting questions")
    query = (
        select(Topic, Account)
        .join(QuestionEscalation, QuestionEscalation.topic_id == Topic.id)
        .join(Account, Account.id == Topic.account_id)
        .options(joinedload(Account.manager), joinedload(Topic.board))
        .where(waits())
    )
    if after is not None:
        query = query.where(tuple_(Topic.created_at, Topic.id) > (after.at, after.id))
    rows = session.execute(query.order_by(Topic.created_at, Topic.id).limit(QUESTIONS_A_PAGE + 1)).all()
    found = [
        WaitingQuestion(
            topic=topic, account=account, manager_name=account.manager.name if account.manager else None
        )
        for topic, account in rows
    ]
    return Page.cut(found, QUESTIONS_A_PAGE, lambda one: Cursor(at=one.topic.created_at, id=one.topic.id))
