"""What the data of a signal may hold: checked, documented, and rid of what is personal."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adoption.kinds import FREE, KINDS, VOIDED, SignalKind, schema_of
from portal.adoption.schemas import LARGEST_FREE_BYTES, DataField, FieldType, Schema, text, whole
from portal.core.errors import InvalidError

PAGE: Final = Path(__file__).parents[2] / "docs" / "signals.md"
HEAD: Final = "| kind | meaning | data |"


def described(field: DataField) -> str:
    notes = [str(field.type), *(["needed"] if field.is_needed else [])]
    notes += ["personal"] if field.is_personal else []
    return f"`{field.name}` ({', '.join(notes)})"


def row_of(kind: SignalKind) -> str:
    fields = [described(field) for field in kind.data.fields] + (["anything"] if kind.data.is_open else [])
    return f"| `{kind.name}` | {kind.meaning_en} | {', '.join(fields) or '–'} |"


def test_the_page_lists_every_kind_as_the_registry_has_it() -> None:
    table = PAGE.read_text(encoding="utf-8").partition(HEAD)[2].partition("\n\n")[0]

    rows = [row_of(kind) for kind in KINDS.values() if kind.name != VOIDED]
    assert table.splitlines()[2:] == rows


def fits(schema: Schema, data: dict[str, Any]) -> bool:
    try:
        schema.check(data)
    except InvalidError:
        return False
    return True


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"n": 1}, True),
        ({"n": 2**53}, True),
        ({"n": 2**53 + 1}, False),
        ({"n": 1.0}, False),
        ({"n": False}, False),
        ({"n": None}, False),
        ({}, False),
        ({"n": 1, "t": None}, True),
        ({"n": 1, "t": "x" * 1000}, True),
        ({"n": 1, "t": "x" * 1001}, False),
        ({"n": 1, "t": "a\0b"}, False),
        ({"n": 1, "t": "\udc80"}, False),
        ({"n": 1, "other": 1}, False),
    ],
)
def test_fields_are_of_their_type(data: dict[str, Any], *, expected: bool) -> None:
    assert fits(Schema((whole("n", is_needed=True), text("t"))), data) is expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), anything, max_size=4))
def test_what_a_product_says_fits_exactly_if_it_can_be_kept(data: dict[str, Any]) -> None:
    def depth(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    def scalars(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [*value, *(one for inner in value.values() for one in scalars(inner))]
        return [one for inner in value for one in scalars(inner)] if isinstance(value, list) else [value]

    def storable(value: Any) -> bool:
        if isinstance(value, str):
            return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
        if isinstance(value, float):
            return value == value and abs(value) != float("inf")  # noqa: PLR0124  # NaN is not itself.
        return not isinstance(value, int) or isinstance(value, bool) or abs(value) <= 2**53

    can_be_kept = depth(data) <= 3 and all(map(storable, scalars(data)))
    if can_be_kept:
        can_be_kept = len(json.dumps(data, ensure_ascii=False).encode()) <= LARGEST_FREE_BYTES
    assert fits(FREE, data) is can_be_kept


def test_without_the_person_only_what_a_schema_names_is_left() -> None:
    assert schema_of("search.performed").without_person({"query": "taro", "results": 2}) == {"results": 2}
    assert schema_of("feature.used").without_person({"feature": "routes", "who": "taro"}) == {
        "feature": "routes"
    }
    assert schema_of("product.exported").without_person({"who": "taro"}) == {}


def test_every_type_has_a_field_or_a_use() -> None:
    used = {field.type for kind in KINDS.values() for field in kind.data.fields}
    assert used == set(FieldType) - {FieldType.NUMBER}
