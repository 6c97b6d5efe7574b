"""Writes of comments on steps."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.sanctions import require_voice
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import StepCommented
from portal.files.attachments.models import Attachment
from portal.files.attachments.queries import files_to_name_for
from portal.files.attachments.rules import tokens_in
from portal.files.attachments.service import require_few_files
from portal.onboarding.queries import step_for
from portal.onboarding.talk import policies, queries
from portal.onboarding.talk.models import StepComment, StepCommentFile
from portal.onboarding.talk.rendering import write


class StaleCommentError(ConflictError):
    """The comment says something else by now than what its author changed."""


def comment(session: Session, *, actor: Actor, step_id: int, body: str, now: datetime) -> StepComment:
    """Say something about a step.

    Raises:
        NotFoundError: no such step that the actor may see.
        ForbiddenError: the actor is nobody in particular.
        InvalidError: the actor is silenced, or the text is empty, too long, or names too many files.
    """
    step = step_for(session, actor, step_id)
    if actor.user_id is None:
        raise ForbiddenError("comment")
    _require_text(session, actor, body, now=now)
    row = StepComment(
        step_id=step.id,
        author_id=actor.user_id,
        body=body,
        body_html="",
        body_text="",
        language="",
        renderer_version=0,
        created_at=now,
    )
    session.add(row)
    session.flush()
    write(row, body)
    _join_files(session, actor, row, step.checklist_id)
    outbox.record(session, StepCommented(comment_id=row.id))
    return row


def edit(
    session: Session, *, actor: Actor, comment_id: int, body: str, edition: int, now: datetime
) -> StepComment:
    """Change what a comment says; the same text again changes nothing. `edition` is what the actor saw.

    Raises:
        NotFoundError: no such comment that the actor may see.
        ForbiddenError: the comment is not the actor's.
        InvalidError: the actor is silenced, or the text is empty, too long, or names too many files.
        StaleCommentError: it was changed meanwhile, in another window.
        ConflictError: it was removed meanwhile.
    """
    row = queries.comment_for(session, actor, comment_id, is_held=True)
    if row.author_id != actor.user_id:
        raise ForbiddenError("edit comment")
    if not policies.may_edit(actor, row):
        raise ConflictError(N_("This cannot be changed any more. Copy your text from here before you leave."))
    _require_text(session, actor, body, now=now)
    if body == row.body:
        return row
    if row.edition != edition:
        raise StaleCommentError(N_("You changed this comment elsewhere while you were writing."))
    write(row, body)
    row.edition += 1
    row.edited_at = now
    _join_files(session, actor, row, row.step.checklist_id)
    return row


def remove(session: Session, *, actor: Actor, comment_id: int, now: datetime) -> StepComment:
    """Take a comment away from readers; what is gone already stays so.

    Raises:
        NotFoundError: no such comment that the actor may see.
        ForbiddenError: the comment is not the actor's to remove.
    """
    row = queries.comment_for(session, actor, comment_id, is_held=True)
    if not policies.may_remove(actor, row):
        raise ForbiddenError("remove comment")
    if not row.is_removed:
        row.removed_at, row.removed_by_id = now, actor.user_id
    return row


def restore(session: Session, *, actor: Actor, comment_id: int) -> StepComment:
    """Show readers a comment again that was removed; one that stands stays so.

    Raises:
        NotFoundError: no such comment that the actor may see.
        ForbiddenError: someone else removed it, and the actor is not staff.
    """
    row = queries.comment_for(session, actor, comment_id, is_held=True)
    if not row.is_removed and policies.may_remove(actor, row):
        return row
    if not policies.may_restore(actor, row):
        raise ForbiddenError("restore comment")
    row.removed_at = row.removed_by_id = None
    return row


def _require_text(session: Session, actor: Actor, body: str, *, now: datetime) -> None:
    require_voice(session, actor, now=now)
    if not body.strip():
        raise InvalidError(N_("Write something first."), field="body")
    require_few_files(body)


def _join_files(session: Session, actor: Actor, row: StepComment, checklist_id: int) -> None:
    """Let those who see a comment see exactly the files that it names.

    A new one is joined only if it is the actor's, or shown in the same checklist: nobody reveals by an
    address what they could not read, or takes a file from one account to another.
    """
    named = tokens_in(row.body)
    shown = select(Attachment.id).where(Attachment.token.in_(named))
    gone = delete(StepCommentFile).where(
        StepCommentFile.comment_id == row.id, StepCommentFile.attachment_id.not_in(shown)
    )
    session.execute(gone, execution_options={"synchronize_session": False})
    files = files_to_name_for(session, actor, named, queries.comments_on(checklist_id))
    insert_new(session, StepCommentFile, [{"comment_id": row.id, "attachment_id": file.id} for file in files])
