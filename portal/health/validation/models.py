"""Validations that were asked for, and what they found."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base

_OPEN = text("finished_at IS NULL")


class Validation(Base):
    """A comparison of scores with outcomes: `done` of `total` accounts are scored.

    `touched_at` is when a worker last got on with it, None before one began. `finished_at` and `report` are
    None until it is done.
    """

    __tablename__ = "validations"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    touched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (Index("ix_validations_open", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),)
