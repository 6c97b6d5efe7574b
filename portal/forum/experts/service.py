"""Writes: asking people about a question, letting it reach them, declining, bringing questions to staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.sanctions import require_voice
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new, upsert
from portal.events import InvitationDue, QuestionWaits
from portal.forum import queries as forum
from portal.forum.experts import queries
from portal.forum.experts.candidates import Candidate, candidates_for, reachable
from portal.forum.experts.models import (
    ExpertInvitation,
    ExpertSetting,
    InvitationState,
    QuestionEscalation,
)
from portal.forum.experts.rules import Wishes
from portal.forum.models import Topic
from portal.forum.trail import note_act
from portal.notifications.restraint import WEEK, has_room, next_awake
from portal.search.engine import Searcher

BATCH: Final = 100


def ask(
    session: Session,
    *,
    actor: Actor,
    topic_id: int,
    user_ids: Collection[int],
    searcher: Searcher,
    now: datetime,
) -> int:
    """Ask some of the candidates about a question; return how many were asked.

    Who was asked already, or cannot be asked any more, is left out.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor is neither the asker of a question nor a moderator.
        InvalidError: the actor is silenced.
        ConflictError: the question does not wait for an answer any more.
    """
    topic = forum.topic_for(session, actor, topic_id, locked=True)
    queries.require_may_ask(session, actor, topic)
    require_voice(session, actor, now=now)
    if not queries.is_waiting(session, topic.id):
        raise ConflictError(N_("This question does not wait for an answer any more."))
    accounts.hold_people(session, user_ids)
    candidates = candidates_for(session, actor, topic, searcher, now=now)
    chosen = [candidate for candidate in candidates if candidate.user_id in user_ids]
    for candidate in chosen:
        invite(session, topic=topic, candidate=candidate, by_id=actor.user_id or 0, now=now)
        note_act(session, actor, "asked", topic, now=now, data={"to": candidate.name})
    return len(chosen)


def ask_named(session: Session, *, topic: Topic, user_ids: Sequence[int], now: datetime) -> None:
    """Ask, for its author, people who may know for another reason than what they solved, in their order.

    Who cannot be asked is left out; the topic's board is loaded.
    """
    accounts.hold_people(session, user_ids)
    author = Actor(user_id=topic.author_id)
    for candidate in reachable(session, topic, dict.fromkeys(user_ids, ()), now=now):
        invite(session, topic=topic, candidate=candidate, by_id=topic.author_id, now=now)
        note_act(session, author, "asked", topic, now=now, data={"to": candidate.name})


def invite(session: Session, *, topic: Topic, candidate: Candidate, by_id: int, now: datetime) -> None:
    """Store that someone is asked about a question, and tell them unless it is quiet where they live."""
    invitation = ExpertInvitation(
        topic_id=topic.id,
        user_id=candidate.user_id,
        invited_by_id=by_id,
        solved_ids=list(candidate.solved_ids),
        state=InvitationState.WAITING,
        created_at=now,
        deliver_at=candidate.arrives_at,
    )
    session.add(invitation)
    session.flush()
    if candidate.arrives_at <= now:
        _send(session, invitation, now=now)


def _send(session: Session, invitation: ExpertInvitation, *, now: datetime) -> None:
    invitation.state, invitation.deliver_at = InvitationState.SENT, now
    outbox.record(session, InvitationDue(invitation_id=invitation.id))


def send_due(session: Session, *, now: datetime) -> int:
    """Let some of the invitations go whose time has come; return how many were looked at.

    One that comes late, into quiet hours, waits again; one for which there is no room any more is dropped.
    """
    due = session.scalars(
        select(ExpertInvitation)
        .options(joinedload(ExpertInvitation.user))
        .where(ExpertInvitation.state == InvitationState.WAITING, ExpertInvitation.deliver_at <= now)
        .order_by(ExpertInvitation.deliver_at, ExpertInvitation.id)
        .limit(BATCH)
        .with_for_update(of=ExpertInvitation, skip_locked=True)
    ).all()
    accounts.hold_people(session, {one.user_id for one in due})
    for invitation in due:
        wishes = queries.wishes_of(session, invitation.user_id)
        awake = next_awake(now, zone=invitation.user.zone, quiet=wishes.quiet)
        if awake > now:
            invitation.deliver_at = awake
        elif _has_room(session, invitation, wishes, now=now):
            _send(session, invitation, now=now)
        else:
            invitation.state = InvitationState.DROPPED
        session.flush()
    return len(due)


def _has_room(session: Session, invitation: ExpertInvitation, wishes: Wishes, *, now: datetime) -> bool:
    """Tell whether a due invitation may reach its person now: they may want fewer, or it comes late."""
    reached = select(ExpertInvitation.deliver_at).where(
        ExpertInvitation.user_id == invitation.user_id,
        ExpertInvitation.state.in_((InvitationState.SENT, InvitationState.DECLINED)),
    )
    recent = session.scalars(reached.where(ExpertInvitation.deliver_at > now - WEEK)).all()
    return has_room(recent, now, most=wishes.most_a_week)


def decline(session: Session, *, actor: Actor, topic_id: int, is_for_good: bool) -> None:
    """Say that one will not answer, or wants to be asked no more; nobody is told, and the place is free.

    Raises:
        NotFoundError: no such topic that the actor may see, or nobody asked them about it.
    """
    topic = forum.topic_for(session, actor, topic_id)
    mine = select(ExpertInvitation).where(
        ExpertInvitation.topic_id == topic.id,
        ExpertInvitation.user_id == actor.user_id,
        ExpertInvitation.state.in_((InvitationState.SENT, InvitationState.DECLINED)),
    )
    invitation = session.scalar(mine.with_for_update())
    if invitation is None:
        raise NotFoundError("invitation")
    invitation.state = InvitationState.DECLINED
    if is_for_good:
        wishes = queries.wishes_of(session, invitation.user_id)
        choose(session, actor=actor, wishes=replace(wishes, takes_part=False))


def choose(session: Session, *, actor: Actor, wishes: Wishes) -> None:
    """Decide whether, how often and when to be asked.

    Raises:
        ForbiddenError: the actor is a visitor.
    """
    if actor.user_id is None:
        raise ForbiddenError("choose")
    row = {
        "user_id": actor.user_id,
        "takes_part": wishes.takes_part,
        "most_a_week": wishes.most_a_week,
        "quiet_from": wishes.quiet.begin,
        "quiet_until": wishes.quiet.end,
        "rests_on_weekends": wishes.quiet.holds_on_weekends,
    }
    upsert(session, ExpertSetting, row, unique="user_id")


def escalate_overdue(session: Session, *, now: datetime) -> int:
    """Bring some of the questions to staff that have waited too long, each once; return how many."""
    rows: list[Mapping[str, object]] = [
        {"topic_id": topic_id, "escalated_at": now}
        for topic_id in queries.overdue(session, now=now, limit=BATCH)
    ]
    new = insert_new(session, QuestionEscalation, rows)
    for topic_id in new:
        outbox.record(session, QuestionWaits(topic_id=topic_id))
    return len(new)
