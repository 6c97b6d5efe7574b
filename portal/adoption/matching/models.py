"""Facts that wait for their account or person, and the names that staff have explained."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.orm import Base

_IN_FORCE: Final = text("taken_back_at IS NULL")


class Problem(StrEnum):
    """Why it is not certain whose a fact is."""

    ACCOUNT = "account"  # No account has the external id that was told.
    PERSON = "person"  # Nobody has the address that was told.
    ELSEWHERE = "elsewhere"  # The person belongs to another account than the one that was told, or to none.


class SignalAlias(Base):
    """What staff have said that a name means: an account, a person, or, with a reason, nothing that counts.

    `name` is an external id or an address that other systems told and nobody has. One that was taken back
    means nothing any more; it is here until nothing rests on it.
    """

    __tablename__ = "signal_aliases"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem: Mapped[Problem] = mapped_column(text_enum(Problem))
    name: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    taken_back_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    user: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=user_id)
    made_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=made_by_id)

    __table_args__ = (
        Index(
            "ix_signal_aliases_in_force",
            "problem",
            "name",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    @property
    def leads_nowhere(self) -> bool:
        """Whether facts with this name are set aside."""
        return self.account_id is None and self.user_id is None


class UnmatchedSignal(Base):
    """A fact as it was told, whose account or person was not certain then.

    `problem` and `name` say what is unknown; both are None once it stands in the ledger as `signal_id`, where
    it rests on aliases. One that rests on none has left this table, unless it came into the ledger before:
    `matches` counts how often. One whose person was erased has no address, and its key is hidden.
    `taken_back_at` is when its reporter took it back; None while it is held to be true.
    """

    __tablename__ = "unmatched_signals"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(60))
    occurred_at: Mapped[datetime]
    account: Mapped[str | None] = mapped_column(String(200), index=True)
    address: Mapped[str | None] = mapped_column(String(200), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    told_at: Mapped[datetime]
    problem: Mapped[Problem | None] = mapped_column(text_enum(Problem))
    name: Mapped[str | None] = mapped_column(String(200))
    signal_id: Mapped[int | None] = mapped_column(ForeignKey("signals.id"), index=True)
    account_alias_id: Mapped[int | None] = mapped_column(ForeignKey("signal_aliases.id"), index=True)
    person_alias_id: Mapped[int | None] = mapped_column(ForeignKey("signal_aliases.id"), index=True)
    matches: Mapped[int] = mapped_column(default=0)
    taken_back_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_unmatched_signals_problem_name", "problem", "name"),
    )

    @property
    def waits(self) -> bool:
        """Whether it is neither in the ledger nor taken back."""
        return self.problem is not None and self.taken_back_at is None

    @property
    def names_nobody(self) -> bool:
        """Whether nothing leads to an account, as the person who did was erased."""
        return not self.account and not self.address

    @property
    def ledger_key(self) -> str:
        """The key in the ledger; where it was taken by an earlier match, one that no reporter can tell."""
        return self.key if not self.matches else f"{self.key[:170]}\n{self.id}.{self.matches}"
