"""What people and accounts have asked of the ledger about themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class Erasure(Base):
    """When a person last had their name taken out of the ledger. Nothing leads from here to the rows.

    `finished_at` is None while rows from before are still to be erased.
    """

    __tablename__ = "signal_erasures"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    erased_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class UnnamedAccount(Base):
    """An account whose people's passive signals are recorded without the person, from a time on."""

    __tablename__ = "unnamed_accounts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
