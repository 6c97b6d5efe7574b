"""Who is asking: an immutable picture of a person or visitor, taken once per request."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Role(StrEnum):
    """What a person may do; see policies for each right."""

    CUSTOMER = "customer"
    CHAMPION = "champion"
    STAFF = "staff"
    ADMIN = "admin"


STAFF_ROLES: Final = (Role.STAFF, Role.ADMIN)
"""The roles of the vendor's own people."""


class Level(IntEnum):
    """How far the community trusts a person for what they did there; each level opens what those below do."""

    NEWCOMER = 0
    MEMBER = 1
    HELPER = 2
    GUIDE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Someone who asks for a page or a change; a visitor has neither id nor role.

    `level` is that of a customer; staff need none. `sign_in_key` names the server-side session; None outside
    HTTP.
    """

    user_id: int | None = None
    role: Role | None = None
    account_id: int | None = None
    plan: str | None = None
    name: str = ""
    language: str | None = None
    time_zone: str | None = None
    level: int = Level.NEWCOMER
    sign_in_key: str | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a known person."""
        return self.user_id is not None

    @property
    def is_staff(self) -> bool:
        """Whether this is someone of the vendor."""
        return self.role in STAFF_ROLES

    @property
    def is_admin(self) -> bool:
        """Whether this person may change settings, roles and keys."""
        return self.role is Role.ADMIN

    @property
    def is_champion(self) -> bool:
        """Whether this person leads the rollout inside an account."""
        return self.role is Role.CHAMPION

    @property
    def has_account(self) -> bool:
        """Whether this person belongs to a customer account."""
        return self.account_id is not None

    @property
    def audiences(self) -> frozenset[str] | None:
        """The audience tokens that this actor belongs to; None for staff, who see everything."""
        if self.is_staff:
            return None
        tokens = {"public"}
        if self.is_signed_in:
            tokens.add("signed-in")
        if self.account_id is not None:
            tokens |= {f"account:{self.account_id}", f"plan:{self.plan}"}
        return frozenset(tokens)

    # What Flask-Login asks of the current user.

    @property
    def is_authenticated(self) -> bool:
        """The same as `is_signed_in`, by Flask-Login's name."""
        return self.is_signed_in

    @property
    def is_active(self) -> bool:
        """Always true: an inactive person never becomes an actor."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a visitor."""
        return not self.is_signed_in

    def get_id(self) -> str | None:
        """Return what the cookie holds: the key of the sign-in, never the person's id."""
        return self.sign_in_key


VISITOR: Final = Actor()
SYSTEM: Final = Actor(role=Role.ADMIN, name="Engawa")
