"""What a person is known for: the page joins who they are, what they wrote and whom it helped."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import login_required

from portal.accounts import queries as accounts
from portal.accounts.actors import Level
from portal.accounts.current import current_actor
from portal.core.db import db
from portal.forum import queries as forum
from portal.forum.paths import path_of_post
from portal.forum.reputation import queries as reputations
from portal.forum.reputation.badges import BADGES
from portal.forum.reputation.wording import LEVEL_NAMES
from portal.insights.impact import about, people_helped

bp = Blueprint("profiles", __name__, url_prefix="/people")


@bp.get("/<int:user_id>")
@login_required
def show_person(user_id: int) -> ResponseReturnValue:
    """Show a person's public profile; what they are known for only if they want that."""
    session, actor = db.session(), current_actor()
    person = accounts.person_for(session, actor, user_id)
    reputation = reputations.reputation_for(session, actor, person)
    helped = people_helped(session, user_id) if reputation else 0
    return render_template(
        "insights/person.html",
        person=person,
        reputation=reputation,
        level=LEVEL_NAMES[Level(reputation.level)] if reputation else "",
        badges=[BADGES[name] for name in reputation.badges if name in BADGES] if reputation else (),
        helped=about(helped),
        topics=forum.topics_of_person_for(session, actor, user_id),
        answers=reputations.answers_of_person_for(session, actor, user_id),
        path_of_post=path_of_post,
    )
