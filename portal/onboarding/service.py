"""Writes to checklists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.events import FootingChanged, StepCompleted, StepReopened
from portal.onboarding import policies, queries
from portal.onboarding.dates.service import reset_dates, set_dates
from portal.onboarding.evidence.service import ask_for_proof
from portal.onboarding.history.models import Act
from portal.onboarding.history.service import note
from portal.onboarding.maps import queries as maps
from portal.onboarding.models import Checklist, ChecklistStep, MapVersion
from portal.onboarding.rules import still_needed

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2099, 12, 31)
LONGEST_REASON: Final = 500
_CENTURY: Final = N_("Choose a day from %(start)s to %(end)s.")


def start_checklist(
    session: Session,
    *,
    actor: Actor,
    account_id: int,
    map_id: int,
    started_on: date,
    team: str = "",
    now: datetime | None = None,
) -> Checklist:
    """Make the published version of a success map concrete for an account, or for a team of it.

    Days are counted from a day over the working days of the account's country. `now` is the UTC time of the
    act; None for the beginning of that day.

    Raises:
        NotFoundError: no such account or map that the actor may see.
        InvalidError: no version of the map has been published, or the day is in another century.
        ConflictError: the account, or its team, has a checklist of this map.
    """
    account = accounts.account_for(session, actor, account_id)
    version = maps.map_for(session, actor, map_id).published
    if version is None:
        raise InvalidError(N_("Publish the map first."), field="account_id")
    if not EARLIEST <= started_on <= LATEST:
        raise InvalidError(_CENTURY, field="started_on", start=EARLIEST, end=LATEST)
    team = team.strip()
    same = (Checklist.account_id == account.id, Checklist.success_map_id == map_id, Checklist.team == team)
    if session.scalar(select(Checklist.id).where(*same)):
        raise ConflictError(N_("%(account)s has a checklist of this map already."), account=account.name)
    checklist = _made_of(version, account=account, started_on=started_on, team=team)
    _begin(session, [checklist], actor=actor, now=now)
    return checklist


def _begin(
    session: Session, checklists: Sequence[Checklist], *, actor: Actor, now: datetime | None = None
) -> None:
    session.add_all(checklists)
    ask_for_proof(session, [step for checklist in checklists for step in checklist.steps])
    for checklist in checklists:
        at = now or datetime.combine(checklist.started_on, time(), UTC)
        note(session, Act.STARTED, checklist, actor=actor, now=at, number=checklist.version.number)
        outbox.record(session, FootingChanged(account_id=checklist.account_id))


def _made_of(
    version: MapVersion,
    *,
    account: Account,
    started_on: date,
    team: str,
    days: Mapping[str, date] | None = None,
) -> Checklist:
    steps = [ChecklistStep(**step.content(), chosen_on=(days or {}).get(step.key)) for step in version.steps]
    checklist = Checklist(
        account=account,
        success_map=version.success_map,
        version=version,
        team=team,
        started_on=started_on,
        steps=steps,
    )
    set_dates(checklist)
    return checklist


@dataclass(frozen=True, kw_only=True)
class Start:
    """A checklist to be started: of the map with a slug, for the account with an external id.

    `days` are those of steps, by key, that are not to follow from the map.
    """

    account: str
    map: str
    started_on: date
    team: str = ""
    days: Mapping[str, date] = field(default_factory=dict)


def start_checklists(session: Session, *, actor: Actor, starts: Sequence[Start]) -> list[bool | InvalidError]:
    """Start many checklists; tell of each whether it is new, or why it could not be started.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    if not policies.may_plan(actor):
        raise ForbiddenError("plan onboarding")
    named = accounts.accounts_named(session, {start.account for start in starts})
    known = {account.external_id: account for account in named}
    versions = {one.slug: one.published for one in maps.maps_for(session, actor)}
    there = queries.checklists_there(session, {account.id for account in named})
    made: list[Checklist] = []

    def begin(start: Start) -> bool | InvalidError:
        account, version = known.get(start.account), versions.get(start.map)
        if account is None:
            return InvalidError(N_("there is no account %(account)s"), account=start.account)
        if version is None:
            return InvalidError(N_("there is no published success map %(map)s"), map=start.map)
        if not EARLIEST <= start.started_on <= LATEST:
            return InvalidError(_CENTURY, start=EARLIEST, end=LATEST)
        if unknown := sorted(start.days.keys() - {step.key for step in version.steps}):
            return InvalidError(N_("There is no step %(key)s in this map."), key=unknown[0])
        team = start.team.strip()
        if (place := (account.id, version.success_map_id, team)) in there:
            return False
        there.add(place)
        made.append(
            _made_of(version, account=account, started_on=start.started_on, team=team, days=start.days)
        )
        return True

    outcomes = [begin(start) for start in starts]
    _begin(session, made, actor=actor)
    return outcomes


def complete_step(session: Session, *, actor: Actor, step_id: int, now: datetime) -> ChecklistStep:
    """Tick a step by hand; ticking it again changes nothing.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither a member of the account nor staff.
        ConflictError: a step that it needs is open, or it has a quiz and the actor is not staff.
    """
    step = queries.step_for(session, actor, step_id)
    if step.quiz and not step.is_done and not policies.may_tick(actor, step):
        raise ConflictError(
            N_("“%(step)s” is done by answering its questions: open the quiz."), step=step.titles
        )
    return finish(session, step, actor=actor, act=Act.TICKED, now=now)


def finish(session: Session, step: ChecklistStep, *, actor: Actor, act: Act, now: datetime) -> ChecklistStep:
    """Complete a step whose checklist is held, as someone's act; nothing changes if it is done.

    Raises:
        ForbiddenError: the actor is neither a member of the account nor staff.
        ConflictError: a step that it needs is open.
    """
    if not policies.may_complete(actor, step):
        raise ForbiddenError("complete step")
    if not step.is_done and (needed := still_needed(step)):
        raise ConflictError(N_("Do this first: %(step)s."), step=needed[0].titles)
    if step.complete(at=now, by_id=actor.user_id):
        outbox.record(session, StepCompleted(step_id=step.id, at=now.isoformat()))
        note(session, act, step, actor=actor, now=now)
    return step


def reopen_step(
    session: Session, *, actor: Actor, step_id: int, now: datetime, reason: str = ""
) -> ChecklistStep:
    """Open a step again that was done, for a reason that its history tells; nothing changes if it is open.

    Its day follows from the others again, as they may have moved while it was done.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is neither the champion, nor staff, nor the one who ticked the step.
    """
    step = queries.step_for(session, actor, step_id)
    if not policies.may_reopen(actor, step):
        raise ForbiddenError("reopen step")
    if step.reopen(at=now):
        reset_dates(session, step.checklist, now=now)
        outbox.record(session, StepReopened(step_id=step.id, at=now.isoformat()))
        note(session, Act.REOPENED, step, actor=actor, now=now, reason=reason.strip()[:LONGEST_REASON])
    return step
