"""Customer accounts, people, their sign-ins and invitations."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.actors import STAFF_ROLES, Actor, Level, Role
from portal.core.clock import site_zone
from portal.core.orm import Base

PLANS: Final = ("starter", "team", "business")


class TouchTier(StrEnum):
    """How much human attention an account gets."""

    HIGH = "high"
    LOW = "low"
    TECH = "tech"


class AccountStatus(StrEnum):
    """Whether an account still pays."""

    ACTIVE = "active"
    CHURNED = "churned"


class OutcomeKind(StrEnum):
    """What an account decided about paying."""

    CHURNED = "churned"
    CONTRACTED = "contracted"
    RENEWED = "renewed"
    EXPANDED = "expanded"


def text_enum(kind: type[StrEnum]) -> Enum:
    """Return the column type of an enumeration: its values as text, checked in Python."""
    return Enum(
        kind, native_enum=False, length=40, values_callable=lambda members: [m.value for m in members]
    )


class Account(Base):
    """A customer organisation that pays. Money is monthly, in the site's currency units."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    plan: Mapped[str] = mapped_column(String(40))
    seats: Mapped[int]
    touch_tier: Mapped[TouchTier] = mapped_column(text_enum(TouchTier))
    status: Mapped[AccountStatus] = mapped_column(text_enum(AccountStatus), default=AccountStatus.ACTIVE)
    started_on: Mapped[date]
    renews_on: Mapped[date | None]
    churned_on: Mapped[date | None]
    monthly_revenue: Mapped[int] = mapped_column(default=0)
    country: Mapped[str] = mapped_column(String(2), default="JP")
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", use_alter=True))

    manager: Mapped["User | None"] = relationship(
        foreign_keys=manager_id, lazy="raise_on_sql", post_update=True
    )


class AccountOutcome(Base):
    """A decision of an account on a day, and its monthly revenue before and after it.

    Rows follow what staff and imports say of accounts: a correction on the same day changes its row.
    """

    __tablename__ = "account_outcomes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[OutcomeKind] = mapped_column(text_enum(OutcomeKind))
    day: Mapped[date] = mapped_column(index=True)
    revenue_before: Mapped[int]
    revenue_after: Mapped[int]

    __table_args__ = (Index("ix_account_outcomes_account_id", "account_id", "day"),)


class FormerSeats(Base):
    """How many seats an account had until the end of a day, before it got others."""

    __tablename__ = "former_seats"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    seats: Mapped[int]


class User(Base):
    """A person: a member of one account, or staff.

    `email` and `password_hash` are None for people who came with an import and cannot sign in;
    `origin` then says where they came from. `level` is what their posts have come to (see `Level`), and
    `is_listed` whether others see that.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    language: Mapped[str | None] = mapped_column(String(8))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    bio: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    level: Mapped[int] = mapped_column(default=0)
    is_listed: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship(foreign_keys=account_id, lazy="raise_on_sql")

    @property
    def is_staff(self) -> bool:
        """Whether this is someone of the vendor."""
        return self.role in STAFF_ROLES

    @property
    def is_top_helper(self) -> bool:
        """Whether others see that this customer has helped much."""
        return self.is_listed and not self.is_staff and self.level >= Level.HELPER

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this person lives: the site's, if they chose none."""
        return ZoneInfo(self.time_zone) if self.time_zone else site_zone()

    def as_actor(self, *, sign_in_key: str | None = None) -> Actor:
        """Take this person's picture; the account has to be loaded."""
        return Actor(
            user_id=self.id,
            role=self.role,
            account_id=self.account_id,
            plan=self.account.plan if self.account else None,
            name=self.name,
            language=self.language,
            time_zone=self.time_zone,
            level=self.level,
            sign_in_key=sign_in_key,
        )


class SignIn(Base):
    """One browser in which a person is signed in; revoking the row signs it out."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Invitation(Base):
    """A link by which one person joins; it works once and until it expires."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")
