"""Reads of the ledger; only staff see other people's signals."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.adoption.kinds import RECEIVED
from portal.adoption.models import PersonDay, Signal
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor, Page

SIGNALS_A_PAGE: Final = 50
MOST_SUBJECTS_A_DAY: Final = 30


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("signals")


def signals_for(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    kinds: Collection[str] = (),
    since: date | None = None,
    until: date | None = None,
    after: Cursor | None = None,
    size: int = SIGNALS_A_PAGE,
) -> Page[Signal]:
    """Return an account's signals, newest first: those of some kinds (see `tallies`), or all.

    `since` and `until` are the first and the last day of them; None for no limit.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    query = select(Signal).where(Signal.account_id == account_id)
    if kinds:
        query = query.where(is_one_of(Signal, kinds))
    if since:
        query = query.where(Signal.day >= since)
    if until:
        query = query.where(Signal.day <= until)
    if after:
        query = query.where(after.after(Signal.occurred_at, Signal.id))
    newest_first = query.order_by(Signal.occurred_at.desc(), Signal.id.desc())
    rows = session.scalars(newest_first.limit(size + 1)).all()
    return Page.cut(rows, size, lambda signal: Cursor(at=signal.occurred_at, id=signal.id))


def signals_by_ids_for(session: Session, actor: Actor, ids: Collection[int]) -> Sequence[Signal]:
    """Return these rows of the ledger, newest first: what a figure counted.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rows = select(Signal).where(Signal.id.in_(ids))
    return session.scalars(rows.order_by(Signal.occurred_at.desc(), Signal.id.desc())).all()


def names_for(session: Session, actor: Actor, signals: Iterable[Signal]) -> Mapping[int | None, str]:
    """Return the names of the people behind some signals, by person's id.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    return accounts.names_of(session, (signal.user_id for signal in signals))


def kind_counts_for(session: Session, actor: Actor, account_id: int) -> Mapping[str, int]:
    """Return how many signals of each kind an account has ever had, by kind.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rows = session.execute(
        select(PersonDay.kind, func.sum(PersonDay.signals))
        .where(PersonDay.account_id == account_id)
        .group_by(PersonDay.kind)
        .order_by(PersonDay.kind)
    )
    return {kind: int(count) for kind, count in rows}


def last_activity_for(session: Session, actor: Actor, account_id: int) -> Mapping[int, datetime]:
    """Return when each person of an account last did something, by person's id.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rows = session.execute(
        select(Signal.user_id, func.max(Signal.occurred_at))
        .where(
            Signal.account_id == account_id,
            Signal.user_id.is_not(None),
            Signal.left_out_as.is_(None),
            Signal.kind.not_in(RECEIVED),
        )
        .group_by(Signal.user_id)
    )
    return {user_id: at for user_id, at in rows if user_id is not None}


