import pytest

from portal.content.snippets import expand, names, use_of


def test_a_snippet_stands_in_a_sentence() -> None:
    assert expand("Call {{snippet:phone}} now.", {"phone": "03\n1234"}) == "Call 03 1234 now."


def test_a_snippet_alone_on_its_line_may_be_several_blocks() -> None:
    texts = {"steps": "1. one\n2. two\n"}
    assert expand("a\n\n{{snippet:steps}}\n\nb", texts) == "a\n\n1. one\n2. two\n\nb"
    assert expand("- a\n\n  {{snippet:steps}}", texts) == "- a\n\n  1. one\n  2. two"
    assert expand("> {{snippet:steps}}", texts) == "> 1. one\n> 2. two"


def test_what_a_snippet_holds_is_not_expanded_again() -> None:
    texts = {"a": "{{snippet:b}}", "b": "{{snippet:a}}"}
    assert expand("{{snippet:a}}\n- {{snippet:b}}.", texts) == "{{snippet:b}}\n- {{snippet:a}}."


def test_an_unknown_snippet_stays_as_written() -> None:
    source = "{{snippet:none}}\n\nand {{snippet:none}}."
    assert expand(source, {"other": "x"}) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{snippet:a}} {{snippet:b-2}} {{snippet:a}}", {"a", "b-2"}),
        ("{{ snippet:a }} {snippet:a} {{snippet:A}} {{snippet:}} {{include:a}}", set()),
    ],
)
def test_the_names_of_a_text(source: str, expected: set[str]) -> None:
    assert names(source) == expected


def test_how_a_snippet_is_used() -> None:
    assert names(use_of("refund-days")) == {"refund-days"}
