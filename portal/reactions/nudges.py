"""Who is reminded of a step, and who hears that a reminder waits to be sent."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.events import NudgeDrafted, NudgeDue
from portal.notifications.service import News, tell
from portal.onboarding.models import Checklist
from portal.onboarding.nudges import service
from portal.onboarding.nudges.letters import KIND
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.paths import path_of_checklist


def tell_nudged(session: Session, event: NudgeDue, now: datetime) -> None:
    """A person is reminded of a step, unless it is done or they have had enough reminders meanwhile."""
    nudge = service.deliver(session, nudge_id=event.nudge_id, now=now)
    if nudge and nudge.step:
        tell(
            session,
            News(
                kind=KIND,
                params={"title": nudge.step.title(nudge.user.language or ""), "text": nudge.text},
                path=path_of_checklist(nudge.checklist_id, Actor()),
                cause=f"{KIND}:{nudge.id}",
                subject=f"{KIND}:{nudge.id}",
            ),
            to=[nudge.user_id],
            now=now,
        )


def tell_manager(session: Session, event: NudgeDrafted, now: datetime) -> None:
    """The account's CS manager hears of a draft; without one it stands in everyone's list."""
    with_account = joinedload(Nudge.checklist).joinedload(Checklist.account)
    nudge = session.get_one(Nudge, event.nudge_id, options=[with_account, joinedload(Nudge.user)])
    account = nudge.checklist.account
    if account.manager_id and nudge.state is NudgeState.DRAFT:
        tell(
            session,
            News(
                kind="nudge_drafted",
                params={"name": nudge.user.name, "title": account.name},
                path="/staff/onboarding/nudges/",
                cause=f"nudge_drafted:{nudge.id}",
                thread="nudge_drafts",
            ),
            to=[account.manager_id],
            now=now,
        )
