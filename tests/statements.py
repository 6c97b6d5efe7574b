"""What is asked of the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from portal.core.db import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that are executed meanwhile."""
    seen: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", see)
    yield seen
    event.remove(db.engine, "before_cursor_execute", see)


@contextmanager
def steps_of_the_database() -> Iterator[list[int]]:
    """Count, in hundreds, the instructions that SQLite executes meanwhile: each row it touches takes some."""
    counted: list[int] = []
    driver = db.session.connection().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(lambda: counted.append(100), 100)
    yield counted
    driver.set_progress_handler(None, 0)
