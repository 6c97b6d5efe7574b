"""The declarative base, the column types every table shares, and inserts that tolerate repetition."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Executable,
    MetaData,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; refuse an instant without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC; SQLite forgets the zone and PostgreSQL uses its own."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table; constraint names are predictable so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  # SQLAlchemy's own protocol.


class days_before(FunctionElement[date]):  # noqa: N801  # Written like the functions of `func`.
    """The day so many days before another: `days_before(day, 28)`."""

    type = Date()
    inherit_cache = True


@compiles(days_before)
def _minus(element: days_before, compiler: SQLCompiler, **words: Any) -> str:
    day, days = element.clauses
    return f"({compiler.process(day, **words)} - {compiler.process(days, **words)})"


@compiles(days_before, "sqlite")
def _minus_in_text(element: days_before, compiler: SQLCompiler, **words: Any) -> str:
    day, days = element.clauses
    return f"date({compiler.process(day, **words)}, -{compiler.process(days, **words)} || ' days')"


def insert_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Insert the rows that break no unique constraint; return the (first) primary keys of the new ones.

    Rows that exist already are left as they are.
    """
    if not rows:
        return []
    key = inspect(table).primary_key[0]
    statement = _insert_on(session.get_bind().dialect.name)(table).on_conflict_do_nothing().returning(key)
    return list(session.scalars(statement, list(rows)))


def number_on(session: Session, table: type[Base]) -> None:
    """Let new rows of a table be numbered after those that came with their ids."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite does so by itself.
        name = table.__tablename__
        sequence = func.pg_get_serial_sequence(name, "id")
        highest = select(func.max(table.__table__.c.id)).scalar_subquery()
        session.execute(select(func.setval(sequence, func.greatest(highest, func.nextval(sequence)))))


def upsert(session: Session, table: type[Base], row: Mapping[str, Any], *, unique: str) -> None:
    """Insert a row given by its columns, or give these values to the row with the same unique column."""
    session.execute(_upsert(session.get_bind().dialect.name, table, unique, tuple(row)), [row])


def insert_or_hold(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, unique: str
) -> None:
    """Insert rows; those that exist already, by a unique column, are held until the transaction ends."""
    insert_or_change(session, table, rows, unique=unique, change=lambda new: {unique: new[unique]})


def insert_or_change(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: str,
    change: Callable[[Mapping[str, ColumnElement[Any]]], Mapping[str, Any]],
) -> None:
    """Insert rows; those that exist already, by a unique column, are changed, given the new values."""
    statement = _insert_on(session.get_bind().dialect.name)(table.__table__)
    new = change(dict(statement.excluded))
    session.execute(statement.on_conflict_do_update(index_elements=[unique], set_=new), list(rows))


@cache
def _upsert(dialect: str, table: type[Base], unique: str, columns: tuple[str, ...]) -> Executable:
    statement = _insert_on(dialect)(table.__table__)
    new = {name: statement.excluded[name] for name in columns if name != unique}
    return statement.on_conflict_do_update(index_elements=[unique], set_=new)


def _insert_on(dialect: str) -> Callable[[Any], sqlite.Insert | postgresql.Insert]:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert
