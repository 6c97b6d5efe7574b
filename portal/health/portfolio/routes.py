"""The page that says what the Monday mail says, at any time."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor, require_staff
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.health.portfolio.queries import WEEK, portfolio_for
from portal.health.portfolio.sections import sections
from portal.web.numbers import row_number

bp = Blueprint("portfolio", __name__, url_prefix="/staff/accounts/portfolio")
bp.before_request(require_staff)


@bp.get("")
def show_portfolio() -> ResponseReturnValue:
    """Show how the reader's accounts fare, or with `manager` those of a colleague."""
    session, actor, now = db.session(), current_actor(), utc_now()
    today = site_day(now)
    manager_id = request.args.get("manager", actor.user_id, type=row_number)
    portfolio = portfolio_for(session, actor, manager_id, today=today, since=now - WEEK)
    return render_template(
        "health/portfolio.html",
        manager=portfolio.manager,
        sections=sections(portfolio, language=str(get_locale()), today=today),
        managers=[(person.id, person.name) for person in accounts.staff_for(session, actor)],
    )
