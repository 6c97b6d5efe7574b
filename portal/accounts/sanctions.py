"""Silence and suspension: who may not write or not sign in, until when and why, and what they say to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, String, Text, and_, exists, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from portal.accounts.actors import Actor
from portal.accounts.models import User, text_enum
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import Base
from portal.events import PersonSanctioned

LONGEST_DAYS: Final = 3650


class SanctionKind(StrEnum):
    """What a person may not do."""

    SILENCE = "silence"
    SUSPENSION = "suspension"


class Sanction(Base):
    """A person may not write (silence), or not sign in (suspension), until `ends_at` or until it is lifted.

    `appeal` is what they say against it; it is empty while they say nothing.
    """

    __tablename__ = "sanctions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SanctionKind] = mapped_column(text_enum(SanctionKind))
    reason: Mapped[str] = mapped_column(String(1000))
    imposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    imposed_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    appeal: Mapped[str] = mapped_column(Text, default="")
    appealed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")
    imposed_by: Mapped[User] = relationship(foreign_keys=imposed_by_id, lazy="raise_on_sql")

    def is_in_force(self, now: datetime) -> bool:
        """Whether it holds at a UTC time."""
        return self.lifted_at is None and now < self.ends_at


class SuspendedError(ForbiddenError):
    """The person may not sign in; `sanction_id` says why."""

    def __init__(self, sanction_id: int) -> None:
        super().__init__("suspended")
        self.sanction_id = sanction_id


def in_force(now: datetime) -> ColumnElement[bool]:
    """Select what holds at a UTC time."""
    return and_(Sanction.lifted_at.is_(None), Sanction.ends_at > now)


def is_sanctioned(now: datetime) -> ColumnElement[bool]:
    """Select the people who may not do everything at a UTC time."""
    return _has_one(now)


def is_suspended(now: datetime) -> ColumnElement[bool]:
    """Select the people who may not sign in at a UTC time."""
    return _has_one(now, Sanction.kind == SanctionKind.SUSPENSION)


def _has_one(now: datetime, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Sanction.user_id == User.id, in_force(now), *which)


def sanction_of(session: Session, user_id: int | None, *, now: datetime) -> Sanction | None:
    """Return what a person may not do now; None if they may do everything."""
    return session.scalar(select(Sanction).where(Sanction.user_id == user_id, in_force(now)))


def has_voice(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Tell whether the actor is neither silenced nor suspended at a UTC time."""
    return sanction_of(session, actor.user_id, now=now) is None


def require_voice(session: Session, actor: Actor, *, now: datetime) -> None:
    """Refuse what a silenced person writes.

    Raises:
        InvalidError: the actor may not write for now.
    """
    found = sanction_of(session, actor.user_id, now=now)
    if found:
        raise InvalidError(
            N_("You cannot write here until %(day)s. Your inbox says why, and how to object."),
            field="body",
            day=found.ends_at.date().isoformat(),
        )


def require_admission(session: Session, user: User, *, now: datetime) -> None:
    """Refuse a suspended person.

    Raises:
        SuspendedError: the person may not sign in for now.
    """
    found = sanction_of(session, user.id, now=now)
    if found and found.kind is SanctionKind.SUSPENSION:
        raise SuspendedError(found.id)


def impose(
    session: Session, *, actor: Actor, user_id: int, kind: SanctionKind, days: int, reason: str, now: datetime
) -> Sanction:
    """Silence or suspend a customer for some days; they are told why.

    Raises:
        ForbiddenError: the actor is not staff, or the person is.
        NotFoundError: no such person.
        InvalidError: there is no reason, or no sensible number of days.
        ConflictError: another sanction is in force.
    """
    if not actor.is_staff or actor.user_id is None:
        raise ForbiddenError("sanction")
    user = session.scalar(select(User).where(User.id == user_id).with_for_update(key_share=True))
    if user is None:
        raise NotFoundError("person")
    if user.is_staff:
        raise ForbiddenError("sanction staff")
    if not reason.strip():
        raise InvalidError(N_("Say why: the person will read it."), field="reason")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(N_("Choose for how many days, from 1 to %(n)d."), field="days", n=LONGEST_DAYS)
    if sanction_of(session, user_id, now=now):
        raise ConflictError(N_("This person is silenced or suspended already. Lift that first."))
    sanction = Sanction(
        user_id=user_id,
        kind=kind,
        reason=reason.strip()[:1000],
        imposed_by_id=actor.user_id,
        imposed_at=now,
        ends_at=now + timedelta(days=days),
    )
    session.add(sanction)
    session.flush()
    outbox.record(session, PersonSanctioned(sanction_id=sanction.id))
    return sanction


def lift(session: Session, *, actor: Actor, sanction_id: int, now: datetime) -> Sanction:
    """End a sanction early; lifting it again changes nothing.

    Raises:
        ForbiddenError: the actor is not staff.
        NotFoundError: there is no such sanction.
    """
    if not actor.is_staff:
        raise ForbiddenError("lift")
    sanction = session.get(Sanction, sanction_id, with_for_update=True)
    if sanction is None:
        raise NotFoundError("sanction")
    if sanction.lifted_at is None:
        sanction.lifted_at, sanction.lifted_by_id = now, actor.user_id
    return sanction


def object_to(session: Session, *, sanction_id: int | None, words: str, now: datetime) -> None:
    """Keep what a person says against their sanction; once.

    Raises:
        NotFoundError: there is none in force.
        InvalidError: they say nothing.
        ConflictError: they have objected already.
    """
    sanction = session.get(Sanction, sanction_id or 0, with_for_update=True)
    if sanction is None or not sanction.is_in_force(now):
        raise NotFoundError("sanction")
    if not words.strip():
        raise InvalidError(N_("Write something first."), field="words")
    if sanction.appeal:
        raise ConflictError(N_("You have objected already. A person will read it."))
    sanction.appeal, sanction.appealed_at = words.strip()[:5000], now


def sanctions_for(session: Session, actor: Actor) -> Sequence[Sanction]:
    """Return the latest sanctions, for staff; nothing for anyone else."""
    if not actor.is_staff:
        return []
    loaded = (joinedload(Sanction.user), joinedload(Sanction.imposed_by))
    return session.scalars(select(Sanction).options(*loaded).order_by(Sanction.id.desc()).limit(200)).all()
