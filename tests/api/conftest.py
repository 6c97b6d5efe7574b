"""A system that asks: its key, and how it sends."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.actors import SYSTEM
from portal.api.keys import service
from portal.api.keys.rules import Scope
from portal.api.keys.service import KeyDraft

Ask = Callable[..., Any]


def make_key(
    session: Session, *scopes: Scope, name: str = "Billing", source: str = "billing", days: int | None = None
) -> str:
    """Make a key with some scopes, or with all; return its text."""
    draft = KeyDraft(name=name, scopes=scopes or tuple(Scope), source=source, days=days)
    made = service.make_key(session, actor=SYSTEM, draft=draft, now=datetime.now(UTC))
    session.commit()
    return made.text


def signal(key: str, **values: Any) -> dict[str, Any]:
    """Return one fact as it is sent."""
    fact = {"key": key, "kind": "feature.used", "occurred_at": "2026-11-20T09:00:00+09:00", "account": "acme"}
    return fact | values


@pytest.fixture
def ask(client: FlaskClient, session: Session) -> Ask:
    """Ask the API with a key that may do everything, or with a given one."""
    every = make_key(session)

    def send(method: str, path: str, *, key: str | None = every, **rest: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= rest.pop("headers", {})
        return client.open(f"/api/v1{path}", method=method, headers=headers, **rest)

    return send


def tell(ask: Ask, items: Iterable[object]) -> Any:
    """Report signals; return the answer."""
    answer = ask("POST", "/signals", json={"signals": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json
