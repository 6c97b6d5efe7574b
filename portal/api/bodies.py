"""What a program sends: JSON in UTF-8, of bounded length and depth, with nothing around it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from portal.core.errors import InvalidError
from portal.core.json_lines import read_line

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes; a thousand signals of four thousand characters each."""

DEEPEST: Final = 20
MOST_SIGNALS: Final = 1000


def read_body() -> bytes:
    """Return the body of a request that sends JSON.

    Raises:
        UnsupportedMediaType: it says that it is something else, or compressed.
        RequestEntityTooLarge: it has more than 4 MiB.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    if request.content_encoding not in {None, "identity"}:
        raise UnsupportedMediaType("Send the body as it is: compressed ones are not read.")
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge(
            f"Send at most {LARGEST_BODY // 1024 // 1024} MiB at once, or several times."
        )
    return body


def signals_in(body: bytes) -> Sequence[object]:
    """Return the items of a call that reports signals; none of them is checked yet.

    Raises:
        BadRequest: the body is no JSON, or nested too deeply.
        InvalidError: it is not an object with a list of signals and nothing else.
        RequestEntityTooLarge: there are more than a thousand of them.
    """
    sent = _read_json(body)
    if not isinstance(sent, Mapping) or sent.keys() != {"signals"} or not isinstance(sent["signals"], list):
        raise InvalidError('send an object with one member, "signals", which is a list')
    items: list[Any] = sent["signals"]
    if len(items) > MOST_SIGNALS:
        raise RequestEntityTooLarge(f"Send at most {MOST_SIGNALS:,} signals at once, or several times.")
    return items


def _read_json(body: bytes) -> object:
    try:
        value = read_line(body)
    except InvalidError as error:
        raise BadRequest(f"The body cannot be read: {error}") from None
    if _is_deeper(value, DEEPEST):
        raise BadRequest(f"The body is nested more than {DEEPEST} levels deep.")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    row: list[Any] = [value] if isinstance(value, (dict, list)) else []
    for _ in range(levels):
        row = [
            child
            for parent in row
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not row:
            return False
    return True
