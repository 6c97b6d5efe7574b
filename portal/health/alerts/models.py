"""Alerts: one open for each account and rule."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.orm import Base

_OPEN = text("closed_at IS NULL")


class AlertRule(StrEnum):
    """Why an account needs a look; `rules` says when, `wording` in which words."""

    FELL = "fell"
    AT_RISK = "at_risk"
    LEFT_HEALTHY = "left_healthy"
    SILENT = "silent"
    RENEWAL_AT_RISK = "renewal_at_risk"
    OVERRIDE_ENDS = "override_ends"


class AccountAlert(Base):
    """A rule speaks of an account, until what it speaks of is over.

    `facts` are the figures of the moment at which it opened. `handled_at` is when someone took care of it; it
    stays open, and is told to nobody again, until it is `closed_at`.
    """

    __tablename__ = "account_alerts"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    rule: Mapped[AlertRule] = mapped_column(text_enum(AlertRule))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    opened_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    closed_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    handled_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        Index(
            "uq_account_alerts_open",
            "account_id",
            "rule",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_account_alerts_opened_at", "opened_at"),
        Index("ix_account_alerts_closed_at", "closed_at"),
    )
