"""The database handle, and the one way to write: `with transaction() as session`."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.core.errors import ConflictError
from portal.core.i18n import N_
from portal.core.orm import Base

CACHE_KIB: Final = 32 * 1024
"""What each connection to SQLite keeps at hand: the usual 2 MiB are too few for indexes of a million rows."""
CHECKPOINT_PAGES: Final = 4_000
"""After so many pages of 4 KiB SQLite moves its log into the database, each page once for many changes."""
IMMEDIATE: Final = {"sqlite_begin": "BEGIN IMMEDIATE"}

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})
migrate = Migrate()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Give each SQLite connection its pragmas, and leave BEGIN to us."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Begin as asked: a writer takes the lock before it reads, so that no update is lost."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def begin_reading(session: Session) -> None:
    """Read everything as it is at one moment from now on, whatever is written meanwhile."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


@contextmanager
def _own_turn() -> Iterator[None]:
    """Queue with the other writers of this site on SQLite, whose own waiting lets a busy worker starve pages.

    The kernel ends the turn of a process that is killed.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with (current_app.extensions["settings"].data_dir / "write.lock").open("wb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@contextmanager
def transaction(*, wake: bool = True) -> Iterator[Session]:
    """Yield the session of one write transaction, with nothing read earlier; commit, then wake the worker.

    The worker's own transactions pass `wake=False`: it goes on until nothing is left anyway.

    Raises:
        ConflictError: another writer changed the same row in between.
    """
    session = db.session()
    session.rollback()
    session.expire_all()  # Without a transaction there is nothing to roll back, but there may be old rows.
    with _own_turn():
        session.connection(execution_options=IMMEDIATE)
        try:
            yield session
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise ConflictError(
                N_("Someone else changed this at the same moment. Look at it again.")
            ) from error
        except BaseException:
            session.rollback()
            raise
    if wake:
        current_app.extensions["jobs"].wake()


def init_db(app: Flask, *, url: str, migrations: str) -> None:
    """Attach the database to an app."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations, render_as_batch=True, compare_type=True)
