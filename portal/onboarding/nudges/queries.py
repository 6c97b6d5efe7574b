"""Reads of whom staff and the site can remind of what, and of what became of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus, TouchTier
from portal.accounts.sanctions import is_suspended
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.i18n import N_
from portal.core.statistics import Rate
from portal.notifications.subjects import Named
from portal.onboarding.maps.queries import map_for
from portal.onboarding.models import Checklist, ChecklistStep, SuccessMap
from portal.onboarding.nudges.letters import Letter, letters_to, people_of, texts_at, wanted
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.nudges.policies import may_nudge
from portal.onboarding.nudges.rules import (
    DEFAULT_TEXTS,
    GENERAL,
    LATE_AFTER,
    Aftermath,
    Earlier,
    Site,
    earlier_of,
    place_of,
    share_done,
    stop_to_nudge,
)
from portal.onboarding.paths import path_of_checklist
from portal.onboarding.rules import Path, Standing, Stop, path_of, urgency

MOST_LISTED: Final = 200
NEWEST: Final = 20
LOOKED_BACK: Final = timedelta(days=365)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which checklists are looked at; None is any, and `standing` None those that are late."""

    map_id: int | None = None
    step_key: str = ""
    standing: Standing | None = None
    tier: TouchTier | None = None
    manager_id: int | None = None

    def includes(self, path: Path) -> bool:
        """Tell whether a path stands as wished."""
        late = (Standing.STUCK, Standing.SLIPPING)
        return path.standing is self.standing if self.standing else path.standing in late


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A checklist, the step of it that people can be reminded of, and what each would read."""

    path: Path
    stop: Stop
    letters: Sequence[Letter]


def plans_for(
    session: Session, actor: Actor, choice: Choice, *, site: Site, today: date, now: datetime
) -> Sequence[Plan]:
    """Return the checklists of which people can be reminded, those that need someone first.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    require_may_nudge(actor)
    wanted = {
        Checklist.success_map_id: choice.map_id,
        Account.touch_tier: choice.tier,
        Account.manager_id: choice.manager_id,
    }
    query = _open_checklists().where(*(column == value for column, value in wanted.items() if value))
    paths = [path_of(checklist, today=today) for checklist in session.scalars(query)]
    chosen = [
        (path, stop)
        for path in sorted(paths, key=urgency)
        if choice.includes(path) and (stop := stop_to_nudge(path, choice.step_key))
    ][:MOST_LISTED]
    people = people_of(session, [stop.step for _path, stop in chosen], now=now)
    letters: defaultdict[int, list[Letter]] = defaultdict(list)
    for letter in letters_to(session, people, site=site, today=today, now=now):
        letters[letter.step.id].append(letter)
    return [Plan(path=path, stop=stop, letters=letters[stop.step.id]) for path, stop in chosen]


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What reminders of a step of a map say by language, or all others if `success_map` is None."""

    place: str
    texts: Mapping[str, str]
    success_map: SuccessMap | None = None
    step_key: str = ""


def words_for(session: Session, actor: Actor, *, map_id: int | None, step_key: str) -> Words:
    """Return what someone wrote for the reminders of a step, or for all others if the map is None.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: no such map, or no such step in it.
    """
    require_may_nudge(actor)
    if map_id is None:
        return Words(place=GENERAL, texts=texts_at(session, ()).get(GENERAL, DEFAULT_TEXTS))
    success_map, place = map_for(session, actor, map_id), place_of(map_id, step_key)
    if step_key not in {step.key for step in success_map.steps}:
        raise NotFoundError("step")
    texts = texts_at(session, {place}).get(place, {})
    return Words(place=place, texts=texts, success_map=success_map, step_key=step_key)


def require_may_nudge(actor: Actor) -> None:
    """Refuse whoever may not remind people.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    if not may_nudge(actor):
        raise ForbiddenError("nudge")


def _open_checklists() -> Select[Checklist]:
    """Select whole checklists of paying accounts that are not complete."""
    return (
        select(Checklist)
        .join(Checklist.account)
        .options(
            contains_eager(Checklist.account).joinedload(Account.manager),
            joinedload(Checklist.success_map),
            selectinload(Checklist.steps).immediateload(ChecklistStep.checklist),
        )
        .where(Checklist.completed_at.is_(None), Account.status == AccountStatus.ACTIVE)
    )


def steps_to_nudge(session: Session, step_ids: Collection[int], *, today: date) -> Sequence[ChecklistStep]:
    """Return, of some steps, those that people can still be reminded of, those that need someone first."""
    query = _open_checklists().where(Checklist.steps.any(ChecklistStep.id.in_(step_ids)))
    paths = [path_of(checklist, today=today) for checklist in session.scalars(query)]
    stops = (
        stop_to_nudge(path, step.key)
        for path in sorted(paths, key=urgency)
        for step in path.checklist.steps
        if step.id in step_ids
    )
    return [stop.step for stop in stops if stop]


