"""A validation of the site's own history, step by step, so that pages can say how far it is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from portal.adoption.queries import is_any_recorded
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.health.model import Model
from portal.health.validation import queries, service
from portal.health.validation.cases import (
    HORIZONS,
    SIGN_IN,
    Asked,
    Case,
    Question,
    before_outcomes,
    observe,
)
from portal.health.validation.report import Report, make_report
from portal.health.versions.queries import current_model

OWN_HISTORY: Final = "own"
TOLD_EVERY: Final = 25

Advance = Callable[[int, int], None]


def run_waiting() -> None:
    """Make the validation that somebody asked for, if there is one."""
    with transaction(wake=False) as session:
        validation_id = service.take(session, now=utc_now())
    if validation_id is None:
        return

    def tell(done: int, total: int) -> None:
        with transaction(wake=False) as writing:
            service.note_progress(writing, validation_id, done=done, total=total, now=utc_now())

    report = validate(now=utc_now(), advance=tell)
    with transaction(wake=False) as session:
        service.finish(session, validation_id, report=report, now=utc_now())


def validate(*, now: datetime, advance: Advance) -> Report:
    """Compare the scores before every outcome so far with the outcome."""
    session = db.session()
    model = current_model(session)
    by_sign_in = is_any_recorded(session, kind=SIGN_IN)
    pasts = queries.decided_pasts(session, today=site_day(now))
    questions = [question for days in HORIZONS for question in before_outcomes(pasts, days)]
    questions.sort(key=lambda question: question.past.account)
    cases = observe_all(model, questions, by_sign_in=by_sign_in, advance=advance)
    session.rollback()
    return make_report(model, cases, source=OWN_HISTORY, asked=Asked.BEFORE, by_sign_in=by_sign_in)


def observe_all(
    model: Model, questions: Sequence[Question], *, by_sign_in: bool, advance: Advance
) -> list[Case]:
    """Score each account as of its day; `advance` is told now and then how many of how many are done."""
    cases = []
    for done, question in enumerate(questions):
        if done % TOLD_EVERY == 0:
            advance(done, len(questions))
        cases.append(observe(model, question, by_sign_in=by_sign_in))
    advance(len(questions), len(questions))
    return cases
