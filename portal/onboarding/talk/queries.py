"""Reads of comments; who sees a checklist sees them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.files.attachments.homes import Home
from portal.files.attachments.models import Attachment
from portal.onboarding.models import ChecklistStep
from portal.onboarding.queries import visible_to
from portal.onboarding.talk.models import StepComment, StepCommentFile


def comments_of(session: Session, actor: Actor, step: ChecklistStep) -> Sequence[StepComment]:
    """Return the comments on a step that was read for the actor, in order.

    A removed one is for its author and staff.
    """
    query = (
        select(StepComment)
        .options(joinedload(StepComment.author))
        .where(StepComment.step_id == step.id, _stands_for(actor))
        .order_by(StepComment.id)
    )
    return session.scalars(query).all()


def comment_for(session: Session, actor: Actor, comment_id: int, *, is_held: bool = False) -> StepComment:
    """Return a comment with its author and step; `is_held` holds its row until the transaction ends.

    Raises:
        NotFoundError: no such comment that the actor may see.
    """
    query = (
        select(StepComment)
        .join(StepComment.step)
        .join(ChecklistStep.checklist)
        .options(
            joinedload(StepComment.author),
            joinedload(StepComment.step).joinedload(ChecklistStep.checklist),
        )
        .where(StepComment.id == comment_id, visible_to(actor), _stands_for(actor))
    )
    comment = session.scalar(query.with_for_update(of=StepComment) if is_held else query)
    if comment is None:
        raise NotFoundError("comment")
    return comment


def comment_counts(session: Session, steps: Collection[ChecklistStep]) -> Mapping[int, int]:
    """Return how many comments stand on steps that were read for an actor, by the step's id, if any do."""
    query = select(StepComment.step_id, func.count()).where(
        StepComment.step_id.in_([step.id for step in steps]), StepComment.removed_at.is_(None)
    )
    return dict(session.execute(query.group_by(StepComment.step_id)).all())


def _stands_for(actor: Actor) -> ColumnElement[bool]:
    if actor.is_staff:
        return true()
    return or_(StepComment.removed_at.is_(None), StepComment.author_id == actor.user_id)


def _shown_to(actor: Actor, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(StepCommentFile.comment_id)
        .join(StepComment, StepComment.id == StepCommentFile.comment_id)
        .join(StepComment.step)
        .join(ChecklistStep.checklist)
        .where(
            StepCommentFile.attachment_id == Attachment.id,
            visible_to(actor),
            _stands_for(actor),
            *which,
        )
        .exists()
    )


COMMENTS: Final = Home(
    names=exists().where(StepCommentFile.attachment_id == Attachment.id), shows_to=_shown_to
)


def comments_on(checklist_id: int) -> Home:
    """Return the comments of one checklist, as a home of files."""
    of_it = ChecklistStep.checklist_id == checklist_id
    return Home(names=COMMENTS.names, shows_to=lambda actor: _shown_to(actor, of_it))
