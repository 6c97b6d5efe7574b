"""Scoring models that a site has written or used, and what a version would make of every account."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.orm import Base
from portal.health.model import Band, shipped_versions

LONGEST_NOTE: Final = 500
_ACTIVE = text("state = 'active'")


class ModelState(StrEnum):
    """What a version is used for; one that was active once is never changed again."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class ScoringModel(Base):
    """A version of the scoring model: its TOML text, whose `version` is also the name here.

    A model that comes with the portal has a row only once somebody wrote another. `based_on` is the version
    that a draft was begun from, None for an imported one; `edition` counts the texts of a draft from 1. The
    ids of people are None where the portal itself, or a command, did it, or the person is gone.
    """

    __tablename__ = "scoring_models"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40), unique=True)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[ModelState] = mapped_column(text_enum(ModelState))
    edition: Mapped[int] = mapped_column(default=1)
    based_on: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    activated_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    activated_at: Mapped[datetime | None]

    created_by: Mapped[User | None] = relationship(foreign_keys=created_by_id, lazy="raise_on_sql")
    activated_by: Mapped[User | None] = relationship(foreign_keys=activated_by_id, lazy="raise_on_sql")

    __table_args__ = (
        Index(
            "ix_scoring_models_active", "state", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
        ),
    )

    @property
    def is_draft(self) -> bool:
        """Whether its text can still change."""
        return self.state is ModelState.DRAFT

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the portal."""
        return self.version in shipped_versions()


class ModelPreview(Base):
    """What a version would make of every account on a day, beside the version `against`, as far as computed.

    Accounts up to the id `done_until` are done, `total` is how many there are
    in all; `finished_at` is None while some are left. `failed` counts those that could not be scored.
    """

    __tablename__ = "model_previews"

    model_id: Mapped[int] = mapped_column(
        ForeignKey("scoring_models.id", ondelete="CASCADE"), primary_key=True
    )
    against: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    done_until: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    model: Mapped[ScoringModel] = relationship(lazy="raise_on_sql")


class PreviewedScore(Base):
    """What two versions make of an account: `before_…` the one in use, `after_…` the one that is tried.

    Points are ten-thousandths; points and band are None without evidence.
    """

    __tablename__ = "previewed_scores"

    model_id: Mapped[int] = mapped_column(
        ForeignKey("model_previews.model_id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    before_e4: Mapped[int | None]
    before_band: Mapped[Band | None] = mapped_column(text_enum(Band))
    after_e4: Mapped[int | None]
    after_band: Mapped[Band | None] = mapped_column(text_enum(Band))

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
