"""Revision numbers: one a part of the site, grown by every change that readers of the part would see.

What was rendered under a number is right as long as the number stands.
"""

from typing import Final, cast

from sqlalchemy import String, Table, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.orm import Base, insert_new


class Revision(Base):
    """How often a part of the site has changed."""

    __tablename__ = "revisions"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


_TABLE: Final = cast("Table", Revision.__table__)
_GROW: Final = update(_TABLE).where(_TABLE.c.part == bindparam("grown")).values(number=_TABLE.c.number + 1)
_ALL: Final = select(_TABLE)  # A handful of rows, of which every page needs some.


def bump(session: Session, part: str) -> None:
    """Say that something in a part of the site looks different from now on."""
    if not session.connection().execute(_GROW, {"grown": part}).rowcount:
        insert_new(session, Revision, [{"part": part, "number": 1}])


def numbers(session: Session, *parts: str) -> tuple[int, ...]:
    """Return the revisions of some parts; 0 for one that never changed."""
    found: dict[str, int] = dict(session.execute(_ALL).all())
    return tuple(found.get(part, 0) for part in parts)
