"""Success maps, and the checklists that accounts work through."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.i18n import in_language
from portal.core.orm import Base


class Instrument(StrEnum):
    """By what a step is done; `StepContent.reference` says which one."""

    ARTICLE = "article"
    TOPIC = "topic"
    BOARD = "board"
    VIDEO = "video"
    LINK = "link"
    MEETING = "meeting"
    QUIZ = "quiz"


class Owner(StrEnum):
    """Whose turn a step is."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


class StepRole(StrEnum):
    """Who on the owner's side does a step."""

    CHAMPION = "champion"
    ADMIN = "admin"
    USER = "user"


class Milestone(StrEnum):
    """What a step marks when it is done."""

    FIRST_VALUE = "first_value"
    GO_LIVE = "go_live"


class SuccessMap(Base):
    """The ordered steps by which a persona gets from where it is to where it wants to be.

    `plan` is the price plan it is for; empty for any. Texts are by language.
    """

    __tablename__ = "success_maps"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    persona: Mapped[str] = mapped_column(String(120), default="")
    plan: Mapped[str] = mapped_column(String(40), default="")
    starting_points: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    outcomes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    versions: Mapped[list["MapVersion"]] = relationship(
        back_populates="success_map", order_by="MapVersion.number", lazy="raise_on_sql"
    )

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)

    def starting_point(self, language: str) -> str:
        """Return from where the path leads, in a language or in whichever there is."""
        return in_language(self.starting_points, language)

    def outcome(self, language: str) -> str:
        """Return where the path leads, in a language or in whichever there is."""
        return in_language(self.outcomes, language)

    @property
    def latest(self) -> "MapVersion":
        """The version that is worked on, or else the published one."""
        return self.versions[-1]

    @property
    def published(self) -> "MapVersion | None":
        """The version of which new checklists are made; None before the first is published."""
        return next((version for version in reversed(self.versions) if version.published_at), None)

    @property
    def steps(self) -> list["MapStep"]:
        """The steps of the latest version, in order."""
        return self.latest.steps

    def titles(self, language: str) -> dict[str, str]:
        """Return the titles of the latest version's steps by their keys."""
        return {step.key: step.title(language) for step in self.steps}


