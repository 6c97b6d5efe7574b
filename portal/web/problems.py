"""What goes wrong below /api, as RFC 9457 says it: for programs, in English whatever is asked for."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

API: Final = "/api/v1/"
PROBLEM: Final = "application/problem+json"

_SET_ANEW: Final = frozenset({"content-type", "content-length"})


def is_for_programs(request: Request) -> bool:
    """Tell whether a request came to the API, whether or not there is such an address."""
    return request.path.startswith(API)


def problem(
    status: int, detail: str = "", *, headers: Iterable[tuple[str, str]] = (), **members: object
) -> Response:
    """Answer with a problem; further members are the API's own, such as `errors`."""
    body: dict[str, object] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    answer = Response(json.dumps(body | members), status, content_type=PROBLEM)
    answer.headers.extend((name, value) for name, value in headers if name.lower() not in _SET_ANEW)
    return answer


class Cookies(SecureCookieSessionInterface):
    """The cookie of a browser, which the API neither reads nor sets: there only keys open anything."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; without it Flask gives the request an empty session that cannot be changed."""
        return None if is_for_programs(request) else super().open_session(app, request)
