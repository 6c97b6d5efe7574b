import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.embedding import Vectors
from portal.search.engine import Query
from portal.search.meaning import LEAD_CHARACTERS, Entry, MeaningIndex, lead_of, packed
from portal.search.ranking import Facets

PUBLIC = frozenset({"public"})


def unit(*values: float) -> Vectors:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def entry(number: int, group: int, language: str = "en", audience: frozenset[str] = PUBLIC) -> Entry:
    return Entry(f"article:{group}:{number}", f"article:{group}", Facets("article", language, audience))


def index(*rows: tuple[Entry, Vectors, Vectors]) -> MeaningIndex:
    return MeaningIndex.of([(entry, packed(title), packed(lead)) for entry, title, lead in rows])


def asked(**values: object) -> Query:
    return Query(text="", audience=PUBLIC, **values)  # type: ignore[arg-type]  # Plain values.


def test_the_nearest_come_with_their_cosines() -> None:
    found = index(
        (entry(1, 1), unit(1, 0), unit(1, 0)),
        (entry(2, 2), unit(0, 1), unit(1, 0)),
        (entry(3, 3), unit(0, 1), unit(0, 1)),
    ).near(unit(1, 0), asked(), also=(), most=2)

    assert {group: round(hit.score, 3) for group, hit in found.items()} == {
        "article:1": 1.0,
        "article:2": 0.5,
    }


def test_groups_found_by_words_are_measured_too() -> None:
    rows = index((entry(1, 1), unit(1, 0), unit(1, 0)), (entry(2, 2), unit(0, 1), unit(0, 1)))

    found = rows.near(unit(1, 0), asked(), also=["article:2", "article:99"], most=1)

    assert {group: round(hit.score, 3) for group, hit in found.items()} == {
        "article:1": 1.0,
        "article:2": 0.0,
    }


def test_of_a_group_the_nearest_language_is_shown() -> None:
    rows = index((entry(1, 1, "ja"), unit(0, 1), unit(0, 1)), (entry(2, 1, "en"), unit(1, 0), unit(1, 0)))

    assert rows.near(unit(1, 0), asked(), also=(), most=5)["article:1"].key == "article:1:2"
    assert rows.near(unit(1, 0), asked(language="ja"), also=(), most=5)["article:1"].key == "article:1:1"


@given(
    st.lists(st.tuples(st.integers(0, 5), st.frozensets(st.sampled_from(["a", "b", "c"]), min_size=1))),
    st.frozensets(st.sampled_from(["a", "b", "c"])),
)
def test_nothing_is_near_that_the_reader_may_not_see(
    documents: list[tuple[int, frozenset[str]]], reader: frozenset[str]
) -> None:
    rows = [
        (entry(number, group, audience=audience), unit(1, number), unit(1, number))
        for number, (group, audience) in enumerate(documents)
    ]
    query = Query(text="", audience=reader)

    found = index(*rows).near(unit(1, 0), query, also=[row[0].group for row in rows], most=3)

    visible = {row[0].key for row in rows if row[0].facets.audience & reader}
    assert {hit.key for hit in found.values()} <= visible
    assert found.keys() == {key.rpartition(":")[0] for key in visible}


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
