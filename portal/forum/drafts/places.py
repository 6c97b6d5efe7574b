"""Places in which people write, as the keys of their drafts."""

import re
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_

_PLACE: Final = re.compile(
    r"(new):([\w-]{0,120})|(topic|post):([0-9]{1,10})|(edit):([0-9]{1,10}):([0-9]{1,10})"
)


def to_start(board_slug: str) -> str:
    """Return the place of a new topic on a board; the slug is empty for whichever board."""
    return f"new:{board_slug}"


def to_reply(topic_id: int) -> str:
    """Return the place of a reply in a topic."""
    return f"topic:{topic_id}"


def to_comment(post_id: int) -> str:
    """Return the place of a comment under a post."""
    return f"post:{post_id}"


def to_edit(post_id: int, edition: int) -> str:
    """Return the place of a change of what a post says in one edition."""
    return f"edit:{post_id}:{edition}"


def parts_of(place: str) -> tuple[str, ...]:
    """Return what a place consists of: `new`, `topic`, `post` or `edit`, and what follows.

    Raises:
        InvalidError: it is no place.
    """
    found = _PLACE.fullmatch(place)
    if found is None:
        raise InvalidError(N_("Nothing is written here. Open the form again and copy your text into it."))
    return tuple(part for part in found.groups() if part is not None)
