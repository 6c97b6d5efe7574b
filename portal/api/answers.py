"""What programs are answered with: JSON, and a page of it at a time."""

from typing import Final

from flask import Response, request
from pydantic import BaseModel

from portal.core.errors import InvalidError
from portal.core.paging import RowCursor

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200


def answer_with(body: BaseModel, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(body.model_dump_json(), status, mimetype="application/json")


def page_size() -> int:
    """Return how many rows the program wants at once.

    Raises:
        InvalidError: it is no number from 1 to 200.
    """
    text = request.args.get("limit", str(PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= LARGEST_PAGE):  # noqa: PLR2004
        raise InvalidError("limit has to be a number from 1 to %(most)s", field="limit", most=LARGEST_PAGE)
    return int(text)


def cursor() -> RowCursor | None:
    """Return after which row the program goes on; None for the first page.

    Raises:
        InvalidError: the cursor is damaged.
    """
    return RowCursor.decode(request.args.get("cursor", ""))
