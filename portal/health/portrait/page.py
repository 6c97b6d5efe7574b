"""What the page of an account shows beside its score."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.adoption import queries as adoption
from portal.adoption.models import Signal
from portal.adoption.wording import SignalLine, signal_lines
from portal.health import queries
from portal.health.actions.queries import actions_for
from portal.health.alerts.queries import alerts_for
from portal.health.notes.queries import notes_for
from portal.health.overrides.queries import override_for
from portal.health.phases.queries import stay_for
from portal.health.portrait import queries as portrait
from portal.health.portrait.queries import QuestionState
from portal.health.tasks.queries import tasks_for
from portal.onboarding import queries as onboarding
from portal.onboarding import rules as onboarding_rules
from portal.onboarding.goals.display import goals_beside
from portal.support.models import RequestStatus

RECENT_SIGNALS: Final = 12
NOTES_SHOWN: Final = 3
QUESTION_STATES: Final = {
    QuestionState.UNANSWERED: ("risk", _l("No answer yet")),
    QuestionState.ANSWERED: ("watch", _l("Answered")),
    QuestionState.SOLVED: ("good", _l("Solved")),
}
REQUEST_STATES: Final = {
    RequestStatus.OPEN: ("risk", _l("Waiting for an answer")),
    RequestStatus.ANSWERED: ("watch", _l("Answered")),
    RequestStatus.RESOLVED: ("good", _l("Resolved")),
}


def portrait_of(
    session: Session, actor: Actor, account: Account, *, today: date, language: str
) -> dict[str, object]:
    """Return what the page of an account shows beside its score, by the names of its template."""
    checklists = onboarding.checklists_for(session, actor, account_id=account.id)
    notes = notes_for(session, actor, account.id, size=NOTES_SHOWN)
    recent = adoption.signals_for(session, actor, account_id=account.id, size=RECENT_SIGNALS)
    return {
        "today": today,
        "override": override_for(session, actor, account.id, day=today),
        "alerts": alerts_for(session, actor, account_id=account.id),
        "next_actions": actions_for(session, actor, account_id=account.id),
        "notes": notes.rows,
        "has_more_notes": notes.next_cursor is not None,
        "tasks": tasks_for(session, actor, account_id=account.id),
        "stay": stay_for(session, actor, account.id, day=today - timedelta(days=1)),
        "checklist_paths": [onboarding_rules.path_of(one, today=today) for one in checklists],
        **goals_beside(session, checklists, today=today),
        "members": queries.members_for(session, actor, account.id),
        "questions": portrait.questions_for(session, actor, account.id),
        "question_states": QUESTION_STATES,
        "requests": portrait.recent_requests_for(session, actor, account.id),
        "request_states": REQUEST_STATES,
        "articles": portrait.top_articles_for(session, actor, account.id, language=language, today=today),
        "lines": lines_of(session, actor, recent.rows, language=language),
    }


def lines_of(session: Session, actor: Actor, signals: Sequence[Signal], *, language: str) -> list[SignalLine]:
    """Describe signals with the names of the people behind them."""
    return signal_lines(signals, adoption.names_for(session, actor, signals), language)
