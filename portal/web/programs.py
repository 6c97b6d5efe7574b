"""Requests behind which there is no reader: those of crawlers and scripts, and of pages fetched ahead."""

from functools import lru_cache
from typing import Final

from crawleruseragents import is_crawler
from flask import Request

LONGEST_NAME: Final = 500
"""What is read of a program's name for itself."""


def is_program(request: Request) -> bool:
    """Tell whether a crawler or a script asks; browsers always say what they are, so who does not is one."""
    return _is_program(request.user_agent.string[:LONGEST_NAME])


@lru_cache(maxsize=1024)
def _is_program(name: str) -> bool:
    return not name or is_crawler(name)


def is_fetched_ahead(request: Request) -> bool:
    """Tell whether a browser fetches a page that nobody may ever look at."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