class MapVersion(Base):
    """A version of a success map: a draft while `published_at` is None, afterwards it never changes."""

    __tablename__ = "map_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    success_map_id: Mapped[int] = mapped_column(ForeignKey("success_maps.id", ondelete="CASCADE"))
    number: Mapped[int]
    published_at: Mapped[datetime | None]

    success_map: Mapped[SuccessMap] = relationship(back_populates="versions", lazy="raise_on_sql")
    steps: Mapped[list["MapStep"]] = relationship(
        back_populates="version",
        order_by="MapStep.position",
        lazy="raise_on_sql",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (UniqueConstraint("success_map_id", "number"),)


class StepContent:
    """What a step says: of a map, and copied from there of a checklist. Texts are by language.

    `key` names the step in every version of its map, and `stage` the part of the path it belongs to. It takes
    about so many `minutes`; None where nobody said. It is due `due_after_days` working days after the step
    `counted_from`, or after the start where that is None, and `needs` names the steps to be done before.
    `reference` says which instrument: the number of an article, topic or board, or an address. `proof` is
    None for a step done by hand, else `{"kind": …, "count": n, "people": n, "where": {…}}`: so many signals
    of a kind, by so many different people, whose data or subject match `where`. `quiz` holds questions by
    language, `{"text": …, "answers": […], "right": index}`; a step that has them is done by answering all of
    them right.
    """

    key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    stage: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    instrument: Mapped[Instrument | None] = mapped_column(text_enum(Instrument))
    reference: Mapped[str] = mapped_column(String(500), default="")
    quiz: Mapped[dict[str, list[dict[str, Any]]] | None] = mapped_column(JSON(none_as_null=True))
    owner: Mapped[Owner] = mapped_column(text_enum(Owner), default=Owner.CUSTOMER)
    role: Mapped[StepRole | None] = mapped_column(text_enum(StepRole))
    minutes: Mapped[int | None]
    due_after_days: Mapped[int]
    counted_from: Mapped[str | None] = mapped_column(String(40))
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_required: Mapped[bool] = mapped_column(default=True)
    milestone: Mapped[Milestone | None] = mapped_column(text_enum(Milestone))
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    def title(self, language: str) -> str:
        """Return the title in a language, or in whichever there is."""
        return in_language(self.titles, language)

    def reason(self, language: str) -> str:
        """Return what the step gives the customer, in a language or in whichever there is."""
        return in_language(self.reasons, language)

    def stage_name(self, language: str) -> str:
        """Return the part of the path it belongs to, in a language or in whichever there is."""
        return in_language(self.stage, language)

    @property
    def is_first_value(self) -> bool:
        """Whether the customer has the first result when it is done."""
        return self.milestone is Milestone.FIRST_VALUE

    @property
    def article_id(self) -> int | None:
        """The article that it is done with; None where it is something else."""
        return int(self.reference) if self.instrument is Instrument.ARTICLE else None

    def content(self) -> dict[str, Any]:
        """Return what it says, by column."""
        return {name: getattr(self, name) for name in CONTENT}


CONTENT = tuple(StepContent.__annotations__)


class MapStep(StepContent, Base):
    """One step of a version of a success map."""

    __tablename__ = "map_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("map_versions.id", ondelete="CASCADE"))

    version: Mapped[MapVersion] = relationship(back_populates="steps", lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("version_id", "key"),)


class Checklist(Base):
    """A success map made concrete for one account: a version of it, for which `team` ('' for everyone).

    It keeps that version until someone moves it to a newer one.
    """

    __tablename__ = "checklists"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    success_map_id: Mapped[int] = mapped_column(ForeignKey("success_maps.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("map_versions.id"), index=True)
    team: Mapped[str] = mapped_column(String(120), default="")
    started_on: Mapped[date]
    ends_on: Mapped[date]
    completed_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    success_map: Mapped[SuccessMap] = relationship(lazy="raise_on_sql")
    version: Mapped[MapVersion] = relationship(lazy="raise_on_sql")
    steps: Mapped[list["ChecklistStep"]] = relationship(
        back_populates="checklist",
        order_by="ChecklistStep.position",
        lazy="raise_on_sql",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    __table_args__ = (UniqueConstraint("account_id", "success_map_id", "team"),)

    def name(self, language: str) -> str:
        """Return the map's name, with the team where it is for one."""
        name = self.success_map.name(language)
        return f"{name} – {self.team}" if self.team else name

    @property
    def is_complete(self) -> bool:
        """Whether every required step has been done."""
        return self.completed_at is not None

    def settle(self) -> None:
        """Complete the checklist when its last required step was done, however late that became known."""
        times = [step.completed_at for step in self.steps if step.is_required]
        known = [at for at in times if at is not None]
        self.completed_at = max(known) if len(known) == len(times) else None


class ChecklistStep(StepContent, Base):
    """A step of one account's checklist, copied from its map when the checklist was made.

    `chosen_on` is the day someone chose; None while its date follows from the map. `completed_at` is None
    while it is open. `proved_by` holds the ids of the signals that completed it; None when a person did, who
    is `completed_by`. `reopened_at` is when someone last opened it again: only later signals prove it anew.
    `reopened_because` says what became of the proof of a step that opened by itself, since its proof was
    taken back. Both are None if that never was.
    """

    __tablename__ = "checklist_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklists.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    chosen_on: Mapped[date | None]
    completed_at: Mapped[datetime | None]
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    proved_by: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    reopened_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    reopened_because: Mapped[str | None] = mapped_column(String(20))

    checklist: Mapped[Checklist] = relationship(back_populates="steps", lazy="raise_on_sql")
    completed_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("checklist_id", "key"),
        Index(
            "ix_checklist_steps_open",
            "checklist_id",
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
        Index(
            "ix_checklist_steps_proved",
            "checklist_id",
            "completed_at",
            sqlite_where=text("proved_by IS NOT NULL"),
            postgresql_where=text("proved_by IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.

    @property
    def is_done(self) -> bool:
        """Whether it was completed and not opened again since."""
        return self.completed_at is not None

    def complete(self, *, at: datetime, by_id: int | None) -> bool:
        """Let a person complete the step at a UTC time; False if it is done already."""
        if self.is_done:
            return False
        self.completed_at, self.completed_by_id = at, by_id
        self.reopened_because = None
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
