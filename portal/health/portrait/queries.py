"""Reads of what surrounds an account's score; only staff see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.adoption.models import Signal
from portal.forum.models import Topic, TopicKind
from portal.health.models import HealthScore
from portal.health.queries import account_for
from portal.knowledge.subjects import articles_named_for
from portal.notifications.subjects import Named
from portal.support.models import RequestStatus, SupportRequest

READ_DAYS: Final = 90
SHOWN: Final = 8
READ: Final = "article.read"


class QuestionState(StrEnum):
    """What became of a question."""

    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    SOLVED = "solved"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreDay:
    """The score of a day in ten-thousandths of a point, None without evidence, and the model that made it."""

    day: date
    points_e4: int | None
    model: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question of an account's people."""

    topic: Topic
    state: QuestionState


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadArticle:
    """An article, how often an account's people read it, and how many of them."""

    named: Named
    times: int
    people: int


def score_days_for(session: Session, actor: Actor, account_id: int, *, since: date) -> Sequence[ScoreDay]:
    """Return the days from `since` on that have a score, the oldest first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    rows = session.execute(
        select(HealthScore.day, HealthScore.points_e4, HealthScore.model)
        .where(HealthScore.account_id == account_id, HealthScore.day >= since)
        .order_by(HealthScore.day)
    )
    return [ScoreDay(day=day, points_e4=points_e4, model=model) for day, points_e4, model in rows]


def questions_for(session: Session, actor: Actor, account_id: int) -> Sequence[Question]:
    """Return the last questions of an account's people, those without an answer first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    asked = (
        Topic.account_id == account_id,
        Topic.kind == TopicKind.QUESTION,
        Topic.removed_at.is_(None),
        Topic.merged_into_id.is_(None),
    )
    waits = Topic.accepted_post_id.is_(None) & (Topic.answer_count == 0)
    newest = (waits.desc(), Topic.created_at.desc(), Topic.id.desc())
    topics = select(Topic).options(joinedload(Topic.author)).where(*asked).order_by(*newest)
    return [Question(topic=topic, state=state_of(topic)) for topic in session.scalars(topics.limit(SHOWN))]


def state_of(topic: Topic) -> QuestionState:
    """Tell what became of a question."""
    if topic.accepted_post_id is not None:
        return QuestionState.SOLVED
    return QuestionState.ANSWERED if topic.answer_count else QuestionState.UNANSWERED


def recent_requests_for(session: Session, actor: Actor, account_id: int) -> Sequence[SupportRequest]:
    """Return an account's requests, the unsettled ones first, then the latest.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    settled = SupportRequest.status == RequestStatus.RESOLVED
    requests = select(SupportRequest).options(joinedload(SupportRequest.author))
    requests = requests.where(SupportRequest.account_id == account_id)
    newest = requests.order_by(settled, SupportRequest.created_at.desc(), SupportRequest.id.desc())
    return session.scalars(newest.limit(SHOWN)).all()


def top_articles_for(
    session: Session, actor: Actor, account_id: int, *, language: str, today: date
) -> Sequence[ReadArticle]:
    """Return what an account's people read most in 90 days.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    rows = session.execute(
        select(
            Signal.subject, func.count().label("times"), func.count(Signal.person.distinct()).label("people")
        )
        .where(
            Signal.account_id == account_id,
            Signal.kind == READ,
            Signal.day > today - timedelta(days=READ_DAYS),
            Signal.left_out_as.is_(None),
            Signal.subject.startswith("article:"),
        )
        .group_by(Signal.subject)
        .order_by(func.count().desc(), Signal.subject)
        .limit(SHOWN)
    ).all()
    found = {int(row.subject.partition(":")[2]): row for row in rows if row.subject}
    named = articles_named_for(session, actor, list(found), language)
    return [
        ReadArticle(named=named[key], times=row.times, people=row.people)
        for key, row in found.items()
        if key in named
    ]
