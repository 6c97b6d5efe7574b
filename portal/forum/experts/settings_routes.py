"""What one is asked, and how one wants to be."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import site_zone
from portal.core.db import db, transaction
from portal.forum.experts import queries, service
from portal.forum.experts.forms import WishesForm
from portal.forum.paths import path_of_topic

bp = Blueprint("expert_settings", __name__, url_prefix="/me/questions")


@bp.get("/")
@login_required
def show_settings() -> ResponseReturnValue:
    """Show what one was asked and has not answered, and how one wants to be asked."""
    wishes = queries.wishes_of(db.session(), current_actor().user_id or 0)
    return _page(WishesForm.showing(wishes))


def _page(form: WishesForm) -> str:
    actor = current_actor()
    return render_template(
        "forum/experts/settings.html",
        form=form,
        asked=queries.asked_of(db.session(), actor),
        path_of_topic=path_of_topic,
        zone=actor.time_zone or site_zone().key,
    )


@bp.post("/")
@login_required
def update_settings() -> ResponseReturnValue:
    """Keep how one wants to be asked."""
    form = WishesForm()
    if not form.accept():
        return _page(form), 422
    with transaction() as session:
        service.choose(session, actor=current_actor(), wishes=form.wishes)
    flash(_("Saved."), "success")
    return redirect(url_for(".show_settings"), 303)
