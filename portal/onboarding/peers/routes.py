"""Asking people who have passed a step, and letting oneself be asked, over HTTP."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError
from portal.onboarding.peers import queries, service
from portal.onboarding.peers.forms import PeerForm
from portal.onboarding.queries import step_to_read_for
from portal.onboarding.routes import home_of

bp = Blueprint("onboarding_peers", __name__)


@bp.get("/onboarding/steps/<int:step_id>/peers")
@login_required
def list_peers(step_id: int) -> ResponseReturnValue:
    """Show who has passed a step and may be asked, with the way to ask them."""
    session = db.session()
    step = step_to_read_for(session, current_actor(), step_id)
    return render_template(
        "onboarding/peers/list.html",
        step=step,
        peers=queries.peers_at(session, step, now=utc_now()),
        question=_("How did you do “%(step)s”?", step=step.title(str(get_locale()))),
        home=home_of(step.checklist_id),
    )


@bp.get("/me/steps/")
@login_required
def show_setting() -> ResponseReturnValue:
    """Show whether one may be asked about steps."""
    actor = current_actor()
    if not actor.has_account:
        raise ForbiddenError("be asked")
    form = PeerForm(
        formdata=None, data={"may_be_asked": queries.may_be_asked(db.session(), actor.user_id or 0)}
    )
    return render_template("onboarding/peers/setting.html", form=form)


@bp.post("/me/steps/")
@login_required
def update_setting() -> ResponseReturnValue:
    """Keep whether one may be asked about steps."""
    form = PeerForm()
    with transaction() as session:
        service.choose(session, actor=current_actor(), may_be_asked=bool(form.may_be_asked.data))
    flash(_("Saved."), "success")
    return redirect(url_for(".show_setting"), 303)
