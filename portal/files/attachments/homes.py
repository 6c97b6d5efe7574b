"""Where texts name files; the features that keep such texts lie above and lend their reads."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from portal.accounts.actors import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """One sort of texts: `names` selects the files that they name or have named.

    `shows_to` selects, for `viewer_id`, those that the texts show which an actor may see.
    """

    names: ColumnElement[bool]
    shows_to: Callable[[Actor], ColumnElement[bool]]
