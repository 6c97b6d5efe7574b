"""One app a test process, one clean database a test; PORTAL_DATABASE_URL chooses the server."""

import gc
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import worker
from portal.accounts import passwords
from portal.accounts.models import User
from portal.app import create_app
from portal.core import activity
from portal.core.config import Settings, load_settings
from portal.core.db import IMMEDIATE, db
from portal.core.orm import Base
from portal.search.curation import queries as curation
from portal.search.embedding import Vectors
from portal.web.limits import limiter
from tests.factories import start_sign_in

for profile, examples in (("portal", 60), ("quick", 15)):
    hypothesis_settings.register_profile(
        profile,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
hypothesis_settings.load_profile("portal")

SERVER_URL = os.environ.get("PORTAL_DATABASE_URL", "")
SERVER_SETTINGS = {
    "lock_timeout": "60s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "300s",
    "jit": "off",
    "synchronous_commit": "off",
}
"""What hangs is told by PostgreSQL, not only found; compiling a statement costs more than a test's rows.

Tests kill our processes and never the server, so no commit has to wait for the disk.
"""

MANY_ROWS = 1000
"""After so many deleted rows a table is vacuumed: what is dead would be read on and on by the next tests."""

NEVER = 24 * 3600.0  # Tests write what readers did when they want to see it.
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DATABASES = frozenset({"_database_url", "database_url"})

_INSERTION = re.compile(r'\bINSERT (?:OR \w+ )?INTO "?(\w+)', re.IGNORECASE)
_UNCHECKED = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET LOCAL session_replication_role = replica",
}
_DELETIONS = {table.name: table.delete() for table in reversed(Base.metadata.sorted_tables)}
_written: set[str] = set()


def pytest_configure(config: pytest.Config) -> None:
    """Look for no garbage while files are collected: nearly all that is made then is kept."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look from now on for what tests leave, and never again through what was collected."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server, run only what uses its database; the rest was the same before."""
    if SERVER_URL:
        kept = [item for item in items if DATABASES & set(getattr(item, "fixturenames", ()))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def make_settings(data_dir: Path, **overrides: str) -> Settings:
    """Read settings as a site would, with a data directory of its own."""
    environment = {
        "PORTAL_DATA_DIR": str(data_dir),
        "PORTAL_SECRET_KEY": "only for tests",
        "PORTAL_DATABASE_URL": SERVER_URL,
    }
    return load_settings(environment | overrides)


@contextmanager
def own_database(server_url: str, purpose: str) -> Iterator[str]:
    """Lend this process an empty database; yield its address, which is empty where no server is given."""
    if not server_url:
        yield ""
        return
    name = f"engawa_{purpose}_{os.getpid()}"
    server = create_engine(
        server_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    drop = text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    with server.connect() as connection:
        connection.execute(drop)
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        for setting, value in SERVER_SETTINGS.items():
            connection.execute(text(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'"))
        yield server_url.rpartition("/")[0] + f"/{name}"
        connection.execute(drop)
    server.dispose()


class Browser(FlaskClient):
    """A browser each of whose requests has a context, and so a database session, of its own."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def _database_url() -> Iterator[str]:
    with own_database(SERVER_URL, "test") as url:
        yield url


@pytest.fixture
def database_url() -> Iterator[str]:
    """The address of an empty database for one test; empty for SQLite in the site's data directory."""
    with own_database(SERVER_URL, "own") as url:
        yield url


@pytest.fixture
def own_site(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """A site with a database of its own, whose queue is on PostgreSQL too where the database is."""
    urls = {"PORTAL_DATABASE_URL": database_url, "PORTAL_QUEUE_URL": database_url}
    app = create_app(make_settings(tmp_path, **urls))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def _reading_once(encode: Callable[[Sequence[str]], Vectors]) -> Callable[[Sequence[str]], Vectors]:
    """Let a model read every text once: thousands of tests write the same few."""

    @cache
    def vector(text: str) -> Vectors:
        row: Vectors = encode([text])[0]
        return row

    return lambda texts: np.array([vector(text) for text in texts])


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of a test run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if folder.name.startswith("popen-") else folder


@pytest.fixture(scope="session")
def _app(tmp_path_factory: pytest.TempPathFactory, run_folder: Path, _database_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(tmp_path_factory.mktemp("site"), PORTAL_DATABASE_URL=_database_url))
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(run_folder))  # Each template is compiled once.
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    limiter.enabled = False
    app.test_client_class = Browser
    with app.app_context():
        db.create_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity, "FLUSH_SECONDS", NEVER)
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        if embedder := app.extensions["embedder"]:
            for role in ("queries", "passages"):
                patch.setattr(embedder, role, _reading_once(getattr(embedder, role)))
        yield app
    app.extensions["jobs"].close()
    with app.app_context():
        db.engine.dispose()


@event.listens_for(Engine, "before_cursor_execute")
def _note_written(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    """Remember into which tables anything was written."""
    if found := _INSERTION.search(statement):
        _written.add(found[1])


def _empty_database() -> None:
    """Delete what the last test left; of a hundred tables it wrote into a few."""
    written = [name for name in _DELETIONS if name in _written]
    _written.clear()
    with db.engine.connect().execution_options(**IMMEDIATE) as connection, connection.begin():
        connection.exec_driver_sql(_UNCHECKED[connection.dialect.name])
        deleted = {name: connection.execute(_DELETIONS[name]).rowcount for name in written}
    crowded = [name for name, rows in deleted.items() if rows > MANY_ROWS]
    if crowded and SERVER_URL:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM {', '.join(crowded)}"))


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The app, with nothing in its database, index or storage, and its context pushed."""
    settings: Settings = _app.extensions["settings"]
    with _app.app_context():
        _empty_database()
        _app.extensions["fragments"].clear()
        if vectors := _app.extensions.get("vectors"):
            vectors.clear()
        curation.forget()
        for folder in (settings.index_dir, settings.uploads_dir):
            shutil.rmtree(folder, ignore_errors=True)
        yield _app
        _app.extensions["activity"].close()
        db.session.remove()


@pytest.fixture
def session(app: Flask) -> Session:
    """A session; end its transaction (`session.rollback()`) to see what requests have written."""
    return db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of a visitor."""
    return app.test_client()


@pytest.fixture
def browser_of(app: Flask, session: Session) -> Callable[[User], FlaskClient]:
    """Make a browser in which a person is signed in."""

    def sign_in(user: User) -> FlaskClient:
        browser = app.test_client()
        key = start_sign_in(session, user)
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = key, True
        return browser

    return sign_in


@pytest.fixture
def work(app: Flask, session: Session) -> Callable[[], None]:
    """Do what the background worker would do, and see its effects."""

    def run() -> None:
        app.extensions["activity"].flush()
        worker.work()
        session.rollback()

    return run
