"""What checklists, steps and comments are called, for those who may see them."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.accounts.actors import Actor
from portal.content.extract import excerpt
from portal.core.i18n import in_language
from portal.notifications.subjects import Named
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.paths import path_of_checklist, path_of_comment, path_of_step
from portal.onboarding.queries import visible_to
from portal.onboarding.talk.models import StepComment

EXCERPT_CHARS: Final = 300


def checklists_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some checklists by id."""
    query = (
        select(Checklist)
        .options(joinedload(Checklist.success_map))
        .where(Checklist.id.in_(ids), visible_to(actor))
    )
    return {
        checklist.id: Named(title=checklist.name(language), path=path_of_checklist(checklist.id, actor))
        for checklist in session.scalars(query)
    }


def steps_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some steps of checklists by id."""
    query = select(ChecklistStep.id, ChecklistStep.titles).join(ChecklistStep.checklist)
    return {
        step_id: Named(title=in_language(titles, language), path=path_of_step(step_id))
        for step_id, titles in session.execute(query.where(ChecklistStep.id.in_(ids), visible_to(actor)))
    }


def comments_named_for(
    session: Session, actor: Actor, ids: Collection[int], language: str
) -> Mapping[int, Named]:
    """Return some comments by id: under the title of their step, with how they begin."""
    query = (
        select(StepComment)
        .join(StepComment.step)
        .join(ChecklistStep.checklist)
        .options(contains_eager(StepComment.step))
        .where(StepComment.id.in_(ids), StepComment.removed_at.is_(None), visible_to(actor))
    )
    return {
        comment.id: Named(
            title=comment.step.title(language),
            path=path_of_comment(comment.step_id, comment.id),
            excerpt=excerpt(comment.body_text, EXCERPT_CHARS),
        )
        for comment in session.scalars(query)
    }
