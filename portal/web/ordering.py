"""Lists that people put in order: `move` names what moves and what it then stands in front of."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.web.numbers import row_number


@dataclass(frozen=True, kw_only=True)
class Move:
    """An item of a list that moves in front of another; None for the end."""

    item: int
    before: int | None


def sent_move() -> Move:
    """Read `12:11`, or `12:` for the end, from the form that was sent.

    Raises:
        InvalidError: it is neither.
    """
    item, _colon, before = request.form.get("move", "").partition(":")
    try:
        return Move(item=row_number(item), before=row_number(before) if before else None)
    except ValueError as error:
        raise InvalidError(N_("Choose what to move, and where to.")) from error


def moved(row: Sequence[int], item: int, before: int | None) -> list[int]:
    """Return a row with one of its items in front of another; at the end if that is None or not there."""
    others = [other for other in row if other != item]
    place = row.index(item) if before == item else others.index(before) if before in others else len(others)
    return [*others[:place], item, *others[place:]]