def late_checklists(session: Session, *, after: int, today: date, limit: int) -> Sequence[Checklist]:
    """Return some open checklists with a late step, by id, that come after one."""
    latest = today - timedelta(days=LATE_AFTER)
    is_late = and_(ChecklistStep.completed_at.is_(None), ChecklistStep.due_on <= latest)
    late = _open_checklists().where(Checklist.id > after, Checklist.steps.any(is_late))
    return session.scalars(late.order_by(Checklist.id).limit(limit)).all()


def nudges_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return, of some nudges, those that reached the actor and whose step still waits."""
    query = wanted().options(contains_eager(Nudge.step)).where(Nudge.id.in_(ids))
    mine = session.scalars(query.where(Nudge.user_id == actor.user_id, Nudge.state == NudgeState.SENT))
    return {
        nudge.id: Named(
            title=nudge.step.title(language),
            path=path_of_checklist(nudge.checklist_id, actor),
            excerpt=nudge.text,
        )
        for nudge in mine
        if nudge.step
    }


def earlier_nudges(
    session: Session, steps: Sequence[ChecklistStep], *, now: datetime
) -> Mapping[tuple[int, int], Sequence[Earlier]]:
    """Return what counts of earlier nudges of some whole steps, by the ids of step and person."""
    found: defaultdict[tuple[int, int], list[Earlier]] = defaultdict(list)
    ids = [step.id for step in steps]
    query = select(Nudge, ChecklistStep).join(Nudge.step).where(Nudge.step_id.in_(ids))
    for nudge, step in session.execute(query.where(Nudge.state != NudgeState.DROPPED)):
        if earlier := earlier_of(nudge, step, now=now):
            found[step.id, nudge.user_id].append(earlier)
    return found


def drafts_for(session: Session, actor: Actor, *, of_all: bool = False, now: datetime) -> Sequence[Nudge]:
    """Return the drafts that wait for the actor: of accounts that they manage, or that nobody does.

    With `of_all` it is those of every account. Drafts that are not needed any more are left out.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    require_may_nudge(actor)
    query = wanted().options(*_whole()).where(Nudge.state == NudgeState.DRAFT, ~is_suspended(now))
    if not of_all:
        query = query.where(or_(Account.manager_id == actor.user_id, Account.manager_id.is_(None)))
    return session.scalars(query.order_by(Nudge.made_at, Nudge.id).limit(MOST_LISTED)).all()


def _whole() -> tuple[Any, ...]:
    of_account = joinedload(Nudge.checklist).joinedload(Checklist.account).joinedload(Account.manager)
    named = joinedload(Nudge.checklist).joinedload(Checklist.success_map)
    return of_account, named, joinedload(Nudge.step), joinedload(Nudge.user), joinedload(Nudge.sender)


def nudge_for(session: Session, actor: Actor, nudge_id: int, *, locked: bool = False) -> Nudge:
    """Return a nudge, whatever became of it; `locked` holds its row until the transaction ends.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there never was such a nudge.
    """
    require_may_nudge(actor)
    query = select(Nudge).options(*_whole()).where(Nudge.id == nudge_id)
    nudge = session.scalar(query.with_for_update(of=Nudge) if locked else query)
    if nudge is None:
        raise NotFoundError("nudge")
    return nudge


def draft_for(session: Session, actor: Actor, nudge_id: int, *, locked: bool = False) -> Nudge:
    """Return a draft; `locked` holds its row until the transaction ends.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there never was such a nudge.
        ConflictError: it is no draft any more.
    """
    nudge = nudge_for(session, actor, nudge_id, locked=locked)
    if nudge.state is not NudgeState.DRAFT:
        raise ConflictError(N_("This draft was sent or discarded meanwhile."))
    return nudge


def sent_for(session: Session, actor: Actor, *, checklist_id: int | None = None) -> Sequence[Nudge]:
    """Return the latest nudges that reached someone, of all checklists or of one.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    require_may_nudge(actor)
    query = select(Nudge).options(*_whole()).where(Nudge.state == NudgeState.SENT)
    if checklist_id is not None:
        query = query.where(Nudge.checklist_id == checklist_id)
    return session.scalars(query.order_by(Nudge.sent_at.desc(), Nudge.id.desc()).limit(NEWEST)).all()


def done_after(session: Session, actor: Actor, *, now: datetime) -> Rate:
    """Return how many of the steps that people were reminded of in the last year were done soon after.

    Several people who are reminded of a step at once are one case.

    Raises:
        ForbiddenError: the actor is not staff.
    """
    require_may_nudge(actor)
    query = (
        select(func.min(Nudge.sent_at), ChecklistStep.completed_at)
        .join(Nudge.step)
        .where(Nudge.sent_at > now - LOOKED_BACK)
        .group_by(ChecklistStep.id, ChecklistStep.completed_at, Nudge.made_at)
    )
    cases = [
        Aftermath(sent_at=sent_at, done_at=done_at) for sent_at, done_at in session.execute(query) if sent_at
    ]
    return share_done(cases, now=now)
