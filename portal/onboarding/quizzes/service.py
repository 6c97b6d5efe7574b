"""Taking the quiz of a step."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.onboarding import queries
from portal.onboarding.history.models import Act
from portal.onboarding.quizzes.rules import quiz_of
from portal.onboarding.service import finish


def take(
    session: Session,
    *,
    actor: Actor,
    step_id: int,
    language: str,
    chosen: Mapping[int, int],
    now: datetime,
) -> Sequence[int]:
    """Complete a step if all its questions are answered right; return the places of the others.

    `chosen` are the places of the chosen answers by the places of the questions in a language. Nothing
    changes if the step is done.

    Raises:
        NotFoundError: no such step that the actor may see, or it has no quiz.
        ForbiddenError: the actor is neither a member of the account nor staff.
        ConflictError: a step that it needs is open.
    """
    step = queries.step_for(session, actor, step_id)
    quiz = quiz_of(step, language)
    if quiz is None:
        raise NotFoundError("quiz")
    wrong = quiz.wrong(chosen)
    if not wrong:
        finish(session, step, actor=actor, act=Act.QUIZ_PASSED, now=now)
    return wrong
