"""Who is asking in this request: Flask-Login in front of our own revocable sign-ins."""

import secrets
from typing import Any

from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from portal.accounts import queries
from portal.accounts.actors import VISITOR, Actor
from portal.core.activity import Activity, LeftOut
from portal.core.clock import utc_now
from portal.core.db import db
from portal.core.errors import ForbiddenError
from portal.web.programs import is_fetched_ahead, is_program


def current_actor() -> Actor:
    """Return who is asking."""
    actor: Actor = current_user._get_current_object()  # noqa: SLF001  # The way out of Werkzeug's proxy.
    return actor


def require_staff() -> ResponseReturnValue | None:
    """Guard a blueprint: visitors are asked to sign in, customers are told that this is not for them.

    Raises:
        ForbiddenError: the actor is a customer.
    """
    actor = current_actor()
    if not actor.is_signed_in:
        answer: ResponseReturnValue = current_app.extensions["sign_in"].unauthorized()
        return answer
    if not actor.is_staff:
        raise ForbiddenError("staff only")
    return None


def keep_signed_in(actor: Actor) -> None:
    """Put a fresh sign-in into the browser's cookie, in a session that nothing carries over to."""
    kept = {name: session[name] for name in ("visitor", "language") if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    if actor.language:
        session["language"] = actor.language
    if actor.time_zone:
        session["time_zone"] = actor.time_zone
    login_user(actor)


def forget_sign_in() -> None:
    """Take the sign-in out of the browser's cookie."""
    logout_user()
    session.clear()


def current_person() -> str:
    """Return the stable key of the person or visitor, which joins their signals."""
    actor = current_actor()
    if actor.is_signed_in:
        return f"user:{actor.user_id}"
    if "visitor" not in session:
        session["visitor"] = secrets.token_hex(12)
    return f"visitor:{session['visitor']}"


def note(kind: str, *, subject: str | None = None, **data: Any) -> None:
    """Note what this reader does, and whether figures about customers leave it out; see `LeftOut`.

    A page that a browser fetches ahead is nothing that anybody did.
    """
    if is_fetched_ahead(request):
        return
    actor = current_actor()
    activity = Activity(
        kind=kind,
        at=utc_now(),
        person=current_person(),
        user_id=actor.user_id,
        account_id=actor.account_id,
        subject=subject,
        left_out_as=_left_out_as(actor),
        data=data,
    )
    current_app.extensions["activity"].note(activity)


def _left_out_as(actor: Actor) -> LeftOut | None:
    if actor.is_staff:
        return LeftOut.STAFF
    return LeftOut.BOT if not actor.is_signed_in and is_program(request) else None


def init_sign_in(app: Flask) -> None:
    """Load the actor of each request from its sign-in key."""
    manager = LoginManager(app)
    manager.anonymous_user = lambda: VISITOR
    manager.session_protection = None
    app.extensions["sign_in"] = manager

    @manager.user_loader
    def load_actor(key: str) -> Actor | None:
        return queries.actor_of_sign_in(db.session(), key=key, now=utc_now())

    @manager.unauthorized_handler
    def ask_to_sign_in() -> ResponseReturnValue:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("accounts.show_sign_in", next=wanted))
