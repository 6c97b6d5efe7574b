"""The tree of places, and what of it is offered."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from portal.search.places import Place, Places


def place(number: int, parent: int | None = None) -> Place:
    above = f"section:{parent}" if parent is not None else None
    return Place(key=f"section:{number}", slug=f"s{number}", names={"en": f"Section {number}"}, parent=above)


TREE = Places([place(1), place(2, 1), place(3, 2), place(4, 1), place(5), place(6)])
COUNTS = {"section:1": 1, "section:2": 2, "section:3": 4, "section:4": 8, "section:5": 16}


def offered(chosen: str) -> list[tuple[str, int, int]]:
    return [
        (one.label, one.count or 0, one.depth) for one in TREE.choices(COUNTS, chosen=chosen, language="en")
    ]


def test_a_section_counts_in_those_above_it() -> None:
    assert offered("") == [("Section 1", 15, 0), ("Section 5", 16, 0)]


def test_the_way_to_the_chosen_one_is_open() -> None:
    assert offered("s2") == [
        ("Section 1", 15, 0),
        ("Section 2", 6, 1),
        ("Section 3", 4, 2),
        ("Section 4", 8, 1),
        ("Section 5", 16, 0),
    ]
    assert [one.value for one in TREE.choices(COUNTS, chosen="s2", language="en") if one.is_chosen] == ["s2"]


def test_what_holds_nothing_is_not_named() -> None:
    """A reader who may see nothing in it learns neither its name nor whether it is there."""
    for slug in ("s6", "made-up"):
        (chosen,) = [one for one in TREE.choices(COUNTS, chosen=slug, language="en") if one.is_chosen]
        assert (chosen.value, chosen.label, chosen.count) == (slug, slug, 0)
    assert TREE.within("made-up") == frozenset()


@given(st.lists(st.integers(0, 9), max_size=12), st.lists(st.tuples(st.integers(0, 11), st.integers(1, 9))))
def test_a_count_is_the_sum_of_what_stands_within(parents: list[int], found: list[tuple[int, int]]) -> None:
    tree = Places(place(number, parent if parent < number else None) for number, parent in enumerate(parents))
    counts = Counter[str]()
    for number, count in found:
        counts[f"section:{number}"] += count

    for chosen in [f"s{number}" for number in range(len(parents))]:
        for choice in tree.choices(counts, chosen=chosen, language="en"):
            assert choice.count == sum(counts[key] for key in tree.within(str(choice.value)))
