"""Keys: who makes them, what they open, and how they end."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import User
from portal.api.keys import queries, service
from portal.api.keys.models import ApiKey
from portal.api.keys.rules import PREFIX, Scope, source_named
from portal.api.keys.service import KeyDraft
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from tests.api.conftest import Ask, make_key
from tests.factories import actor_of, make_user

Browse = Callable[[User], FlaskClient]

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DRAFT = KeyDraft(name="Billing", scopes=[Scope.SIGNALS_WRITE])


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, role=Role.ADMIN, name="Ada Mori")


def stored(session: Session) -> ApiKey:
    session.rollback()
    session.expire_all()
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc()).limit(1)).one()


def test_only_the_hash_of_a_key_is_kept(session: Session, admin: User) -> None:
    made = service.make_key(session, actor=actor_of(admin), draft=DRAFT, now=NOW)
    session.commit()
    row = session.execute(select(ApiKey.__table__)).one()
    assert made.text.startswith(PREFIX)
    assert len(made.text) > 43
    assert not any(made.text in str(value) for value in row)
    assert (row.ending, row.made_by_id, row.source) == (made.text[-4:], admin.id, "billing")


def test_only_admins_have_to_do_with_keys(session: Session) -> None:
    staff = actor_of(make_user(session, role=Role.STAFF))
    made = service.make_key(session, actor=SYSTEM, draft=DRAFT, now=NOW)
    with pytest.raises(ForbiddenError):
        service.make_key(session, actor=staff, draft=DRAFT, now=NOW)
    with pytest.raises(NotFoundError):
        service.revoke_key(session, actor=staff, key_id=made.row.id, now=NOW)
    with pytest.raises(NotFoundError):
        queries.keys_for(session, staff)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (KeyDraft(name=" ", scopes=[Scope.SIGNALS_WRITE]), "name"),
        (KeyDraft(name="a\x00b", scopes=[Scope.SIGNALS_WRITE]), "name"),
        (KeyDraft(name="x" * 81, scopes=[Scope.SIGNALS_WRITE]), "name"),
        (KeyDraft(name="Billing", scopes=[]), "scopes"),
        (KeyDraft(name="Billing", scopes=[Scope.SIGNALS_WRITE], days=7), "days"),
        (KeyDraft(name="Billing", scopes=[Scope.SIGNALS_WRITE], source="No Spaces"), "source"),
        (KeyDraft(name="請求", scopes=[Scope.SIGNALS_WRITE]), "source"),
    ],
)
def test_a_draft_that_cannot_be_used_is_told_where(session: Session, draft: KeyDraft, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        service.make_key(session, actor=SYSTEM, draft=draft, now=NOW)
    assert caught.value.field == field


def test_two_systems_never_share_a_source_by_accident(session: Session) -> None:
    service.make_key(session, actor=SYSTEM, draft=DRAFT, now=NOW)
    with pytest.raises(InvalidError, match="billing"):
        service.make_key(session, actor=SYSTEM, draft=DRAFT, now=NOW)
    shared = KeyDraft(name="Billing, 2027", scopes=[Scope.SIGNALS_WRITE], source="billing")
    assert service.make_key(session, actor=SYSTEM, draft=shared, now=NOW).row.source == "billing"


def test_a_name_may_have_wide_spaces(session: Session) -> None:
    draft = KeyDraft(name="請求\u3000基盤", scopes=[Scope.SIGNALS_WRITE], source="billing")
    assert service.make_key(session, actor=SYSTEM, draft=draft, now=NOW).row.name == "請求\u3000基盤"


def test_a_source_is_short_and_plain() -> None:
    assert source_named("Billing, Production (EU)") == "billing-production-eu"
    assert source_named("Ｃｒｍ 顧客") == "crm"
    assert len(source_named("x" * 100)) == 40


def test_a_key_opens_until_it_is_revoked(ask: Ask, session: Session) -> None:
    key = make_key(session, name="CRM", source="crm")
    assert ask("GET", "/accounts", key=key).status_code == 200
    service.revoke_key(session, actor=SYSTEM, key_id=stored(session).id, now=datetime.now(UTC))
    session.commit()
    assert ask("GET", "/accounts", key=key).status_code == 401


def test_a_key_opens_until_it_expires(ask: Ask, session: Session) -> None:
    key = make_key(session, name="CRM", source="crm", days=30)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29)):
        assert ask("GET", "/accounts", key=key).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert ask("GET", "/accounts", key=key).status_code == 401


def test_a_key_outlives_its_maker(ask: Ask, session: Session, admin: User) -> None:
    draft = KeyDraft(name="CRM", scopes=list(Scope))
    key = service.make_key(session, actor=actor_of(admin), draft=draft, now=datetime.now(UTC)).text
    session.delete(session.get_one(User, admin.id))
    session.commit()
    assert ask("GET", "/accounts", key=key).status_code == 200
    assert stored(session).made_by_id is None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "bearer engawa_é", "Bearer " + "x" * 5000],
)
def test_what_is_no_key_opens_nothing(client: FlaskClient, ask: Ask, header: str) -> None:
    answer = client.get("/api/v1/accounts", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json
    assert answer.json["title"] == "Unauthorized"


def test_no_cookie_opens_anything_and_none_is_set(
    app: Flask, session: Session, browser_of: Browse, admin: User
) -> None:
    browser, key = browser_of(admin), make_key(session)
    assert browser.get("/staff/settings/keys/").status_code == 200
    assert browser.get("/api/v1/accounts").status_code == 401
    answer = browser.get("/api/v1/accounts", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_no_form_token_is_asked_for(app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert ask("POST", "/signals", json={"signals": []}).status_code == 200


def test_its_last_use_is_noted_once_a_minute(ask: Ask, session: Session) -> None:
    start = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    key = make_key(session, name="CRM", source="crm")
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            ask("GET", "/accounts", key=key)
        assert stored(session).last_used_at == start + timedelta(seconds=noted)


def test_a_key_is_told_to_nobody(ask: Ask, session: Session, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = make_key(session, name="CRM", source="crm")
    answers = [
        ask("POST", "/signals", key=key, data=b"{", content_type="application/json"),
        ask("POST", "/signals", key=key, json={"signals": [{}]}),
        ask("GET", "/accounts/nobody", key=key),
        ask("GET", "/accounts", key=f"{key}x"),
    ]
    assert [answer.status_code for answer in answers] == [400, 200, 404, 401]
    assert not any(key in answer.text for answer in answers)
    assert key not in caplog.text


def test_an_address_that_there_is_not_is_a_problem_too(ask: Ask) -> None:
    answer = ask("GET", "/nothing", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_crash_is_a_problem_too(
    ask: Ask, session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "api_accounts.list_accounts", lambda: 1 / 0)
    answer = ask("GET", "/accounts")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")


# The pages.


def test_a_key_is_made_shown_once_and_revoked(session: Session, browser_of: Browse, admin: User) -> None:
    browser = browser_of(admin)
    form = {"name": "Billing", "scopes": ["signals:write", "accounts:read"], "source": "", "days": "90"}
    page = browser.post("/staff/settings/keys/", data=form)
    made = stored(session)
    assert page.status_code == 201
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.text.count(PREFIX) == 2
    assert "curl" in page.text
    assert made.scopes == ["signals:write", "accounts:read"]
    assert made.expires_at is not None
    assert made.expires_at - made.made_at == timedelta(days=90)

    listed = browser.get("/staff/settings/keys/").text
    assert made.ending in listed
    assert "Ada Mori" in listed
    assert PREFIX not in listed

    answer = browser.post(f"/staff/settings/keys/{made.id}/revocation")
    assert answer.status_code == 303
    assert stored(session).revoked_at is not None
    assert "Revoked" in browser.get("/staff/settings/keys/").text


def test_what_was_typed_stays(browser_of: Browse, admin: User) -> None:
    page = browser_of(admin).post(
        "/staff/settings/keys/", data={"name": "請求システム", "scopes": ["accounts:read"], "days": "0"}
    )
    assert page.status_code == 422
    assert "請求システム" in page.text
    assert "lower-case letters" in page.text
    assert (
        browser_of(admin).post("/staff/settings/keys/", data={"name": "CRM", "scopes": ["all"]}).status_code
        == 422
    )


def test_a_curl_line_is_shown_only_for_what_the_key_may(browser_of: Browse, admin: User) -> None:
    page = browser_of(admin).post(
        "/staff/settings/keys/", data={"name": "CRM", "scopes": ["accounts:read"], "days": "0"}
    )
    assert page.status_code == 201
    assert "curl" not in page.text


def test_a_maker_who_is_no_admin_any_more_is_marked(
    session: Session, browser_of: Browse, admin: User
) -> None:
    former = make_user(session, role=Role.STAFF, name="Former Admin")
    session.add(
        ApiKey(
            name="Old",
            source="old",
            key_hash="x",
            ending="abcd",
            scopes=[],
            made_at=NOW,
            made_by_id=former.id,
        )
    )
    session.commit()
    assert "no admin any more" in browser_of(admin).get("/staff/settings/keys/").text


# The command.


def test_the_command_makes_lists_and_revokes(app: Flask, session: Session, ask: Ask) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["api", "keys", "add", "CRM", "--scope", "accounts:read", "--days", "30"])
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert ask("GET", "/accounts", key=key).status_code == 200

    rows = json.loads(runner.invoke(args=["api", "keys", "list", "--json"]).stdout)
    assert next((row["name"], row["source"], row["scopes"], row["state"]) for row in rows) == (
        "CRM",
        "crm",
        ["accounts:read"],
        "works",
    )
    assert key not in json.dumps(rows)
    assert "2 keys" in runner.invoke(args=["api", "keys", "list"]).stdout

    revoked = runner.invoke(args=["api", "keys", "revoke", str(rows[0]["id"])])
    assert revoked.exit_code == 0
    assert ask("GET", "/accounts", key=key).status_code == 401


def test_the_command_says_what_is_wrong(app: Flask, ask: Ask) -> None:
    runner = app.test_cli_runner()
    again = runner.invoke(args=["api", "keys", "add", "Billing", "--scope", "accounts:read"])
    assert again.exit_code == 1
    assert "another name" in again.stderr
    assert runner.invoke(args=["api", "keys", "add", "CRM"]).exit_code == 2
    assert runner.invoke(args=["api", "keys", "revoke", "424242"]).exit_code == 1