def active_people_for(session: Session, actor: Actor, *, since: date, until: date) -> Mapping[int, int]:
    """Return how many different people of each account left a signal from one day to another, both included.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rows = session.execute(
        select(PersonDay.account_id, func.count(PersonDay.person.distinct()))
        .where(PersonDay.person != "", PersonDay.day.between(since, until))
        .group_by(PersonDay.account_id)
    )
    return dict(rows.all())


def tallies(
    session: Session, account_ids: Collection[int], *, since: Mapping[str, date], until: date
) -> Iterator[Row[int, str, date, str, int]]:
    """Yield account's id, kind, day, person and number of signals of some accounts, up to a day.

    `since` says for each kind from which day on every day of a person is a row of its own. What is earlier is
    one row for each person, with the last day. A kind that ends with a star, such as `product.*`, stands for
    all that begin like it. The person is empty where nobody is behind the signals.
    """
    if not since:
        return
    days = sorted(set(since.values()))
    kinds = tuple(tuple(kind for kind in since if since[kind] == day) for day in days)
    told = {"account_ids": list(account_ids), "until": until}
    told |= {f"since_{place}": day for place, day in enumerate(days)}
    for statement in _tally_statements(kinds):
        yield from session.execute(statement, told)


@lru_cache(maxsize=64)
def _tally_statements(
    kinds: Sequence[Sequence[str]],
) -> tuple[Select[int, str, date, str, int], Select[int, str, date, str, int]]:
    """Select what is recent and what is earlier; kinds that are recent since the same day stand together."""
    of_accounts = (
        PersonDay.account_id.in_(bindparam("account_ids", expanding=True)),
        PersonDay.day <= bindparam("until"),
    )
    is_recent = or_(
        *(
            and_(is_one_of(PersonDay, some), PersonDay.day >= bindparam(f"since_{place}"))
            for place, some in enumerate(kinds)
        )
    )
    is_any = is_one_of(PersonDay, [kind for some in kinds for kind in some])
    place = (PersonDay.account_id, PersonDay.kind)
    each = select(*place, PersonDay.day, PersonDay.person, PersonDay.signals)
    earlier = select(*place, func.max(PersonDay.day), PersonDay.person, func.sum(PersonDay.signals))
    return (
        each.where(*of_accounts, is_recent),
        earlier.where(*of_accounts, is_any, not_(is_recent)).group_by(*place, PersonDay.person),
    )


def recordings(
    session: Session, account_ids: Collection[int]
) -> Sequence[Row[int | None, str, date, datetime, int]]:
    """Return some accounts' signals: account's id, kind, day, when they were recorded, and how many then."""
    place = (Signal.account_id, Signal.kind, Signal.day, Signal.recorded_at)
    return session.execute(
        select(*place, func.count())
        .where(Signal.account_id.in_(account_ids), Signal.left_out_as.is_(None))
        .group_by(*place)
    ).all()


def is_any_recorded(session: Session, *, kind: str) -> bool:
    """Tell whether there is a signal of a kind."""
    return session.scalar(select(Signal.id).where(Signal.kind == kind).limit(1)) is not None


def people_who_did(session: Session, *, kind: str, subject: str) -> Sequence[int]:
    """Return the ids of the people of whom the ledger has a kind of signal about a subject."""
    did = (Signal.kind == kind, Signal.subject == subject, Signal.left_out_as.is_(None))
    query = select(Signal.user_id).where(*did).distinct()
    return [user_id for user_id in session.scalars(query) if user_id is not None]


def pairs_read_together(
    session: Session, *, kinds: Collection[str], since: datetime
) -> Mapping[tuple[str, str], int]:
    """Return on how many days of people two subjects met in signals of some kinds, by their names in order.

    The pair of a subject with itself counts the days on which it was there. A day on which someone met more
    than 30 subjects is left out: who takes everything says nothing of what belongs together.
    """
    met = (
        select(Signal.person, Signal.day, Signal.subject)
        .where(
            Signal.kind.in_(kinds),
            Signal.occurred_at >= since,
            Signal.left_out_as.is_(None),
            Signal.person.is_not(None),
            Signal.subject.is_not(None),
        )
        .distinct()
        .cte("met")
    )
    days = (
        select(met.c.person, met.c.day)
        .group_by(met.c.person, met.c.day)
        .having(func.count() <= MOST_SUBJECTS_A_DAY)
        .cte("days")
    )
    one, other = met.alias("one"), met.alias("other")
    rows = session.execute(
        select(one.c.subject, other.c.subject.label("other"), func.count().label("number"))
        .join(days, and_(days.c.person == one.c.person, days.c.day == one.c.day))
        .join(other, and_(other.c.person == one.c.person, other.c.day == one.c.day))
        .where(one.c.subject <= other.c.subject)
        .group_by(one.c.subject, other.c.subject)
    )
    return {(row.subject, row.other): row.number for row in rows}


def is_one_of(table: type[PersonDay | Signal], kinds: Collection[str]) -> ColumnElement[bool]:
    """Select rows of some kinds; one that ends with a star stands for all that begin like it."""
    families = [table.kind.startswith(name[:-1], autoescape=True) for name in kinds if name.endswith("*")]
    return or_(table.kind.in_(kinds), *families)
