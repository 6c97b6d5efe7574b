"""The outbox: what happened is stored with the change itself and drained after the commit.

Each event meets each of its reactions in a transaction of its own, which also writes the delivery row;
so a reaction's database effects happen once, however many workers drain and however often they are killed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar, cast

from sqlalchemy import JSON, ForeignKey, String, Table, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.orm import Base, insert_new

log = logging.getLogger(__name__)

BATCH: Final = 25
FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; subclasses hold only what JSON can carry (tuples for lists)."""

    known: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event.known[cls.__name__] = cls

    @classmethod
    def restore(cls, name: str, payload: Mapping[str, Any]) -> "Event":
        """Make the event again that was recorded under this name."""
        kind = cls.known[name]
        names = {item.name for item in fields(kind)}
        plain = {key: tuple(value) if isinstance(value, list) else value for key, value in payload.items()}
        return kind(**{key: value for key, value in plain.items() if key in names})


E = TypeVar("E", bound=Event)
Reaction = Callable[[Session, Any, datetime], None]
Row = tuple[type[Event], Reaction]


def on(kind: type[E], *reactions: Callable[[Session, E, datetime], None]) -> tuple[Row, ...]:
    """Write one line of the reaction table: what follows, each by itself, from a kind of event."""
    return tuple((kind, reaction) for reaction in reactions)


class OutboxEvent(Base):
    """A recorded event; `finished_at` is None until every reaction was delivered."""

    __tablename__ = "outbox_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class OutboxDelivery(Base):
    """One reaction that has had its effect."""

    __tablename__ = "outbox_deliveries"

    event_id: Mapped[int] = mapped_column(
        ForeignKey("outbox_events.id", ondelete="CASCADE"), primary_key=True
    )
    reaction: Mapped[str] = mapped_column(String(120), primary_key=True)


_RECORD: Final = insert(cast("Table", OutboxEvent.__table__)).values(attempts=0)


def record(session: Session, event: Event) -> None:
    """Store an event in the transaction that made it true."""
    now = utc_now()
    row = {"name": type(event).__name__, "payload": asdict(event), "recorded_at": now, "next_attempt_at": now}
    session.execute(_RECORD, [row])


def name_of(reaction: Reaction) -> str:
    """Return the name under which a reaction's deliveries are stored, such as `signals.record_answer`."""
    return f"{reaction.__module__.rpartition('.')[2]}.{reaction.__name__}"


def drain(table: Iterable[Row]) -> int:
    """Deliver every event that is due, and those recorded meanwhile; return how many were finished."""
    table = tuple(table)
    finished = 0
    while some := drain_some(table):
        finished += some
    return finished


def drain_some(table: Iterable[Row]) -> int:
    """Deliver a few of the events that are due, the oldest first; return how many were finished."""
    reactions: dict[str, list[Reaction]] = {}
    for kind, reaction in table:
        reactions.setdefault(kind.__name__, []).append(reaction)
    done = [row.id for row in _due() if _deliver(row, reactions.get(row.name, []))]
    if done:
        with transaction(wake=False) as session:
            session.execute(
                update(OutboxEvent)
                .where(OutboxEvent.id.in_(done))
                .values(finished_at=utc_now(), next_attempt_at=None, last_error=None)
            )
    return len(done)


def _due() -> list[OutboxEvent]:
    session = db.session()
    session.rollback()
    query = select(OutboxEvent).where(OutboxEvent.next_attempt_at <= utc_now()).order_by(OutboxEvent.id)
    batch = list(session.scalars(query.limit(BATCH)))
    session.expunge_all()
    session.rollback()
    return batch


def _deliver(row: OutboxEvent, reactions: list[Reaction]) -> bool:
    """Give one event to its reactions; False if one failed, which is then kept for later."""
    event = Event.restore(row.name, row.payload)
    complete = True
    for reaction in reactions:
        delivery = {"event_id": row.id, "reaction": name_of(reaction)}
        try:
            with transaction(wake=False) as session:
                if insert_new(session, OutboxDelivery, [delivery]):
                    reaction(session, event, utc_now())
        except Exception as error:  # Whatever a reaction does wrong, the queue goes on.
            log.exception("reaction failed", extra=delivery)
            _postpone(row, f"{name_of(reaction)}: {error!r}")
            complete = False
    return complete


def _postpone(row: OutboxEvent, error: str) -> None:
    row.attempts += 1
    wait = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 16), LONGEST_RETRY)
    with transaction(wake=False) as session:
        session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.id == row.id)
            .values(attempts=row.attempts, last_error=error[:2000], next_attempt_at=utc_now() + wait)
        )


@dataclass(frozen=True, kw_only=True)
class OutboxStatus:
    """How many events wait, how many of them have failed before, and the oldest wait in seconds."""

    waiting: int
    failing: int
    oldest_seconds: float
    errors: tuple[str, ...]


def status(session: Session, *, now: datetime) -> OutboxStatus:
    """Describe the queue."""
    waiting = OutboxEvent.next_attempt_at.is_not(None)
    count, oldest = session.execute(
        select(func.count(), func.min(OutboxEvent.recorded_at)).where(waiting)
    ).one()
    failing = select(OutboxEvent).where(waiting, OutboxEvent.attempts > 0).order_by(OutboxEvent.id)
    rows = list(session.scalars(failing))
    return OutboxStatus(
        waiting=count,
        failing=len(rows),
        oldest_seconds=(now - oldest).total_seconds() if count else 0.0,
        errors=tuple(f"{row.id} {row.name} ×{row.attempts}: {row.last_error}" for row in rows[:20]),
    )


def retry(session: Session, *, now: datetime) -> int:
    """Make every failing event due at once; return how many."""
    changed = session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.next_attempt_at > now)
        .values(next_attempt_at=now)
        .returning(OutboxEvent.id)
    )
    return len(changed.all())


def prune(session: Session, *, now: datetime) -> None:
    """Forget events that were finished a week ago."""
    session.execute(delete(OutboxEvent).where(OutboxEvent.finished_at < now - KEPT))


def forget_finished(session: Session, kind: type[Event]) -> None:
    """Forget the events of a kind that have had all their effects, before their time."""
    mine = OutboxEvent.name == kind.__name__, OutboxEvent.finished_at.is_not(None)
    session.execute(delete(OutboxEvent).where(*mine))
