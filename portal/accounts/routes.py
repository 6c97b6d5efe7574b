"""Signing in and out, invitations, profiles, the reader's language."""

import re

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from portal.accounts import policies, queries, service
from portal.accounts.actors import Role
from portal.accounts.current import current_actor, forget_sign_in, keep_signed_in
from portal.accounts.forms import InvitationForm, JoinForm, SignInForm
from portal.accounts.sanctions import SuspendedError
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import InvalidError, NotFoundError
from portal.core.i18n import LANGUAGE_NAMES
from portal.web.errors import explain
from portal.web.limits import limiter
from portal.web.redirects import came_from, local_path

bp = Blueprint("accounts", __name__)


@bp.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """Ask for address and password."""
    if current_actor().is_signed_in:
        return redirect(local_path(request.args.get("next"), "/"))
    return render_template("accounts/sign_in.html", form=SignInForm(), next=request.args.get("next", ""))


@bp.post("/sign-in")
@limiter.limit("20 per minute")
def create_sign_in() -> ResponseReturnValue:
    """Sign in, and go where the person wanted to go."""
    form = SignInForm()
    wanted = request.form.get("next", "")
    if form.accept():
        try:
            with transaction() as db_session:
                actor = service.sign_in(
                    db_session, email=form.email.data, password=form.password.data, now=utc_now()
                )
        except SuspendedError as error:
            session["sanction"] = error.sanction_id
            return redirect(url_for("forum_sanction.show_sanction"), 303)
        if actor:
            keep_signed_in(actor)
            return redirect(local_path(wanted, "/"), 303)
        form.password.errors = [_("E-mail address and password do not belong together. Try again.")]
    return render_template("accounts/sign_in.html", form=form, next=wanted), 422


@bp.post("/sign-out")
def delete_sign_in() -> ResponseReturnValue:
    """End this sign-in."""
    if key := current_actor().sign_in_key:
        with transaction() as db_session:
            service.sign_out(db_session, key=key, now=utc_now())
    forget_sign_in()
    return redirect("/", 303)


@bp.get("/invitations/<token>")
def show_invitation(token: str) -> ResponseReturnValue:
    """Let an invited person choose name and password."""
    invitation = queries.open_invitation(db.session(), token=token, now=utc_now())
    return render_template("accounts/invitation.html", invitation=invitation, form=JoinForm(), token=token)


@bp.post("/invitations/<token>")
@limiter.limit("20 per minute")
def create_member(token: str) -> ResponseReturnValue:
    """Join by invitation."""
    form = JoinForm()
    if form.accept():
        with transaction() as db_session:
            actor = service.accept_invitation(
                db_session, token=token, name=form.name.data, password=form.password.data, now=utc_now()
            )
        keep_signed_in(actor)
        flash(_("Welcome! You can start right away."), "success")
        return redirect("/", 303)
    invitation = queries.open_invitation(db.session(), token=token, now=utc_now())
    return render_template("accounts/invitation.html", invitation=invitation, form=form, token=token), 422


@bp.get("/me/team")
@login_required
def show_team() -> ResponseReturnValue:
    """Show the people of one's own account, and let the champion invite more."""
    actor = current_actor()
    members = queries.members_for(db.session(), actor, actor.account_id or 0)
    return render_template("accounts/team.html", members=members, form=_offered(InvitationForm()))


def _offered(form: InvitationForm) -> InvitationForm:
    """Offer the roles that the actor may give."""
    actor = current_actor()
    form.role.choices = [
        choice
        for choice in form.role.choices
        if policies.may_invite(actor, account_id=actor.account_id, role=Role(choice.value))
    ]
    return form


@bp.post("/invitations")
@login_required
def create_invitation() -> ResponseReturnValue:
    """Make an invitation, and show its link once."""
    actor, form = current_actor(), InvitationForm()
    if form.accept():
        try:
            with transaction() as db_session:
                token = service.invite(
                    db_session,
                    actor=actor,
                    email=form.email.data,
                    role=form.role.data,
                    account_id=form.account_id.data or actor.account_id,
                    now=utc_now(),
                )
            link = url_for("accounts.show_invitation", token=token, _external=True)
            return render_template("accounts/invited.html", link=link, email=form.email.data), 201
        except InvalidError as error:
            form[error.field or "email"].errors = [explain(error)]
    members = queries.members_for(db.session(), actor, actor.account_id) if actor.account_id else []
    return render_template("accounts/team.html", members=members, form=_offered(form)), 422


@bp.post("/language")
def update_language() -> ResponseReturnValue:
    """Choose the language to read in."""
    actor, language = current_actor(), request.form.get("language", "")
    if language not in LANGUAGE_NAMES:
        raise NotFoundError("language")
    session["language"] = language
    if actor.is_signed_in:
        with transaction() as db_session:
            service.choose_language(db_session, actor=actor, language=language)
    page = local_path(request.form.get("next"), came_from(request, default="/"))
    return redirect(re.sub(r"^/help/\w+/", f"/help/{language}/", page), 303)
