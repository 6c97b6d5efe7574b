"""The home page: search first, then what is next for this reader."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.current import current_actor
from portal.core.db import db
from portal.forum import queries as forum
from portal.knowledge import queries as knowledge
from portal.onboarding import queries as onboarding

bp = Blueprint("insights", __name__)

TOPICS_ON_HOME = 5


@bp.get("/")
def show_home() -> ResponseReturnValue:
    """Show search, the next onboarding step, sections, solved and unanswered questions."""
    session, actor = db.session(), current_actor()
    return render_template(
        "insights/home.html",
        step=onboarding.next_step_for(session, actor) if actor.has_account else None,
        sections=knowledge.sections_for(session, actor),
        solved=forum.topics_for(session, actor, queue="solved", size=TOPICS_ON_HOME).rows,
        unanswered=forum.topics_for(session, actor, queue="unanswered", size=TOPICS_ON_HOME).rows,
    )
