"""Revision numbers: one a part of the site, grown by every change that readers of the part would see.

What was rendered under a number is right as long as the number stands.
"""

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.orm import Base, insert_new


class Revision(Base):
    """How often a part of the site has changed."""

    __tablename__ = "revisions"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


def bump(session: Session, part: str) -> None:
    """Say that something in a part of the site looks different from now on."""
    grow = update(Revision).where(Revision.part == part).values(number=Revision.number + 1)
    if not session.execute(grow.returning(Revision.number)).first():
        insert_new(session, Revision, [{"part": part, "number": 1}])


def numbers(session: Session, *parts: str) -> tuple[int, ...]:
    """Return the revisions of some parts; 0 for one that never changed."""
    rows = session.execute(select(Revision.part, Revision.number).where(Revision.part.in_(parts)))
    found = dict(rows.all())
    return tuple(found.get(part, 0) for part in parts)
