from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.knowledge.portable.fields import (
    Fields,
    MalformedError,
    joined,
    mapping_of,
    mappings_of,
    split,
    written,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(WORDS, WORDS, WORDS)
@example("a\x85b", "\u2028 \u2029", "---\r\n")
def test_any_text_comes_back(title: str, summary: str, body: str) -> None:
    found, said, _before = split(joined({"title": title, "summary": summary}, body))
    assert (found.text("title"), found.text("summary"), said) == (title, summary, body)


@given(WORDS)
def test_the_body_begins_on_its_line(body: str) -> None:
    content = joined({"title": "x", "summary": "y"}, body)
    _found, said, before = split(content)
    assert "".join(content.split("\n", before)[before:])[: len(said)] == said
    assert before == 5


@pytest.mark.parametrize(
    "text", ["yes", "no", "null", "~", "2026-11-20", "1e3", "0x1F", "- a", "a: b", "# a", ""]
)
def test_texts_stay_texts(text: str) -> None:
    assert mapping_of(written({"a": text, "b": "x"})).text("a") == text


def test_what_is_empty_is_not_written() -> None:
    values: dict[str, object] = {
        "a": "",
        "b": None,
        "c": [],
        "d": (),
        "e": False,
        "f": 0,
        "g": True,
        "h": {"en": ""},
    }
    assert written(values) == "f: 0\ng: true\n"


def test_values_know_their_lines() -> None:
    found = mapping_of("a: x\nb:\n- y\n- z\nc: {en: w}\n", offset=1)
    assert [found.line_of(name) for name in ("a", "b", "c", "d")] == [2, 4, 6, 2]
    assert [(value.text, value.line) for value in found.texts("b")] == [("y", 4), ("z", 5)]
    assert (found.texts("a")[0].text, found.texts("d"), found.by_language("c")) == ("x", [], {"en": "w"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 03:00:00Z", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        ("2026-11-20T12:00:00+09:00", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        ("2026-11-20 03:00", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        ("", None),
    ],
)
def test_instants_are_in_utc(text: str, expected: datetime | None) -> None:
    assert mapping_of(f"a: {text}\n").instant("a") == expected


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)))  # noqa: DTZ001  # Hypothesis adds the zone.
def test_instants_come_back(at: datetime) -> None:
    assert mapping_of(written({"a": at})).instant("a") == at


@pytest.mark.parametrize(
    ("block", "read"),
    [
        ("a: soon", lambda found: found.instant("a")),
        ("a: 0001-01-01 00:00:00+23:00", lambda found: found.instant("a")),
        ("a: 1.5", lambda found: found.number("a")),
        ("a: 9999999999", lambda found: found.number("a")),
        ("a: ３", lambda found: found.number("a")),
        ("a: perhaps", lambda found: found.is_true("a")),
        ("a: [x]", lambda found: found.text("a")),
        ("a: [[x]]", lambda found: found.texts("a")),
        ("a: x", lambda found: found.by_language("a")),
        ("a: x", lambda found: found.records("a")),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(block: str, read: object) -> None:
    found = mapping_of(f"b: x\n{block}\n", offset=1)
    assert callable(read)
    with pytest.raises(MalformedError) as error:
        read(found)
    assert error.value.line == 3


@pytest.mark.parametrize("content", ["", "# x\n", "---\ntitle: x\n", "--\na: b\n--\n", "x\n---\na: b\n---\n"])
def test_what_has_no_front_matter_is_told(content: str) -> None:
    with pytest.raises(MalformedError, match="no front matter"):
        split(content)


@pytest.mark.parametrize("text", ["[" * 1000, "a: *b", "%", "\tx", "a: !!python/object:x y\n- b", "- a\n- b"])
def test_what_is_no_mapping_is_told(text: str) -> None:
    with pytest.raises(MalformedError):
        mapping_of(text)


def test_nothing_is_an_empty_mapping_or_list() -> None:
    assert mapping_of("") == Fields({}, 1)
    assert mappings_of("") == []
