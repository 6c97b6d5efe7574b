"""Reports from other systems: what is taken, what is refused and why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.ingestion import Ingested, ingest
from portal.adoption.models import Signal
from portal.core.errors import InvalidError
from portal.core.json_lines import read_line
from tests.factories import NOW, make_account, make_user

GOOD: Mapping[str, Any] = {
    "key": "e-1",
    "kind": "feature.used",
    "occurred_at": "2026-11-19T12:00:00+09:00",
    "account": "acme",
    "user": "kim@acme.example",
    "data": {"feature": "routes"},
}


@pytest.fixture(autouse=True)
def acme(session: Session) -> None:
    account = make_account(session, external_id="acme")
    make_user(session, account=account, email="kim@acme.example")
    make_user(session, account=make_account(session, external_id="globex"), email="lee@globex.example")


def tell(session: Session, *items: object) -> Ingested:
    result = ingest(session, items, source="product", now=NOW)
    session.commit()
    return result


def test_a_report_becomes_a_signal_of_its_account_and_person(session: Session) -> None:
    assert tell(session, GOOD) == Ingested(accepted=1, duplicate=0, rejected=())

    signal = session.scalars(select(Signal)).one()
    assert (signal.source, signal.key, signal.kind) == ("product", "e-1", "feature.used")
    assert signal.occurred_at.isoformat() == "2026-11-19T03:00:00+00:00"
    assert signal.person == f"user:{signal.user_id}"
    assert signal.account_id is not None
    assert signal.data == {"feature": "routes"}


def test_a_report_without_an_account_belongs_to_the_persons(session: Session) -> None:
    tell(session, {**GOOD, "account": None})
    tell(session, {**GOOD, "key": "e-2"})

    first, second = session.scalars(select(Signal).order_by(Signal.key))
    assert first.account_id == second.account_id is not None


def test_a_report_may_name_nobody(session: Session) -> None:
    tell(session, {**GOOD, "user": ""})

    signal = session.scalars(select(Signal)).one()
    assert (signal.user_id, signal.person) == (None, None)


def test_telling_again_changes_nothing(session: Session) -> None:
    batch = [{**GOOD, "key": f"e-{number}"} for number in range(3)]
    tell(session, *batch)

    assert tell(session, *batch, batch[0]) == Ingested(accepted=0, duplicate=4, rejected=())
    assert session.scalar(select(func.count()).select_from(Signal)) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": ""}, "key has to be a text of 1 to 200 characters"),
        ({"key": "x" * 201}, "key has to be a text of 1 to 200 characters"),
        ({"key": "a\0b"}, "key has to be a text of 1 to 200 characters"),
        ({"key": "\ud800"}, "key has to be a text of 1 to 200 characters"),
        ({"key": 7}, "key has to be a text of 1 to 200 characters"),
        ({"kind": "mood.improved"}, "there is no kind of signal called mood.improved"),
        ({"kind": "signal.voided"}, "there is no kind of signal called signal.voided"),
        ({"occurred_at": "yesterday"}, "yesterday is no ISO 8601 time"),
        (
            {"occurred_at": "2026-11-19T12:00:00"},
            "2026-11-19T12:00:00 lacks its offset from UTC, such as Z or +09:00",
        ),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "9999-12-31T23:59:59Z lies before 2000 or in the future"),
        (
            {"occurred_at": "0001-01-01T00:00:00+09:00"},
            "0001-01-01T00:00:00+09:00 lies before 2000 or in the future",
        ),
        ({"account": "nobody"}, "there is no account nobody"),
        ({"user": "who@acme.example"}, "there is no person with the address who@acme.example"),
        ({"user": "lee@globex.example"}, "lee@globex.example does not belong to that account"),
        ({"account": None, "user": None}, "account or user is needed"),
        ({"data": [1]}, "data has to be an object"),
        ({"colour": "red"}, "colour is no field of a signal"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    session: Session, change: Mapping[str, Any], reason: str
) -> None:
    result = tell(session, GOOD, {**GOOD, "key": "e-2", **change}, {**GOOD, "key": "e-3"})

    assert result == Ingested(accepted=2, duplicate=0, rejected=((1, reason),))


def test_staff_have_no_account_to_count_for(session: Session) -> None:
    make_user(session, email="staff@vendor.example")

    result = tell(session, {**GOOD, "account": None, "user": "staff@vendor.example"})

    assert result.accepted == 0
    assert len(result.rejected) == 1


def test_a_clock_may_be_a_little_fast(session: Session) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat()

    assert tell(session, {**GOOD, "occurred_at": soon}).accepted == 1


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe{}", b'{"n": NaN}', b"[" * 100_000, b"1" * 5000])
def test_a_line_that_says_nothing_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidError, match=r"not JSON|not UTF-8"):
        read_line(line)


def test_a_line_may_begin_with_a_byte_order_mark() -> None:
    assert read_line(b'\xef\xbb\xbf{"key": "\xe3\x81\x82"}') == {"key": "あ"}
