"""Overrides: one holds at a time, the earlier ones are its history."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.health.model import Band

LONGEST_REASON: Final = 2000
_KEPT = text("ended_at IS NULL")


class HealthOverride(Base):
    """Someone of the staff judges an account otherwise than its score does.

    `points_e4` counts ten-thousandths of a point; None where only the band was judged. `ends_on` is the last
    day on which it holds. `ended_at` is when it was ended, None for the last one that nobody ended;
    `ended_by_id` is None where it ended by itself.
    """

    __tablename__ = "health_overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    band: Mapped[Band] = mapped_column(text_enum(Band))
    points_e4: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    set_at: Mapped[datetime]
    ends_on: Mapped[date]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    set_by: Mapped[User | None] = relationship(foreign_keys=set_by_id, lazy="raise_on_sql")
    ended_by: Mapped[User | None] = relationship(foreign_keys=ended_by_id, lazy="raise_on_sql")

    __table_args__ = (
        Index(
            "uq_health_overrides_kept", "account_id", unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT
        ),
    )

    def holds_on(self, day: date) -> bool:
        """Whether it stands beside the score on a day, given that it was not ended before."""
        return self.ended_at is None and self.ends_on >= day
