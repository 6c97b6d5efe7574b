"""Who hears of steps that ticked themselves, and of milestones: once, and only while it is news."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.actors import Actor, Role
from portal.accounts.models import User
from portal.events import ChecklistCompleted, StepCompleted, StepsProved
from portal.notifications.service import News, tell
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.paths import path_of_checklist, path_of_step
from portal.onboarding.people.queries import assignees_of

NEWS_FOR: Final = timedelta(days=3)
"""Source: a judgement; what is older was brought in from elsewhere or told late, and nobody celebrates it."""


def celebrate_step(session: Session, event: StepCompleted, now: datetime) -> None:
    """The account hears of a milestone that someone ticked, unless it was opened again before that."""
    for step in _done(session, [event.step_id], now=now):
        _tell_milestones(session, step, _members(session, [step.checklist]), now=now)


def celebrate_proofs(session: Session, event: StepsProved, now: datetime) -> None:
    """Who is to do a step, and the champion, hear that it ticked itself; of a milestone the account does."""
    steps = [step for step in _done(session, event.step_ids, now=now) if step.proved_by]
    members = _members(session, [step.checklist for step in steps])
    doing = assignees_of(session, steps)
    for step in steps:
        champions = [one for one in members[step.checklist.account_id] if one.role is Role.CHAMPION]
        people = {one.id for one in (*champions, *doing.get(step.id, ())) if one.is_active}
        if step.milestone is None:
            tell(session, _news_of(step, kind="step_done"), to=people, now=now)
        _tell_milestones(session, step, members, now=now)


def celebrate_checklist(session: Session, event: ChecklistCompleted, now: datetime) -> None:
    """The account hears that a checklist is complete; not if it was opened again before this was told."""
    checklist = session.get_one(Checklist, event.checklist_id, options=[selectinload(Checklist.steps)])
    _tell_complete(session, checklist, _members(session, [checklist]), now=now)


def _done(session: Session, step_ids: Collection[int], *, now: datetime) -> list[ChecklistStep]:
    whole = joinedload(ChecklistStep.checklist).selectinload(Checklist.steps)
    fresh = (ChecklistStep.id.in_(step_ids), ChecklistStep.completed_at > now - NEWS_FOR)
    query = select(ChecklistStep).options(whole).where(*fresh).order_by(ChecklistStep.id)
    return list(session.scalars(query))


def _members(session: Session, checklists: Iterable[Checklist]) -> Mapping[int, list[User]]:
    """Return the active members of the accounts of checklists, by the account's id."""
    ids = {checklist.account_id for checklist in checklists}
    members: defaultdict[int, list[User]] = defaultdict(list)
    for person in session.scalars(select(User).where(User.account_id.in_(ids), User.is_active)):
        members[person.account_id or 0].append(person)
    return members


def _news_of(step: ChecklistStep, *, kind: str, **params: str) -> News:
    """Say that a step is done: it is news again once someone has opened it, not when its proof changes."""
    return News(
        kind=kind,
        params=params,
        path=path_of_step(step.id),
        cause=f"{kind}:{step.id}:{step.reopened_at}",
        subject=f"step:{step.id}",
        thread=f"step:{step.id}",
    )


def _tell_milestones(
    session: Session, step: ChecklistStep, members: Mapping[int, list[User]], *, now: datetime
) -> None:
    """Tell the members what doing a step has reached, but not who ticked it."""
    if step.milestone:
        news = _news_of(step, kind="milestone_done", milestone=step.milestone)
        people = {one.id for one in members[step.checklist.account_id]} - {step.completed_by_id}
        tell(session, news, to=people, now=now)
    _tell_complete(session, step.checklist, members, now=now)


def _tell_complete(
    session: Session, checklist: Checklist, members: Mapping[int, list[User]], *, now: datetime
) -> None:
    """Tell the members that a checklist is complete, but not who ticked the last step."""
    at = checklist.completed_at
    if at is None or at <= now - NEWS_FOR:
        return
    last = {step.completed_by_id for step in checklist.steps if step.completed_at == at}
    required = [step for step in checklist.steps if step.is_required]
    reopened = max((str(step.reopened_at) for step in required if step.reopened_at), default="")
    news = News(
        kind="milestone_done",
        params={"milestone": "complete"},
        path=path_of_checklist(checklist.id, Actor()),
        cause=f"checklist_done:{checklist.id}:{reopened}",
        subject=f"checklist:{checklist.id}",
        thread=f"checklist:{checklist.id}",
    )
    tell(session, news, to={one.id for one in members[checklist.account_id]} - last, now=now)
