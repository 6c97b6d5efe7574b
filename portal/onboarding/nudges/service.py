"""Writes of nudges: sending them, letting the site send or draft them, and the words."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import upsert
from portal.events import NudgeDrafted, NudgeDue
from portal.notifications.restraint import QuietHours
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.nudges import queries
from portal.onboarding.nudges.letters import Letter, Refusal, can_arrive, letters_to, people_of
from portal.onboarding.nudges.models import Nudge, NudgeState, NudgeTemplate
from portal.onboarding.nudges.rules import (
    LONGEST,
    LONGEST_FILLED,
    Site,
    is_high_touch,
    late_step,
    may_repeat,
    require_known,
)

BATCH: Final = 100
QUIET: Final = QuietHours()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How many people are reminded, how many not and why, and of how many steps nobody can be."""

    count: int
    refused: Mapping[Refusal, int]
    left_out: int


def send(
    session: Session, *, actor: Actor, step_ids: Collection[int], site: Site, today: date, now: datetime
) -> Outcome:
    """Remind those whom some steps concern, as far as each wants it and has room for it.

    Steps that are done, wait for others or concern nobody are left out.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    queries.require_may_nudge(actor)
    steps = queries.steps_to_nudge(session, step_ids, today=today)
    people = people_of(session, steps, now=now)
    accounts.hold_people(session, {person.id for _step, person in people})
    letters = letters_to(session, people, site=site, today=today, now=now)
    sendable = [letter for letter in letters if letter.refusal is None]
    for letter in sendable:
        _keep(session, letter, state=NudgeState.QUEUED, sender_id=actor.user_id, now=now)
    return Outcome(
        count=len(sendable),
        refused=Counter(letter.refusal for letter in letters if letter.refusal),
        left_out=len(set(step_ids)) - len({step.id for step, _person in people}),
    )


def _keep(
    session: Session, letter: Letter, *, state: NudgeState, sender_id: int | None, now: datetime
) -> Nudge:
    nudge = Nudge(
        checklist_id=letter.step.checklist_id,
        step_id=letter.step.id,
        user_id=letter.person.id,
        sender_id=sender_id,
        text=letter.text,
        state=state,
        made_at=now,
    )
    session.add(nudge)
    session.flush()
    is_draft = state is NudgeState.DRAFT
    outbox.record(session, NudgeDrafted(nudge_id=nudge.id) if is_draft else NudgeDue(nudge_id=nudge.id))
    return nudge


def remind_late(session: Session, *, after: int, site: Site, today: date, now: datetime) -> int | None:
    """Remind people of late steps, of some checklists that come after one; return the last, None at the end.

    In high touch it only drafts, for the account's manager; in the others it waits while it is quiet where
    the person lives.
    """
    checklists = queries.late_checklists(session, after=after, today=today, limit=BATCH)
    steps = [step for checklist in checklists if (step := late_step(checklist, today=today))]
    people = people_of(session, steps, now=now)
    accounts.hold_people(session, {person.id for _step, person in people})
    earlier = queries.earlier_nudges(session, steps, now=now)
    due = [
        (step, person)
        for step, person in people
        if may_repeat(earlier.get((step.id, person.id), ()), now=now)
        and (is_high_touch(step) or not QUIET.holds_at(now.astimezone(person.zone)))
    ]
    for letter in letters_to(session, due, site=site, today=today, now=now):
        if letter.refusal is None:
            state = NudgeState.DRAFT if is_high_touch(letter.step) else NudgeState.QUEUED
            _keep(session, letter, state=state, sender_id=None, now=now)
    return checklists[-1].id if checklists else None


def deliver(session: Session, *, nudge_id: int, now: datetime) -> Nudge | None:
    """Let a nudge reach its person, with its step; None if it is not wanted or too much by now.

    Only here it counts as sent, so that no seven days ever bring more than the most.
    """
    whole = (joinedload(Nudge.step), joinedload(Nudge.user), joinedload(Nudge.sender))
    nudge = session.get_one(Nudge, nudge_id, options=whole)
    accounts.hold_people(session, {nudge.user_id})
    if nudge.state is not NudgeState.QUEUED:
        return None
    if nudge.step is None or not can_arrive(session, nudge, now=now):
        nudge.state = NudgeState.DROPPED
        return None
    nudge.state, nudge.sent_at = NudgeState.SENT, now
    note(session, Act.NUDGED, nudge.step, actor=Actor(user_id=nudge.sender_id), now=now, to=nudge.user.name)
    return nudge


def write_draft(
    session: Session, *, actor: Actor, nudge_id: int, text: str | None, edition: int | None
) -> Nudge:
    """Give a draft another text, or with None leave what it says; `edition` is the one that the actor saw.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there never was such a nudge.
        ConflictError: it is no draft any more, or there is a newer edition by now.
        InvalidError: the text is empty or too long.
    """
    nudge = queries.draft_for(session, actor, nudge_id, locked=True)
    text = nudge.text if text is None else _usable(text, field="text", most=LONGEST_FILLED)
    if not text:
        raise InvalidError(N_("Write what the person is to read."), field="text")
    if nudge.edition != edition:
        raise ConflictError(N_("Someone else changed this draft meanwhile. Compare the texts, then go on."))
    nudge.text, nudge.edition = text, nudge.edition + 1
    return nudge


def _usable(text: str, *, field: str, most: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        raise InvalidError(N_("Write at most %(most)d characters."), field=field, most=most)
    return text


def send_draft(
    session: Session, *, actor: Actor, nudge_id: int, text: str | None, edition: int | None, now: datetime
) -> Nudge:
    """Send a draft as the actor's, with a text, or with None as it stands.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there never was such a nudge.
        ConflictError: it is no draft any more or not in this edition, the step is done, or the person wants
            no nudges or has had enough of them.
        InvalidError: the text is empty or too long.
    """
    nudge = write_draft(session, actor=actor, nudge_id=nudge_id, text=text, edition=edition)
    accounts.hold_people(session, {nudge.user_id})
    if not can_arrive(session, nudge, now=now):
        raise ConflictError(
            N_(
                "%(name)s cannot be sent this now: the step is done, or they want no reminders, "
                "or have had as many this week as may be. Your text is kept here."
            ),
            name=nudge.user.name,
        )
    nudge.state, nudge.sender_id = NudgeState.QUEUED, actor.user_id
    outbox.record(session, NudgeDue(nudge_id=nudge.id))
    return nudge


def discard_draft(session: Session, *, actor: Actor, nudge_id: int) -> None:
    """Do not send a draft; the site makes the next one when it would have reminded again.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there never was such a nudge.
        ConflictError: it is no draft any more.
    """
    queries.draft_for(session, actor, nudge_id, locked=True).state = NudgeState.DISCARDED


def write_template(session: Session, *, actor: Actor, place: str, texts: Mapping[str, str]) -> None:
    """Decide what nudges say at a place, by language; where a text is empty, the more general one holds.

    Raises:
        ForbiddenError: the actor is not staff.
        InvalidError: a text is too long, or holds unknown placeholders.
    """
    queries.require_may_nudge(actor)
    usable = {
        language: _usable(text, field=f"text_{language}", most=LONGEST) for language, text in texts.items()
    }
    for language, text in usable.items():
        require_known(text, field=f"text_{language}")
    upsert(session, NudgeTemplate, {"place": place, "texts": usable}, unique="place")
