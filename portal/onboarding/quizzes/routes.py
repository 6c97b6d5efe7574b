"""The quiz of a step over HTTP; what is wrong is said without what would be right."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ConflictError, NotFoundError
from portal.onboarding import queries
from portal.onboarding.quizzes import service
from portal.onboarding.quizzes.rules import quiz_of
from portal.onboarding.routes import home_of, praise
from portal.onboarding.rules import still_needed
from portal.web.errors import explain
from portal.web.numbers import row_number

LONGEST_PLACE: Final = 3
bp = Blueprint("onboarding_quizzes", __name__, url_prefix="/onboarding")


@bp.get("/steps/<int:step_id>/quiz")
@login_required
def show_quiz(step_id: int) -> ResponseReturnValue:
    """Ask the questions of a step."""
    return _page(step_id, str(get_locale()))


def _page(
    step_id: int, language: str, chosen: Mapping[int, int] | None = None, wrong: Sequence[int] = ()
) -> str:
    step = queries.step_to_read_for(db.session(), current_actor(), step_id)
    quiz = quiz_of(step, language)
    if quiz is None:
        raise NotFoundError("quiz")
    return render_template(
        "onboarding/quiz.html",
        step=step,
        quiz=quiz,
        chosen=chosen or {},
        wrong=wrong,
        waits_for=still_needed(step),
        home=home_of(step.checklist_id),
    )


@bp.post("/steps/<int:step_id>/quiz")
@login_required
def create_answers(step_id: int) -> ResponseReturnValue:
    """Complete a step by the right answers; otherwise ask again, with what was chosen still chosen."""
    actor, language, chosen = current_actor(), request.form.get("language", ""), _chosen()
    try:
        with transaction() as session:
            wrong = service.take(
                session, actor=actor, step_id=step_id, language=language, chosen=chosen, now=utc_now()
            )
    except ConflictError as error:
        flash(explain(error), "warning")
        return _page(step_id, language, chosen), 409
    if wrong:
        return _page(step_id, language, chosen, wrong), 422
    step = queries.step_to_read_for(db.session(), actor, step_id)
    flash(praise(step), "success")
    return redirect(home_of(step.checklist_id), 303)


def _chosen() -> dict[int, int]:
    """Read the answers, `question-2=0`; what is no number chooses nothing."""
    places = (name.removeprefix("question-") for name in request.form if name.startswith("question-"))
    answers = {place: request.form.get(f"question-{place}", type=row_number) for place in places}
    return {
        int(place): answer
        for place, answer in answers.items()
        if answer is not None and place.isdecimal() and len(place) <= LONGEST_PLACE
    }
