"""Scores as they were computed: one row per account and day, with its explanation; and which are stale."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base

_OPEN = text("NOT is_settled")


class HealthScore(Base):
    """The score of an account at the end of a day, or now for today.

    `points_e4` counts ten-thousandths of a point (0 … 1,000,000); None when no component has evidence.
    `coverage_e4` is the weight of the components with evidence, in ten-thousandths of the whole.
    `is_settled` is false while the day goes on, and again when a late signal has touched it.
    """

    __tablename__ = "health_scores"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    as_of: Mapped[datetime]
    points_e4: Mapped[int | None]
    coverage_e4: Mapped[int]
    band: Mapped[str | None] = mapped_column(String(20))
    components: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    is_settled: Mapped[bool]

    __table_args__ = (Index("ix_health_scores_unsettled", "day", sqlite_where=_OPEN, postgresql_where=_OPEN),)


class StaleScore(Base):
    """An account with signals that its scores do not know yet; `since` is the first day that they touch.

    `marked_at` is when the first of them was noticed. `marks` counts the times, so that a mark which was made
    again while the account was scored can be told from the one before.
    """

    __tablename__ = "stale_scores"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[date]
    marked_at: Mapped[datetime]
    marks: Mapped[int]
