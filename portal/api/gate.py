"""Who may come in: a key in the request's header, its scope, and how often it asks."""

from math import ceil
from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from limits import parse
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from portal.accounts.actors import Actor, Role
from portal.api.keys import queries, service
from portal.api.keys.queries import Caller
from portal.api.keys.rules import Scope
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.errors import ForbiddenError
from portal.web.limits import limiter
from portal.web.problems import problem

CALLS_A_MINUTE: Final = 600

_RATE: Final = parse(f"{CALLS_A_MINUTE} per minute")


def caller_with(scope: Scope) -> Caller:
    """Return the system that asks, whose key has to have a scope.

    Raises:
        Unauthorized: no key came, or one that opens nothing.
        TooManyRequests: it asked too often in this minute.
        ForbiddenError: the key lacks the scope.
    """
    caller = _caller()
    _count(caller)
    if scope not in caller.scopes:
        raise ForbiddenError("This key lacks the scope %(scope)s.", scope=scope.value)
    return caller


def actor_of(caller: Caller) -> Actor:
    """Return whom services see: someone of the vendor who is no person."""
    return Actor(role=Role.STAFF, name=caller.name)


def _caller() -> Caller:
    given, now = request.authorization, utc_now()
    if given is None or given.type != "bearer" or not given.token:
        raise _unauthorized("Send the header Authorization: Bearer KEY.")
    caller = queries.caller_of(db.session(), key=given.token, now=now)
    if caller is None:
        raise _unauthorized("This key is not known, has expired or was revoked.", error="invalid_token")
    if service.is_use_due(caller.last_used_at, now):
        with transaction(wake=False) as session:
            service.note_use(session, key_id=caller.key_id, now=now)
    return caller


def _unauthorized(detail: str, **members: str | None) -> Unauthorized:
    return Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", {"realm": "api", **members}))


def _count(caller: Caller) -> None:
    name = ("api", str(caller.key_id))
    if limiter.enabled and not limiter.limiter.hit(_RATE, *name):
        left = limiter.limiter.get_window_stats(_RATE, *name).reset_time - utc_now().timestamp()
        raise TooManyRequests(
            f"A key may ask {CALLS_A_MINUTE} times a minute.", retry_after=max(1, ceil(left))
        )


def make_blueprint(name: str) -> Blueprint:
    """Make a blueprint below /api/v1, whose errors are told as problems."""
    bp = Blueprint(name, __name__, url_prefix="/api/v1")
    bp.register_error_handler(ValidationError, show_unfit)
    bp.register_error_handler(OperationalError, show_busy)
    return bp


def show_unfit(error: ValidationError) -> ResponseReturnValue:
    """Say which fields of a body cannot be used, and why."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, f"The body cannot be read: {found[0]['msg']}")
    errors = [{"field": ".".join(map(str, one["loc"])), "reason": one["msg"]} for one in found]
    return problem(422, "The body cannot be used: see the errors.", errors=errors)


def show_busy(_error: OperationalError) -> ResponseReturnValue:
    """Ask to come again when the database was too busy, or two calls waited for each other."""
    db.session.rollback()
    return problem(503, "The database is busy. Send it again.", headers=[("Retry-After", "1")])
