"""The home page: search first, then what is next for this reader."""

from typing import Final

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts.actors import Actor
from portal.accounts.current import current_actor
from portal.core import revisions
from portal.core.db import db
from portal.forum import queues
from portal.forum.paths import FEED_PATH
from portal.knowledge import queries as knowledge
from portal.knowledge.paths import path_of_help_feed
from portal.onboarding import queries as onboarding
from portal.web.cards import Card
from portal.web.fragments import fragments, render_piece
from portal.web.structured import website

bp = Blueprint("insights", __name__)

TOPICS_ON_HOME: Final = 5


@bp.get("/")
def show_home() -> ResponseReturnValue:
    """Show search, the next onboarding step, sections, solved and unanswered questions."""
    session, actor = db.session(), current_actor()
    key = ("home", str(get_locale()), actor.audiences, revisions.numbers(session, "knowledge", "forum"))
    step = onboarding.next_step_for(session, actor) if actor.has_account else None
    return render_template(
        "insights/home.html",
        step=step,
        browse=fragments().get(key, lambda: _browse(actor)),
        card=_card(),
    )


def _card() -> Card:
    """Describe the site by its front page."""
    language = str(get_locale())
    return Card(
        title=current_app.extensions["settings"].site_name,
        path="/",
        language=language,
        feeds=[(_("Help"), path_of_help_feed(language)), (_("Community"), FEED_PATH)],
        things=[website()],
    )


def _browse(actor: Actor) -> str:
    session = db.session()
    return render_piece(
        "insights/browse.html",
        sections=knowledge.sections_for(session, actor),
        solved=queues.topics_for(session, actor, queue="solved", size=TOPICS_ON_HOME).rows,
        unanswered=queues.topics_for(session, actor, queue="unanswered", size=TOPICS_ON_HOME).rows,
    )
