import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.conversion.lists import reflow


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("- a\n  - b\n    - c\n  - d\n- e", "- a\n    - b\n        - c\n    - d\n- e"),
        ("1. a\n   - b\n\n   more\n2. c", "1. a\n    - b\n\n    more\n2. c"),
        ("* a\n\t* b", "* a\n    * b"),
        ("- a\n  b\nc", "- a\n    b\n    c"),
        ("- a\n\nb", "- a\n\nb"),
        ("- a\n# b", "- a\n# b"),
        ("Text:\n- a\n- b", "Text:\n\n- a\n- b"),
        ("Text:\n1. a", "Text:\n\n1. a"),
        ("It was\n2019. Then", "It was\n2019. Then"),
        ("   text", "text"),
        ("- a\n        - b\n    - c", "- a\n    - b\n    - c"),
        ("> - a\n>   - b\n> c", "> - a\n>     - b\n>         c"),
        ("- a\n  > b", "- a\n    > b"),
        ("***\n- - -\n---", "***\n- - -\n---"),
        ("Text\n| a |\n| - |", "Text\n\n| a |\n| - |"),
        ("[^1]: note\n    more", "[^1]: note\n    more"),
        ("- a  \n  b", "- a  \n    b"),
    ],
)
def test_lists_are_laid_out_alike(source: str, expected: str) -> None:
    assert reflow(source) == expected


@given(
    st.lists(
        st.sampled_from(["- a", "  - b", "    - c", "1. d", "   e", "f", "", "> g", "| h |"]), max_size=12
    )
)
def test_laying_out_twice_changes_nothing(lines: list[str]) -> None:
    once = reflow("\n".join(lines))
    assert reflow(once) == once


@given(st.text(alphabet="-*1. \tab>|#\n", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    assert reflow(text).split() == text.split() or ">" in text
