from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.audience import PUBLIC, Audience
from portal.core.db import transaction
from portal.search import indexing, service
from portal.search.engine import SearchEngine
from portal.search.models import DocumentKind
from tests.factories import NOW

Put = Callable[..., None]


@pytest.fixture
def engine(app: Flask) -> SearchEngine:
    found: SearchEngine = app.extensions["search_engine"]
    return found


@pytest.fixture
def put(session: Session) -> Put:
    """Make an article findable, as its feature would."""

    def run(key: str = "article:1", title: str = "Print labels", **values: object) -> None:
        fields: dict[str, object] = {
            "group": key,
            "kind": DocumentKind.ARTICLE,
            "language": "en",
            "body": "Choose the printer and press the button.",
            "path": f"/help/en/articles/{key}",
            "audience": PUBLIC,
            "now": NOW,
        }
        with transaction(wake=False) as writing:
            service.put(writing, key=key, title=title, **(fields | values))  # type: ignore[arg-type]  # Columns.

    return run


@pytest.fixture
def put_post(put: Put) -> Put:
    """Make a post within a topic findable."""

    def run(key: str, *, group: str, body: str, audience: Audience = PUBLIC) -> None:
        put(key, "", group=group, kind=DocumentKind.TOPIC, body=body, audience=audience)

    return run


@pytest.fixture
def follow(engine: SearchEngine) -> Callable[[], int]:
    """Let the index follow the table."""
    return lambda: indexing.follow(engine)
