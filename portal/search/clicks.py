"""How the page of a result knows which query and which place in the list led there."""

from typing import Final
from urllib.parse import urlencode

from flask import request

from portal.accounts.current import note
from portal.search.queries import LONGEST_QUERY

LAST_RANK: Final = 1000


def address_of_result(path: str, query: str, rank: int, *, is_suggested: bool = False) -> str:
    """Return the address of a result at a place of the list, from 1, that a query led to.

    `is_suggested` says that it was a title suggested while typing.
    """
    page, hash_, anchor = path.partition("#")
    asked = urlencode({"q": query, "rank": rank} | ({"suggested": 1} if is_suggested else {}))
    return f"{page}{'&' if '?' in page else '?'}{asked}{hash_}{anchor}"


def note_result(subject: str) -> None:
    """Note that a result was opened, where the address of the page says so; an unknown rank is 0."""
    query = request.args.get("q", "").replace("\x00", " ").strip()[:LONGEST_QUERY]
    if not query:
        return
    rank = request.args.get("rank", 0, type=int)
    suggested = {"suggested": True} if "suggested" in request.args else {}
    note(
        "search.result_opened",
        subject=subject,
        query=query,
        rank=rank if 1 <= rank <= LAST_RANK else 0,
        **suggested,
    )
