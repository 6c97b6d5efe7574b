"""Accounts and their health, for other systems."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from portal.accounts import queries as accounts
from portal.api.account_service import put_account
from portal.api.answers import answer_with, cursor, page_size
from portal.api.bodies import read_body
from portal.api.gate import actor_of, caller_with, make_blueprint
from portal.api.keys.rules import Scope
from portal.api.schemas import AccountAnswer, AccountChange, Accounts, HealthAnswer
from portal.core.clock import site_day, utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.health import queries as health
from portal.health.service import last_scored_day
from portal.health.versions.queries import current_model

bp = make_blueprint("api_accounts")

NO_SCORE: Final[dict[str, Any]] = {"points_e4": None, "band": None, "coverage_e4": 0, "components": []}


@bp.get("/accounts")
def list_accounts() -> ResponseReturnValue:
    """Give the accounts, the oldest first."""
    actor = actor_of(caller_with(Scope.ACCOUNTS_READ))
    page = accounts.account_page_for(db.session(), actor, after=cursor(), size=page_size())
    rows = [AccountAnswer.of(account) for account in page.rows]
    return answer_with(Accounts(accounts=rows, next_cursor=page.next_cursor))


@bp.get("/accounts/<external_id>")
def show_account(external_id: str) -> ResponseReturnValue:
    """Give one account."""
    actor = actor_of(caller_with(Scope.ACCOUNTS_READ))
    return answer_with(AccountAnswer.of(accounts.account_known_as_for(db.session(), actor, external_id)))


@bp.put("/accounts/<external_id>")
def update_account(external_id: str) -> ResponseReturnValue:
    """Add an account, or change what is told of it."""
    actor = actor_of(caller_with(Scope.ACCOUNTS_WRITE))
    change = AccountChange.model_validate_json(read_body())
    with transaction() as session:
        _, is_new = put_account(session, actor=actor, external_id=external_id, change=change, now=utc_now())
    account = accounts.account_known_as_for(db.session(), actor, external_id)
    return answer_with(AccountAnswer.of(account), 201 if is_new else 200)


@bp.get("/accounts/<external_id>/health")
def show_health(external_id: str) -> ResponseReturnValue:
    """Give the score of an account as of the end of a day, or as of now, with what it is made of."""
    actor, session = actor_of(caller_with(Scope.ACCOUNTS_READ)), db.session()
    account, now = accounts.account_known_as_for(session, actor, external_id), utc_now()
    day = _day(request.args.get("as_of"), today=site_day(now))
    made: dict[str, Any] = {"account": external_id, "as_of": day, "model": current_model(session).version}
    if not account.started_on <= day <= last_scored_day(account, today=day):
        return answer_with(HealthAnswer.model_validate(made | NO_SCORE))
    score = health.computed_score_for(session, actor, account.id, as_of=day)
    return answer_with(HealthAnswer.model_validate(made | asdict(score)))


def _day(text: str | None, *, today: date) -> date:
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidError("as_of has to be a day such as 2026-11-22", field="as_of") from None
    if day > today:
        raise InvalidError("as_of lies in the future", field="as_of")
    return day
