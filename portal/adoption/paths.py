"""The addresses of what signals are about."""

from collections.abc import Mapping
from typing import Any, Final

from portal.adoption.models import Signal

FOLDERS: Final[Mapping[str, str]] = {
    "article": "/help/articles",
    "topic": "/community/topics",
    "request": "/support/requests",
}


def path_of_subject(signal: Signal) -> str | None:
    """Return the address of a signal's subject; None when it has no page, or none is known."""
    kind, _, row = (signal.subject or "").partition(":")
    data: Mapping[str, Any] = signal.data
    if kind == "post" and "topic_id" in data:
        return f"{FOLDERS['topic']}/{data['topic_id']}#post-{row}"
    return f"{FOLDERS[kind]}/{row}" if kind in FOLDERS else None
