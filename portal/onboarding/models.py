"""Success maps, and the checklists that accounts work through."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User
from portal.core.i18n import in_language
from portal.core.orm import Base


class SuccessMap(Base):
    """The ordered steps by which a persona gets from where it is to where it wants to be."""

    __tablename__ = "success_maps"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    persona: Mapped[str] = mapped_column(String(120), default="")

    steps: Mapped[list["MapStep"]] = relationship(
        back_populates="success_map", order_by="MapStep.position", lazy="raise_on_sql"
    )

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)


class MapStep(Base):
    """One step of a success map.

    `due_after_days` counts from the checklist's start. `proof` is None for a step done by hand, else
    `{"kind": …, "count": n, "people": n, "where": {…}}`: so many signals of a kind, by so many different
    people, whose data or subject match `where`.
    """

    __tablename__ = "map_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    success_map_id: Mapped[int] = mapped_column(ForeignKey("success_maps.id", ondelete="CASCADE"))
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    article_id: Mapped[int | None]
    due_after_days: Mapped[int]
    is_required: Mapped[bool] = mapped_column(default=True)
    is_first_value: Mapped[bool] = mapped_column(default=False)
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    success_map: Mapped[SuccessMap] = relationship(back_populates="steps", lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("success_map_id", "position"),)

    def title(self, language: str) -> str:
        """Return the title in a language, or in whichever there is."""
        return in_language(self.titles, language)


class Checklist(Base):
    """A success map made concrete for one account."""

    __tablename__ = "checklists"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    success_map_id: Mapped[int] = mapped_column(ForeignKey("success_maps.id"))
    started_on: Mapped[date]
    ends_on: Mapped[date]
    completed_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    success_map: Mapped[SuccessMap] = relationship(lazy="raise_on_sql")
    steps: Mapped[list["ChecklistStep"]] = relationship(
        back_populates="checklist", order_by="ChecklistStep.position", lazy="raise_on_sql"
    )

    __table_args__ = (UniqueConstraint("account_id", "success_map_id"),)

    @property
    def is_complete(self) -> bool:
        """Whether every required step has been done."""
        return self.completed_at is not None

    def settle(self) -> None:
        """Complete the checklist when its last required step was done, however late that became known."""
        times = [step.completed_at for step in self.steps if step.is_required]
        known = [at for at in times if at is not None]
        self.completed_at = max(known) if len(known) == len(times) else None


class ChecklistStep(Base):
    """A step of one account's checklist, copied from its map when the checklist was made.

    `completed_at` is None while it is open. `proved_by` holds the ids of the signals that completed it; None
    when a person did, who is `completed_by`. `reopened_at` is when it was last opened again, None if never:
    only later signals prove it anew.
    """

    __tablename__ = "checklist_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklists.id", ondelete="CASCADE"))
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    article_id: Mapped[int | None]
    due_on: Mapped[date]
    is_required: Mapped[bool]
    is_first_value: Mapped[bool]
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    completed_at: Mapped[datetime | None]
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    proved_by: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    reopened_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    checklist: Mapped[Checklist] = relationship(back_populates="steps", lazy="raise_on_sql")
    completed_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("checklist_id", "position"),
        Index(
            "ix_checklist_steps_open",
            "checklist_id",
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.

    def title(self, language: str) -> str:
        """Return the title in a language, or in whichever there is."""
        return in_language(self.titles, language)

    def reason(self, language: str) -> str:
        """Return what the step gives the customer, in a language or in whichever there is."""
        return in_language(self.reasons, language)

    @property
    def is_done(self) -> bool:
        """Whether it was completed and not opened again since."""
        return self.completed_at is not None

    def complete(self, *, at: datetime, by_id: int | None = None, proved_by: list[int] | None = None) -> bool:
        """Complete the step at a UTC time, by a person or by signals; False if it is done already."""
        if self.is_done:
            return False
        self.completed_at, self.completed_by_id, self.proved_by = at, by_id, proved_by
        self.checklist.settle()
        return True

    def reopen(self, *, at: datetime) -> bool:
        """Open the step again at a UTC time; False if it is open."""
        if not self.is_done:
            return False
        self.completed_at = self.completed_by_id = self.proved_by = None
        self.reopened_at = at
        self.checklist.settle()
        return True
