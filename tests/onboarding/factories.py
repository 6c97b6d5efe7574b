"""Success maps and checklists with sensible values. Each is committed."""

from collections.abc import Sequence
from datetime import date
from itertools import count

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.onboarding import service
from portal.onboarding.models import Checklist, SuccessMap
from portal.onboarding.rules import Proof
from portal.onboarding.service import StepDraft

STARTED_ON = date(2026, 11, 2)
_numbers = count(1)


def draft(
    title: str = "Import the products",
    *,
    due_after_days: int = 7,
    is_required: bool = True,
    is_first_value: bool = False,
    proof: Proof | None = None,
    article_id: int | None = None,
) -> StepDraft:
    """Write a step."""
    return StepDraft(
        titles={"en": title, "ja": f"{title}（日本語）"},
        reasons={"en": "So that orders can name them."},
        due_after_days=due_after_days,
        is_required=is_required,
        is_first_value=is_first_value,
        proof=proof,
        article_id=article_id,
    )


def make_map(session: Session, drafts: Sequence[StepDraft] = (draft(),)) -> SuccessMap:
    """Make a success map of these steps."""
    name = f"From paper to order {next(_numbers)}"
    success_map = service.add_map(session, actor=SYSTEM, names={"en": name, "ja": ""})
    for step in drafts:
        service.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=step)
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
