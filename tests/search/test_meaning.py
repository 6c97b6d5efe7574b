import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.embedding import Vectors
from portal.search.meaning import LEAD_CHARACTERS, Entry, MeaningIndex, lead_of, packed

PUBLIC = frozenset({"public"})


def unit(*values: float) -> Vectors:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def entry(number: int, group: int, audience: frozenset[str] = PUBLIC) -> Entry:
    return Entry(f"article:{group}:{number}", f"article:{group}", audience)


def index(*rows: tuple[Entry, Vectors, Vectors]) -> MeaningIndex:
    return MeaningIndex.of([(entry, packed(title), packed(lead)) for entry, title, lead in rows])


def test_the_nearest_are_those_with_the_greatest_cosines() -> None:
    rows = index(
        (entry(1, 1), unit(1, 0), unit(1, 0)),
        (entry(2, 2), unit(0, 1), unit(1, 0)),
        (entry(3, 3), unit(0, 1), unit(0, 1)),
    )
    cosines = rows.cosines(unit(1, 0), PUBLIC)

    assert cosines == pytest.approx([1, 0.5, 0], abs=1e-3)
    assert rows.nearest(cosines, most=2, least=-1) == {"article:1:1", "article:2:2"}
    assert rows.nearest(cosines, most=3, least=0.9) == {"article:1:1"}
    assert rows.nearest(cosines, most=9, least=0.1) == {"article:1:1", "article:2:2"}


def test_a_group_is_as_near_as_its_nearest_document() -> None:
    rows = index((entry(1, 1), unit(0, 1), unit(0, 1)), (entry(2, 1), unit(1, 0), unit(1, 0)))

    cosines = rows.cosines(unit(1, 0), PUBLIC)

    assert rows.of_groups(cosines, ["article:1", "article:99"]) == {"article:1": pytest.approx(1, abs=1e-3)}


def test_nothing_is_near_where_nothing_is() -> None:
    cosines = index().cosines(unit(1, 0), PUBLIC)

    assert index().nearest(cosines, most=5, least=-1) == frozenset()
    assert index().of_groups(cosines, ["article:1"]) == {}


@given(
    st.lists(st.tuples(st.integers(0, 5), st.frozensets(st.sampled_from(["a", "b", "c"]), min_size=1))),
    st.frozensets(st.sampled_from(["a", "b", "c"])),
)
def test_nothing_is_near_that_the_reader_may_not_see(
    documents: list[tuple[int, frozenset[str]]], reader: frozenset[str]
) -> None:
    rows = [
        (entry(number, group, audience), unit(1, number), unit(1, number))
        for number, (group, audience) in enumerate(documents)
    ]
    found = index(*rows)

    cosines = found.cosines(unit(1, 0), reader)

    visible = {row[0].key: row[0].group for row in rows if row[0].audience & reader}
    assert found.nearest(cosines, most=99, least=-0.5) == visible.keys()
    assert found.of_groups(cosines, [row[0].group for row in rows]).keys() == set(visible.values())


@pytest.mark.parametrize(
    ("title", "body", "lead"),
    [
        ("Refunds", "How to\n refund.", "Refunds How to refund."),
        ("Refunds", "Refunds are made monthly.", "Refunds are made monthly."),
        ("題", "あ" * 500, "題 " + "あ" * (LEAD_CHARACTERS - 2)),
    ],
)
def test_a_lead_is_the_title_with_the_beginning(title: str, body: str, lead: str) -> None:
    assert lead_of(title, body) == lead
