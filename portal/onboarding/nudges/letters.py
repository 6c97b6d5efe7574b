"""What people would read about steps, and whether it may reach them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import Account, AccountStatus, User
from portal.accounts.queries import is_customer_who_signs_in
from portal.accounts.sanctions import is_suspended
from portal.notifications.queries import wants_none_of
from portal.notifications.restraint import WEEK, has_room
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.nudges.models import Nudge, NudgeState, NudgeTemplate
from portal.onboarding.nudges.rules import (
    GENERAL,
    MOST_A_WEEK,
    MOST_RECIPIENTS,
    NOT_TWICE_WITHIN,
    Site,
    fill,
    place_of,
    recipients_of,
    text_in,
    values_for,
)
from portal.onboarding.people.queries import assignees_of

KIND: Final = "nudge"


class Refusal(StrEnum):
    """Why someone is not reminded."""

    UNWANTED = "unwanted"
    REPEATED = "repeated"
    ENOUGH = "enough"


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What a person would read about a step; `refusal` is None where they can be sent it."""

    step: ChecklistStep
    person: User
    text: str
    refusal: Refusal | None


def people_of(
    session: Session, steps: Sequence[ChecklistStep], *, now: datetime
) -> list[tuple[ChecklistStep, User]]:
    """Return whom some steps concern, each with the step: people who can sign in."""
    assigned = assignees_of(session, steps)
    named = {person.id for people in assigned.values() for person in people}
    champions_first = (User.role != Role.CHAMPION, User.id)
    place = func.row_number().over(partition_by=User.account_id, order_by=champions_first).label("place")
    ids = {step.checklist.account_id for step in steps}
    can_sign_in = and_(is_customer_who_signs_in(), ~is_suspended(now))
    some = select(User.id, place).where(User.account_id.in_(ids), can_sign_in).subquery()
    concerned = or_(some.c.place <= MOST_RECIPIENTS, User.id.in_(named))
    query = select(User).join(some, some.c.id == User.id).where(concerned)
    members: defaultdict[int | None, list[User]] = defaultdict(list)
    for person in session.scalars(query.order_by(*champions_first)):
        members[person.account_id].append(person)
    return [
        (step, person)
        for step in steps
        for person in recipients_of(
            step, members[step.checklist.account_id], assigned=assigned.get(step.id, ())
        )
    ]


def letters_to(
    session: Session,
    people: Sequence[tuple[ChecklistStep, User]],
    *,
    site: Site,
    today: date,
    now: datetime,
) -> list[Letter]:
    """Return what some people would read about steps, each in their language, and if they can be sent it.

    What comes earlier in the list counts for what comes later.
    """
    ids = {person.id for _step, person in people}
    texts = texts_at(session, {_place(step) for step, _person in people})
    unwilling = set(session.scalars(select(User.id).where(User.id.in_(ids), wants_none_of(KIND))))
    arrivals = _arrivals_of(session, ids, now=now)
    repeated = _just_reminded(session, {step.id for step, _person in people}, now=now)
    letters = []
    for step, person in people:
        refusal = None if has_room(arrivals[person.id], now, most=MOST_A_WEEK) else Refusal.ENOUGH
        refusal = Refusal.REPEATED if (step.id, person.id) in repeated else refusal
        refusal = Refusal.UNWANTED if person.id in unwilling else refusal
        if refusal is None:
            arrivals[person.id].append(now)
        language = person.language or site.language
        template = text_in(language, texts.get(_place(step), {}), texts.get(GENERAL, {}))
        text = fill(template, values_for(step, person, site=site, today=today))
        letters.append(Letter(step=step, person=person, text=text, refusal=refusal))
    return letters


def _place(step: ChecklistStep) -> str:
    return place_of(step.checklist.success_map_id, step.key)


def texts_at(session: Session, places: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """Return what someone wrote for nudges, in general and at some places."""
    query = select(NudgeTemplate).where(NudgeTemplate.place.in_({GENERAL, *places}))
    return {template.place: template.texts for template in session.scalars(query)}


def _arrivals_of(
    session: Session, user_ids: Collection[int], *, with_queued: bool = True, now: datetime
) -> defaultdict[int, list[datetime]]:
    """Return when nudges reached some people within a week or, if these count too, are about to."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    on_their_way = (NudgeState.QUEUED,) if with_queued else ()
    counts = or_(Nudge.state.in_(on_their_way), Nudge.sent_at > now - WEEK)
    for user_id, sent_at in session.execute(
        select(Nudge.user_id, Nudge.sent_at).where(Nudge.user_id.in_(user_ids), counts)
    ):
        found[user_id].append(sent_at or now)
    return found


def _just_reminded(
    session: Session, step_ids: Collection[int], *, now: datetime
) -> Collection[tuple[int | None, int]]:
    """Return of which steps whom a nudge reached within a day or is about to, by the ids of both."""
    is_recent = or_(Nudge.state == NudgeState.QUEUED, Nudge.sent_at > now - NOT_TWICE_WITHIN)
    query = select(Nudge.step_id, Nudge.user_id).where(Nudge.step_id.in_(step_ids), is_recent)
    return {(step_id, user_id) for step_id, user_id in session.execute(query)}


def can_arrive(session: Session, nudge: Nudge, *, now: datetime) -> bool:
    """Tell whether a nudge may reach its person, who is held, now: it is wanted, and not too much.

    A draft has to leave room for those that are on their way.
    """
    accepted = wanted().where(Nudge.id == nudge.id, ~is_suspended(now), ~wants_none_of(KIND))
    is_draft = nudge.state is NudgeState.DRAFT
    arrivals = _arrivals_of(session, {nudge.user_id}, with_queued=is_draft, now=now)
    return bool(session.scalar(select(accepted.exists()))) and has_room(
        arrivals[nudge.user_id], now, most=MOST_A_WEEK
    )


def wanted() -> Select[Nudge]:
    """Select the nudges of which the step waits, in a paying account of which the person is a member."""
    return (
        select(Nudge)
        .join(Nudge.step)
        .join(ChecklistStep.checklist)
        .join(Checklist.account)
        .join(User, User.id == Nudge.user_id)
        .where(
            ChecklistStep.completed_at.is_(None),
            Checklist.completed_at.is_(None),
            Account.status == AccountStatus.ACTIVE,
            User.account_id == Account.id,
            is_customer_who_signs_in(),
        )
    )
