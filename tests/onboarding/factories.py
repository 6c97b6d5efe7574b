"""Success maps and checklists with sensible values. Each is committed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, immediateload, joinedload, selectinload

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.adoption.service import Fact, record
from portal.core.clock import utc_now
from portal.events import SignalsRecorded
from portal.onboarding import service
from portal.onboarding.dates.models import FormerDueDay
from portal.onboarding.goals import service as goals
from portal.onboarding.goals.models import Direction, Goal
from portal.onboarding.goals.service import GoalDraft
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.service import MapDraft, StepDraft
from portal.onboarding.models import Checklist, ChecklistStep, Instrument, Milestone, SuccessMap
from portal.onboarding.rules import Proof
from portal.reactions.checklists import complete_matching_steps

STARTED_ON = date(2026, 11, 2)
_numbers = count(1)


def draft(
    title: str = "Import the products",
    *,
    due_after_days: int = 7,
    is_required: bool = True,
    milestone: Milestone | None = None,
    proof: Proof | None = None,
    article_id: int | None = None,
    needs: Sequence[str] = (),
    counted_from: str | None = None,
    **wishes: Any,
) -> StepDraft:
    """Write a step."""
    content: dict[str, Any] = {
        "titles": {"en": title, "ja": f"{title}（日本語）"},
        "reasons": {"en": "So that orders can name them."},
        "minutes": 15,
        "due_after_days": due_after_days,
        "is_required": is_required,
        "milestone": milestone,
        "proof": proof,
        "instrument": Instrument.ARTICLE if article_id else None,
        "reference": str(article_id or ""),
        "needs": tuple(needs),
        "counted_from": counted_from,
    }
    return StepDraft(**(content | wishes))


def quiz_draft(title: str = "Know the returns", **wishes: Any) -> StepDraft:
    """Write a step that is done by answering two questions, the second right answer first."""
    questions = [
        {"text": "Who pays for returns?", "answers": ["The customer", "We do"], "right": 1},
        {"text": "How long?", "answers": ["A month", "A year", "A day"], "right": 0},
    ]
    return draft(title, instrument=Instrument.QUIZ, quiz={"en": questions}, **wishes)


def make_map(session: Session, drafts: Sequence[StepDraft] = (draft(),)) -> SuccessMap:
    """Make and publish a success map of these steps, whose keys are s1, s2 and so on."""
    name = f"From paper to order {next(_numbers)}"
    success_map = maps.add_map(session, actor=SYSTEM, draft=MapDraft(names={"en": name, "ja": ""}))
    for step in drafts:
        maps.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=step)
    if any(step.is_required for step in drafts):
        maps.publish(session, actor=SYSTEM, map_id=success_map.id, now=utc_now())
    session.commit()
    return success_map


def make_checklist(
    session: Session,
    account: Account,
    drafts: Sequence[StepDraft] = (draft(),),
    *,
    started_on: date = STARTED_ON,
) -> Checklist:
    """Start a checklist of these steps for an account."""
    success_map = make_map(session, drafts)
    checklist = service.start_checklist(
        session, actor=SYSTEM, account_id=account.id, map_id=success_map.id, started_on=started_on
    )
    session.commit()
    return checklist


def former_days(session: Session) -> list[tuple[str, date, date]]:
    """Return until when which steps, by key, were due on which former days."""
    rows = session.execute(
        select(ChecklistStep.key, FormerDueDay.until, FormerDueDay.due_on)
        .join(FormerDueDay, FormerDueDay.step_id == ChecklistStep.id)
        .order_by(ChecklistStep.key, FormerDueDay.until)
    )
    return [(key, until, due_on) for key, until, due_on in rows]


def goal_draft(outcome: str = "Orders reach us online", **wishes: Any) -> GoalDraft:
    """Write a goal."""
    content: dict[str, Any] = {
        "outcome": outcome,
        "measure": "orders a week",
        "direction": Direction.AT_LEAST,
        "target": 20,
        "baseline": 0,
        "due_on": STARTED_ON + timedelta(days=30),
    }
    return GoalDraft(**(content | wishes))


def make_goal(session: Session, checklist: Checklist, draft: GoalDraft | None = None) -> Goal:
    """Set a goal for a checklist on the day it begins."""
    start = datetime.combine(checklist.started_on, time(3), UTC)
    goal = goals.set_goal(
        session, actor=SYSTEM, checklist_id=checklist.id, draft=draft or goal_draft(), now=start
    )
    session.commit()
    return goal


def prove(session: Session, account: Account, *facts: Fact, now: datetime) -> list[int]:
    """Record facts of an account and let them count for its steps; return their ids."""
    numbered = [replace(fact, key=f"proof:{next(_numbers)}", account_id=account.id) for fact in facts]
    ids = record(session, numbered, now=now)
    complete_matching_steps(session, SignalsRecorded(signal_ids=tuple(ids)), now)
    session.commit()
    look_again(session)
    return ids


def look_again(session: Session) -> None:
    """Show in the checklists and steps at hand what was written past them."""
    steps = selectinload(Checklist.steps).options(
        immediateload(ChecklistStep.checklist), joinedload(ChecklistStep.completed_by)
    )
    whole = select(Checklist).options(joinedload(Checklist.account), joinedload(Checklist.success_map), steps)
    session.scalars(whole, execution_options={"populate_existing": True}).all()
    session.rollback()
