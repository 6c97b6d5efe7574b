"""Who hears of who is to do the steps of a checklist, and of what is said about them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.events import StepAssigned, StepCommented
from portal.notifications.service import News, tell
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.paths import path_of_comment, path_of_step
from portal.onboarding.people.models import StepAssignee
from portal.onboarding.people.queries import assignment
from portal.onboarding.talk.models import StepComment


def tell_assigned(session: Session, event: StepAssigned, now: datetime) -> None:
    """Who is to do a step hears of it, unless they took it themselves or left it before this was told."""
    row = assignment(session, event.step_id, event.user_id)
    if row is None or row.assigned_by_id == row.user_id or not row.user.is_active:
        return
    news = News(
        kind="step_assigned",
        params={},
        path=path_of_step(row.step_id),
        cause=f"step_assigned:{row.step_id}:{row.assigned_at.isoformat()}",
        subject=f"step:{row.step_id}",
        thread=f"step:{row.step_id}",
    )
    tell(session, news, to=[row.user_id], now=now)


def tell_who_talks(session: Session, event: StepCommented, now: datetime) -> None:
    """Who does a step or commented on it hears of a comment; so does the CS manager if a customer wrote."""
    step_of = joinedload(StepComment.step).joinedload(ChecklistStep.checklist).joinedload(Checklist.account)
    comment = session.get(StepComment, event.comment_id, options=[step_of, joinedload(StepComment.author)])
    if comment is None or comment.is_removed:
        return
    account = comment.step.checklist.account
    doing = select(StepAssignee.user_id).where(StepAssignee.step_id == comment.step_id)
    earlier = select(StepComment.author_id).where(
        StepComment.step_id == comment.step_id, StepComment.id < comment.id, StepComment.removed_at.is_(None)
    )
    people = {*session.scalars(doing), *session.scalars(earlier)}
    if not comment.author.is_staff:
        people |= {account.manager_id}
    readers = select(User).where(User.id.in_(people - {None, comment.author_id}), User.is_active)
    news = News(
        kind="step_comment",
        params={"name": comment.author.name},
        path=path_of_comment(comment.step_id, comment.id),
        cause=f"step_comment:{comment.id}",
        subject=f"step_comment:{comment.id}",
        thread=f"step:{comment.step_id}",
    )
    see_it = [one.id for one in session.scalars(readers) if one.is_staff or one.account_id == account.id]
    tell(session, news, to=see_it, now=now)
