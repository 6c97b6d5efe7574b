import pytest

from portal.content.markdown import render
from portal.knowledge.reading.structured import faq_thing


def questions(body: str) -> list[tuple[str, str]]:
    return [
        (item["name"], item["acceptedAnswer"]["text"])
        for thing in faq_thing(render(body).html)
        for item in thing["mainEntity"]  # type: ignore[attr-defined]  # What schema.org says.
    ]


def test_questions_with_answers_are_a_faq() -> None:
    body = "Read this.\n\n# May I?\n\nYes, **you**.\n\n## How\n\n- So.\n\n# 本当ですか？\n\n本当です。"
    assert questions(body) == [("May I?", "Yes, you. How So."), ("本当ですか？", "本当です。")]


@pytest.mark.parametrize(
    "body",
    [
        "Is this one?",
        "# Only one?\n\nYes.",
        "# May I?\n\nYes.\n\n# Notes\n\nNone.",
        "# May I?\n\nYes.\n\n# And then?",
        "# May I?\n# And then?\n\nYes.",
    ],
)
def test_anything_else_is_not(body: str) -> None:
    assert questions(body) == []
