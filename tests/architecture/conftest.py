from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.config import Settings
from tests.architecture.world import World, make_world

Look = Callable[[str], FlaskClient]


@pytest.fixture
def world(app: Flask, session: Session, work: Callable[[], None]) -> World:
    settings: Settings = app.extensions["settings"]
    return make_world(session, work, uploads=settings.uploads_dir)


@pytest.fixture
def look(app: Flask, world: World, browser_of: Callable[[User], FlaskClient]) -> Look:
    """Make a fresh browser of one of the readers."""

    def open_browser(reader: str) -> FlaskClient:
        return app.test_client() if reader == "visitor" else browser_of(world.people[reader])

    return open_browser
