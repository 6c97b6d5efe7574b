"""The ledger of adoption signals, and the counts made from it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class Signal(Base):
    """One recorded fact: who did what, when, for which account. Rows are only ever added.

    `key` is unique within its `source`, so telling a fact twice records it once. `person` is `user:<id>` or
    `visitor:<key>`: what joins one person's signals; None when nobody is behind it. `day` is the day of
    `occurred_at` in the site's time zone. `subject` names a row, such as `article:12`. `left_out_as` says why
    figures leave it out (see `LeftOut`); None when they count it. A correction names in `voids_id` the row
    that it takes back: a fact, or the last correction of that fact, which then holds again.
    """

    __tablename__ = "signals"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(60))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    day: Mapped[date]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    person: Mapped[str | None] = mapped_column(String(60))
    subject: Mapped[str | None] = mapped_column(String(80), index=True)
    left_out_as: Mapped[str | None] = mapped_column(String(10))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    voids_id: Mapped[int | None] = mapped_column(ForeignKey("signals.id"), index=True, unique=True)

    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_signals_account_id_occurred_at", "account_id", "occurred_at"),
        Index("ix_signals_occurred_at", "occurred_at"),
        Index("ix_signals_kind_occurred_at_subject", "kind", "occurred_at", "subject"),
        Index("ix_signals_counted", "account_id", "kind", "day", "person", "left_out_as"),
    )


class PersonDay(Base):
    """How many signals of a kind one person of an account left on a day; `person` is empty for nobody.

    What figures leave out is not in it. How often a kind happened on a day, and by how many people, follows.
    """

    __tablename__ = "person_days"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    signals: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)
