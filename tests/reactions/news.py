"""What happened, as a worker brings it to reactions: in any order, and some of it twice."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.outbox import Event, OutboxEvent

Reaction = Callable[[Session, Any, datetime], None]


class News:
    """The events of some kinds, recorded from now on, and what follows from each."""

    def __init__(
        self, session: Session, reacts: Mapping[type[Event], Sequence[Reaction]], *, now: datetime
    ) -> None:
        self._session, self._reacts, self._now = session, reacts, now
        self._delivered: list[Event] = []
        self._since = session.scalar(select(func.max(OutboxEvent.id))) or 0

    def fresh(self) -> list[Event]:
        """Return the events that are new, each once."""
        new = select(OutboxEvent).where(OutboxEvent.id > self._since).order_by(OutboxEvent.id)
        rows = self._session.scalars(new).all()
        self._since = max((row.id for row in rows), default=self._since)
        events = [Event.restore(row.name, row.payload) for row in rows]
        return [event for event in events if type(event) in self._reacts]

    def deliver(self, events: Sequence[Event]) -> None:
        """Let everything follow from some events."""
        for event in events:
            for reaction in self._reacts[type(event)]:
                reaction(self._session, event, self._now)
                self._session.commit()

    def catch_up(self, chance: Random) -> None:
        """Deliver what is new in any order, and some of it twice."""
        fresh = self.fresh()
        again = chance.sample(self._delivered, min(len(self._delivered), 2))
        self._delivered.extend(fresh)
        self.deliver(chance.sample([*fresh, *again], len(fresh) + len(again)))

    def settle(self) -> None:
        """Deliver what is new until nothing is."""
        while events := self.fresh():
            self.deliver(events)
