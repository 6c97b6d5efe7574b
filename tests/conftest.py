"""One app a test process, one clean database a test; PORTAL_DATABASE_URL chooses the server."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import worker
from portal.accounts.models import User
from portal.app import create_app
from portal.core import activity
from portal.core.config import Settings, load_settings
from portal.core.db import db
from portal.core.orm import Base
from portal.search.curation import queries as curation
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
NEVER = 24 * 3600.0  # Tests write what readers did when they want to see it.
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


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


@pytest.fixture(scope="session")
def _app(tmp_path_factory: pytest.TempPathFactory, _database_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(tmp_path_factory.mktemp("site"), PORTAL_DATABASE_URL=_database_url))
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    limiter.enabled = False
    app.test_client_class = Browser
    with app.app_context():
        db.create_all()
        db.engine.dispose()
    data_dir = app.extensions["settings"].data_dir
    if not _database_url:
        shutil.copy(data_dir / "portal.db", data_dir / "empty.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity, "FLUSH_SECONDS", NEVER)
        yield app
    app.extensions["jobs"].close()
    with app.app_context():
        db.engine.dispose()


def _empty_database(app: Flask) -> None:
    data_dir = app.extensions["settings"].data_dir
    if (data_dir / "empty.db").exists():
        db.engine.dispose()
        for leftover in ("portal.db-wal", "portal.db-shm"):
            (data_dir / leftover).unlink(missing_ok=True)
        shutil.copy(data_dir / "empty.db", data_dir / "portal.db")
        return
    tables = "; ".join(str(table.delete()) for table in Base.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL session_replication_role = replica; {tables}"))


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The app, with nothing in its database, index or storage, and its context pushed."""
    settings: Settings = _app.extensions["settings"]
    with _app.app_context():
        _empty_database(_app)
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
