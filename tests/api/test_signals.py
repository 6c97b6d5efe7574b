"""Signals that come by the API: what is kept, what is refused, and what a call may be."""

import gzip
import json
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.api import gate
from portal.api.bodies import LARGEST_BODY
from portal.api.keys.models import ApiKey
from portal.api.keys.rules import Scope
from portal.web.limits import limiter
from tests.api.conftest import Ask, make_key, signal, tell
from tests.factories import make_account

NOTHING_BAD: list[object] = []


@pytest.fixture(autouse=True)
def acme(session: Session) -> None:
    make_account(session, external_id="acme")


def kept(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Signal.key).order_by(Signal.id)))


def test_the_good_ones_are_kept_whatever_the_bad_ones_are(ask: Ask, session: Session) -> None:
    answer = tell(
        ask,
        [
            signal("a"),
            signal("b", account="nobody"),
            "nonsense",
            signal("c", occurred_at="yesterday"),
            signal("d"),
        ],
    )
    assert (answer["accepted"], answer["duplicate"], answer["unmatched"]) == (2, 0, 1)
    assert [one["index"] for one in answer["rejected"]] == [2, 3]
    assert answer["rejected"][1]["reason"] == "yesterday is no ISO 8601 time"
    assert kept(session) == ["a", "d"]


def test_a_field_that_no_text_can_name_is_refused_by_itself(ask: Ask, session: Session) -> None:
    answer = tell(ask, [signal("a"), signal("b", **{"x\ud800": 1})])
    assert answer["rejected"] == [{"index": 1, "reason": "x\\ud800 is no field of a signal"}]
    assert kept(session) == ["a"]


def test_telling_it_again_changes_nothing(ask: Ask, session: Session) -> None:
    tell(ask, [signal("a"), signal("b")])
    answer = tell(ask, [signal("b"), signal("c")])
    assert (answer["accepted"], answer["duplicate"], answer["rejected"]) == (1, 1, NOTHING_BAD)
    assert kept(session) == ["a", "b", "c"]


def test_a_key_that_comes_twice_in_one_call_counts_once(ask: Ask, session: Session) -> None:
    answer = tell(ask, [signal("a"), signal("a", account="acme"), signal("b")])
    assert (answer["accepted"], answer["duplicate"]) == (2, 1)
    assert kept(session) == ["a", "b"]


def test_the_next_key_of_a_system_keeps_its_idempotency(ask: Ask, session: Session) -> None:
    tell(ask, [signal("a")])
    next_key = make_key(session, name="Billing, new", source="billing")
    answer = ask("POST", "/signals", key=next_key, json={"signals": [signal("a")]})
    assert answer.json["duplicate"] == 1

    another = make_key(session, name="CRM", source="crm")
    answer = ask("POST", "/signals", key=another, json={"signals": [signal("a")]})
    assert answer.json["accepted"] == 1
    sources = session.scalars(select(Signal.source).order_by(Signal.source))
    assert list(sources) == ["api:billing", "api:crm"]


def test_an_empty_list_is_nothing_wrong(ask: Ask) -> None:
    assert tell(ask, []) == {"accepted": 0, "duplicate": 0, "unmatched": 0, "rejected": []}


def test_a_thousand_come_at_once_and_no_more(ask: Ask, session: Session) -> None:
    answer = ask("POST", "/signals", json={"signals": [signal(f"k{n}") for n in range(1001)]})
    assert answer.status_code == 413
    assert "1,000" in answer.json["detail"]
    assert kept(session) == []
    assert tell(ask, [signal(f"k{n}") for n in range(1000)])["accepted"] == 1000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"signals": []} trailing', 400),
        (b'{"signals": [{"key": "a", "data": {"n": NaN}}]}', 400),
        (b'{"signals": [{"key": "a", "data": {"n": 1e999}}]}', 400),
        (b'{"signals": [{"key": "a", "data": {"n": ' + b"9" * 5000 + b"}}]}", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"signals": [{"data": ' + b'{"a":' * 30 + b"1" + b"}" * 30 + b"}]}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"signals": {}}', 422),
        (b'{"signals": [], "source": "mine"}', 422),
    ],
)
def test_what_is_no_call_is_refused_whole(ask: Ask, body: bytes, status: int) -> None:
    answer = ask("POST", "/signals", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_depth_is_bounded_where_it_is_said_to_be(ask: Ask) -> None:
    deep: Any = 1
    for _ in range(17):
        deep = {"a": deep}
    assert len(tell(ask, [signal("a", data=deep)])["rejected"]) == 1
    assert ask("POST", "/signals", json={"signals": [signal("b", data={"a": deep})]}).status_code == 400


def test_a_body_has_to_be_plain_json(ask: Ask) -> None:
    body = json.dumps({"signals": [signal("a")]}).encode()
    plain = ask("POST", "/signals", data=body, content_type="text/plain")
    packed = ask(
        "POST",
        "/signals",
        data=gzip.compress(body),
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    form = ask("POST", "/signals", data={"signals": "[]"})
    assert [answer.status_code for answer in (plain, packed, form)] == [415, 415, 415]
    assert {answer.mimetype for answer in (plain, packed, form)} == {"application/problem+json"}


def test_a_body_is_bounded(ask: Ask) -> None:
    body = b'{"signals": []' + b" " * LARGEST_BODY + b"}"
    answer = ask("POST", "/signals", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert "4 MiB" in answer.json["detail"]


def test_who_asks_too_often_is_told_when_to_come_again(
    ask: Ask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    other = make_key(session, name="CRM", source="crm")
    key_id = session.scalar(select(func.min(ApiKey.id)))
    limiter.reset()
    for _ in range(gate.CALLS_A_MINUTE):
        limiter.limiter.hit(gate._RATE, "api", str(key_id))
    answer = ask("POST", "/signals", json={"signals": []})
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert ask("POST", "/signals", key=other, json={"signals": []}).status_code == 200


def test_other_methods_are_refused_and_options_answered(ask: Ask) -> None:
    answer = ask("GET", "/signals")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "POST" in answer.headers["Allow"]
    assert ask("OPTIONS", "/signals", key=None).headers["Allow"]
    assert ask("HEAD", "/accounts").data == b""
    assert ask("HEAD", "/accounts", key=None).status_code == 401


def test_a_key_needs_the_scope(ask: Ask, session: Session) -> None:
    key = make_key(session, *set(Scope) - {Scope.SIGNALS_WRITE})
    answer = ask("POST", "/signals", key=key, json={"signals": []})
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "signals:write" in answer.json["detail"]
