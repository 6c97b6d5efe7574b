from collections.abc import Callable
from typing import Any

import pytest

Markdown = Callable[..., str]


@pytest.mark.parametrize(
    ("name", "alert"),
    [
        ("tip", "TIP"),
        ("info", "NOTE"),
        ("note", "NOTE"),
        ("warning", "WARNING"),
        ("caution", "WARNING"),
        ("danger", "CAUTION"),
        ("important", "IMPORTANT"),
    ],
)
def test_callouts_become_alerts(markdown: Markdown, name: str, alert: str) -> None:
    assert markdown(f"::: {name}\nText\n:::") == f"> [!{alert}]\n> Text"


@pytest.mark.parametrize(
    "opening", ["::: tip Good to know", ":::tip[Good to know]", ':::tip "Good to know" id="x"']
)
def test_a_callouts_title_stands_beside_its_kind(markdown: Markdown, opening: str) -> None:
    assert markdown(f"{opening}\n\nText\n\n:::") == "> [!TIP] Good to know\n> Text"


def test_a_callout_in_a_list_stays_in_its_item(markdown: Markdown) -> None:
    body = markdown("- One\n\n  ::: tip\n  Text\n  :::\n\n- Two")
    assert body == "- One\n\n    > [!TIP]\n    > Text\n\n- Two"


def test_tabs_are_told_apart_by_their_titles(markdown: Markdown) -> None:
    body = markdown(':::: tabs\n::: tab "Mac" id="m"\nA\n:::\n::: tab Linux\nB\n:::\n::::')
    assert body == "**Mac**\n\nA\n\n**Linux**\n\nB"


def test_an_unknown_container_is_dropped_with_its_line_and_keeps_its_content(
    converted: Callable[..., Any],
) -> None:
    result = converted("Above\n\n::: slot extra\nText\n:::\n\nBelow\n:::")
    assert result.body == "Above\n\nText\n\nBelow"
    assert result.dropped == [(3, "::: slot"), (8, ":::")]


def test_a_callouts_title_is_plain_text(markdown: Markdown) -> None:
    assert markdown('::: tip a "b" <c> & `d`\nText\n:::').splitlines()[0] == '> [!TIP] a "b" & d'
