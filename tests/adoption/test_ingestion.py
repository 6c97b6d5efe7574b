"""Reports from other systems: what is taken, what is refused and why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adoption.ingestion import Ingested, ingest
from portal.adoption.models import Signal
from portal.adoption.service import BATCH
from portal.core.errors import InvalidError
from portal.core.json_lines import read_line
from tests.factories import NOW, make_account, make_user

UNSTORABLE: Final = "data holds a number that is too large, or a character that no text has"
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


def test_spaces_around_a_name_are_none_of_it(session: Session) -> None:
    assert tell(session, {**GOOD, "account": "acme ", "user": "\u3000Kim@acme.example"}).accepted == 1
    assert tell(session, {**GOOD, "key": "e-2", "account": " ", "user": "kim@acme.example"}).accepted == 1


def test_a_reason_may_have_wide_spaces(session: Session) -> None:
    assert tell(session, GOOD, {"key": "c-1", "voids": "e-1", "reason": "試験\u3000実施"}).accepted == 2


def test_telling_again_changes_nothing(session: Session) -> None:
    batch = [{**GOOD, "key": f"e-{number}"} for number in range(3)]
    tell(session, *batch)

    assert tell(session, *batch, batch[0]) == Ingested(accepted=0, duplicate=4, rejected=())
    assert session.scalar(select(func.count()).select_from(Signal)) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": ""}, "key has to be a text of 1 to 200 characters that can be printed"),
        ({"key": "x" * 201}, "key has to be a text of 1 to 200 characters that can be printed"),
        ({"key": "a\0b"}, "key has to be a text of 1 to 200 characters that can be printed"),
        ({"key": "\ud800"}, "key has to be a text of 1 to 200 characters that can be printed"),
        ({"key": 7}, "key has to be a text of 1 to 200 characters that can be printed"),
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
        ({"account": None, "user": None}, "account or user is needed"),
        ({"data": [1]}, "data has to be an object"),
        ({"data": {"feature": 7}}, "data.feature has to be a text of at most 1,000 characters"),
        ({"data": {"notes": {"a": {"b": {"c": 1}}}}}, "data is nested deeper than three levels"),
        ({"data": {"notes": "x" * 2040}}, "data is larger than 2 kB"),
        ({"data": {"n": float("inf")}}, UNSTORABLE),
        ({"data": {"n": 10**400}}, UNSTORABLE),
        ({"data": {"a\0b": 1}}, UNSTORABLE),
        ({"data": {"a": ["\ud800"]}}, UNSTORABLE),
        ({"kind": "article.voted", "data": {}}, "data.helpful is needed"),
        ({"kind": "search.performed", "data": {"results": 1.5}}, "data.results has to be a whole number"),
        ({"kind": "search.performed", "data": {"results": True}}, "data.results has to be a whole number"),
        ({"kind": "article.read", "data": {"a\ud800": 1}}, "data.a\\ud800 is no field of this kind"),
        ({"colour": "red"}, "colour is no field of a signal"),
        ({"a\ud800": 1}, "a\\ud800 is no field of a signal"),
        ({"x" * 5000: 1}, f"{'x' * 60} is no field of a signal"),
        ({"account": " ", "user": "\u3000"}, "account or user is needed"),
        ({"user": "İ" * 150}, "user has to be a text of 1 to 200 characters that can be printed"),
        ({"account": ["acme"]}, "account has to be a text of 1 to 200 characters that can be printed"),
        (
            {"occurred_at": "9999-12-31T23:59:59-23:59"},
            "9999-12-31T23:59:59-23:59 lies before 2000 or in the future",
        ),
        ({"voids": "e-1"}, "account is no field of a signal"),
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

    assert (result.accepted, result.unmatched) == (0, 1)


def test_keys_that_differ_in_case_are_two(session: Session) -> None:
    assert tell(session, {**GOOD, "key": "a"}, {**GOOD, "key": "A"}).accepted == 2


def test_numbers_and_texts_of_a_product_come_back_as_they_were_told(session: Session) -> None:
    data = {"n": 2**53, "x": -0.5, "名前": ["縁側", None, True], "deep": {"er": [1]}}

    assert tell(session, {**GOOD, "kind": "product.report_exported", "data": data}).accepted == 1
    assert session.scalars(select(Signal.data)).one() == data


def test_a_reporter_takes_back_what_it_told(session: Session) -> None:
    correction = {"key": "c-1", "voids": "e-1", "reason": "a test run"}

    assert tell(session, GOOD, correction) == Ingested(accepted=2, duplicate=0, rejected=())
    assert tell(session, correction, GOOD) == Ingested(accepted=0, duplicate=2, rejected=())
    fact, voiding = session.scalars(select(Signal).order_by(Signal.id))
    assert fact.left_out_as == "voided"
    assert (voiding.voids_id, voiding.data) == (fact.id, {"reason": "a test run"})


def test_a_correction_may_stand_long_before_its_fact(session: Session) -> None:
    others = [{**GOOD, "key": f"o-{number}"} for number in range(BATCH)]
    correction = {"key": "c-1", "voids": "z-1", "reason": "a test run"}

    told = tell(session, correction, "nonsense", *others, {**GOOD, "key": "z-1"})

    assert (told.accepted, [index for index, _reason in told.rejected]) == (BATCH + 2, [1])


def test_only_the_source_itself_takes_a_fact_back(session: Session) -> None:
    ingest(session, [GOOD], source="another", now=NOW)

    result = tell(session, {"key": "c-1", "voids": "e-1", "reason": "not mine"})

    assert result.rejected == ((0, "there is no signal with the key e-1"),)
    assert session.scalars(select(Signal.left_out_as)).one() is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reason": None}, "reason has to be a text of 1 to 200 characters that can be printed"),
        ({"voids": "c-1"}, "a correction has a key of its own"),
        ({"kind": "feature.used"}, "kind is no field of a signal"),
    ],
)
def test_a_correction_has_to_be_whole(session: Session, change: Mapping[str, Any], reason: str) -> None:
    correction = {"key": "c-1", "voids": "e-1", "reason": "a test run"}

    assert tell(session, GOOD, {**correction, **change}).rejected == ((1, reason),)


def test_a_clock_may_be_a_little_fast(session: Session) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat()

    assert tell(session, {**GOOD, "occurred_at": soon}).accepted == 1


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe{}", b'{"n": NaN}', b"[" * 100_000, b"1" * 5000])
def test_a_line_that_says_nothing_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidError, match=r"not JSON|not UTF-8"):
        read_line(line)


def test_a_line_may_begin_with_a_byte_order_mark() -> None:
    assert read_line(b'\xef\xbb\xbf{"key": "\xe3\x81\x82"}') == {"key": "あ"}
