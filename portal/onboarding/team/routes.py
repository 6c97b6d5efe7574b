"""The progress of a team, over HTTP."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import site_day, utc_now
from portal.core.db import db
from portal.onboarding.routes import today
from portal.onboarding.team.queries import team_for
from portal.web.numbers import row_number

bp = Blueprint("onboarding_team", __name__, url_prefix="/onboarding")


@bp.get("/team")
@login_required
def show_team() -> ResponseReturnValue:
    """Show who of one's own account has done what, or of the `?account=` that staff ask for."""
    actor = current_actor()
    account_id = request.args.get("account", actor.account_id or 0, type=row_number)
    team = team_for(db.session(), actor, account_id, today=today())
    return render_template("onboarding/team.html", team=team, day_of=site_day, now=utc_now())
