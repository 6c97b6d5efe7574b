"""Errors as pages, or as problems below /api: the only place where a `PortalError` becomes an HTTP answer."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from portal.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PortalError,
    TooLargeError,
    UnsupportedError,
)
from portal.core.i18n import LANGUAGE_NAMES, N_, in_language
from portal.web.numbers import LARGEST_ROW
from portal.web.problems import is_for_programs, problem

log = logging.getLogger(__name__)

STATUS: Final[dict[type[PortalError], int]] = {
    NotFoundError: 404,
    ForbiddenError: 403,
    ConflictError: 409,
    TooLargeError: 413,
    UnsupportedError: 415,
    InvalidError: 422,
}
EXPLAINED: Final = frozenset({409, 413, 415, 422})
PAGES: Final = frozenset({403, 404, 409, 413, 422, 429})


def explain(error: PortalError) -> str:
    """Say what happened in the reader's language; so are the days and the texts by language in it."""
    text: str = gettext(error.message, **{name: _said(value) for name, value in error.params.items()})
    return text


def _said(value: object) -> object:
    if isinstance(value, date):
        return format_date(value, "medium")
    if isinstance(value, Mapping) and LANGUAGE_NAMES.keys() >= value.keys():
        return in_language(value, str(get_locale()))
    return value


def _page(status: int, message: str = "") -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(status=status, detail=message), status
    template = f"errors/{status if status in PAGES or status == 500 else 422}.html"  # noqa: PLR2004  # HTTP.
    return render_template(template, message=message), status


def _problem_of(error: PortalError, status: int) -> ResponseReturnValue:
    """Say what happened to a program, and in which field where it is known."""
    field = getattr(error, "field", None)
    if not field:
        return problem(status, str(error))
    return problem(status, str(error), errors=[{"field": field, "reason": str(error)}])


def _show_portal_error(error: PortalError) -> ResponseReturnValue:
    status = STATUS.get(type(error), 500)
    if is_for_programs(request):
        return _problem_of(error, status)
    return _page(status, explain(error) if status in EXPLAINED else "")


def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004  # HTTP's own numbers.
        return error
    if is_for_programs(request):
        return problem(status, error.description or "", headers=error.get_headers())
    return _page(min(status, 500))


def _show_crash(error: Exception) -> ResponseReturnValue:
    log.error("unexpected error", exc_info=error, extra={"path": request.path})
    if is_for_programs(request):
        return problem(500, "Something went wrong on our side. Send it again in a minute.")
    try:
        return _page(500)
    except Exception:  # The database that broke the page breaks its frame too.
        log.exception("the error page failed too")
        return gettext("Something went wrong on our side. Try again in a minute."), 500


class _RowNumber(IntegerConverter):
    """A number in an address; one that no row can have is found nowhere."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ROW)


def init_errors(app: Flask) -> None:
    """Answer every error with a page that says what happened and what to do."""
    app.url_map.converters["int"] = _RowNumber

    @app.before_request
    def refuse_null_characters() -> None:
        sent = () if request.blueprint == "search" else request.values.values()
        if any("\x00" in text for text in (request.path, *sent)):
            raise InvalidError(N_("A text holds a character that cannot be stored."))

    app.register_error_handler(PortalError, _show_portal_error)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(Exception, _show_crash)

    @app.errorhandler(CSRFError)
    def show_expired_form(_error: CSRFError) -> ResponseReturnValue:
        return _page(
            422, gettext("This form was open in another session. Go back, reload the page and send it again.")
        )
