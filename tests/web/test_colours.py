import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "portal" / "static" / "css" / "tokens.css"
PAIRS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS.read_text("utf-8")
    )
}
GROUNDS = ["paper", "surface", "mark", *(name for name in PAIRS if name.startswith("tint-"))]
TEXTS = ["ink", "ink-soft", "indigo", "indigo-deep", "wood-ink", "leaf", "amber", "crimson"]


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_the_known_extreme() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_colour_is_readable_on_every_ground(theme: str) -> None:
    faint = {
        (text, ground): round(ratio, 2)
        for text, ground in [*product(TEXTS, GROUNDS), ("on-indigo", "indigo"), ("on-indigo", "indigo-deep")]
        if (ratio := contrast(PAIRS[text][theme], PAIRS[ground][theme])) < 4.5
    }
    assert not faint


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_and_shapes_stand_out(theme: str) -> None:
    faint = {
        (shape, ground)
        for shape, ground in product(["edge", "wood", "indigo"], ["paper", "surface"])
        if contrast(PAIRS[shape][theme], PAIRS[ground][theme]) < 3
    }
    assert not faint
