"""In which phase each account is."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.models import text_enum
from portal.core.orm import Base


class Phase(StrEnum):
    """A part of an account's life, in order."""

    ONBOARDING = "onboarding"
    ADOPTION = "adoption"
    EXPANSION = "expansion"


class Ground(StrEnum):
    """What moved an account into its phase; `wording` says it in words."""

    CHECKLISTS_DONE = "checklists_done"
    TIME_PASSED = "time_passed"
    DOING_WELL = "doing_well"
    AT_RISK = "at_risk"


class AccountPhase(Base):
    """The phase that an account has come to, since when and why; one that has none is in onboarding.

    `moved_on` is the site's day at whose end the rule moved it there.
    """

    __tablename__ = "account_phases"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[Phase] = mapped_column(text_enum(Phase))
    since: Mapped[datetime]
    moved_on: Mapped[date]
    ground: Mapped[Ground] = mapped_column(text_enum(Ground))
