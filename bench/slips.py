"""One slip of the pen in a question, the same each time: an English word, or Japanese as it is typed."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
WORD: Final = re.compile(r"[A-Za-z]{4,}")
KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー]")
KATAKANA: Final = re.compile(r"[ァ-ヺー]")
KANJI: Final = re.compile(r"[一-鿿]")
TRIES: Final = 20

SMALL: Final = dict(
    zip("ァィゥェォッャュョぁぃぅぇぉっゃゅょ", "アイウエオツヤユヨあいうえおつやゆよ", strict=True)
)
ALIKE: Final = (
    "シツソンクワウワスヌチテコユフワナメミシルレカガキギクグケゲコゴサザスズセゼソゾタダテデトド"
    "ハバヒビフブヘベホボハパフプホポビピブプベペボポわねるろはほきさぬめ"
)
"""Kana that are taken for each other, pair after pair."""

PAIRS: Final = [ALIKE[start : start + 2] for start in range(0, len(ALIKE), 2)]
SIMILAR: Final = [*PAIRS, *(small + large for small, large in SMALL.items())]

Slip = Callable[[str, random.Random], str]
"""What makes a text another one; the same text when it cannot."""


def english(text: str, chance: random.Random) -> str:
    """Leave out, add, replace or exchange a letter of a word of four letters or more."""
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    slip = chance.choice((left_out, added, replaced, exchanged))
    place = chance.randrange(word.start(), word.end() - (slip is exchanged))
    return slip(text, place, chance.choice(LETTERS))


def left_out(text: str, place: int, _letter: str = "") -> str:
    """Leave out a character."""
    return text[:place] + text[place + 1 :]


def added(text: str, place: int, letter: str) -> str:
    """Add a letter before a character."""
    return text[:place] + letter + text[place:]


def replaced(text: str, place: int, letter: str) -> str:
    """Replace a character."""
    return text[:place] + letter + text[place + 1 :]


def exchanged(text: str, place: int, _letter: str = "") -> str:
    """Exchange a character with the next."""
    return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]


def places(text: str, pattern: re.Pattern[str]) -> Sequence[int]:
    """Return where characters of a kind are."""
    return [found.start() for found in pattern.finditer(text)]


def kana_left_out(text: str, chance: random.Random) -> str:
    """Leave out a kana."""
    found = places(text, KANA)
    return left_out(text, chance.choice(found)) if found else text


def kana_doubled(text: str, chance: random.Random) -> str:
    """Type a kana twice."""
    found = places(text, KANA)
    place = chance.choice(found) if found else 0
    return added(text, place, text[place]) if found else text


def kana_exchanged(text: str, chance: random.Random) -> str:
    """Exchange a kana with the next."""
    found = [place for place in places(text, KANA) if KANA.match(text, place + 1)]
    return exchanged(text, chance.choice(found)) if found else text


def vowel_lengthened(text: str, chance: random.Random) -> str:
    """Leave out a long vowel of katakana, or lengthen one."""
    found = places(text, KATAKANA)
    if not found:
        return text
    place = chance.choice(found)
    return left_out(text, place) if text[place] == "ー" else added(text, place + 1, "ー")


def kana_confused(text: str, chance: random.Random) -> str:
    """Take one kana for another: small for large, without its voice mark, or of the same shape."""
    choices = [
        (place, pair.replace(text[place], "", 1))
        for place in places(text, KANA)
        for pair in SIMILAR
        if text[place] in pair
    ]
    return replaced(text, *chance.choice(choices)) if choices else text


def kanji_confused(text: str, chance: random.Random) -> str:
    """Convert to another kanji: one of the same text, so that it is a common one."""
    found = places(text, KANJI)
    return replaced(text, chance.choice(found), text[chance.choice(found)]) if found else text


JAPANESE: Final[tuple[Slip, ...]] = (
    *(kana_left_out, kana_confused, kana_exchanged, vowel_lengthened) * 3,
    kana_doubled,
    kanji_confused,
)
"""Kinds of slips, the common ones more often."""


def japanese(text: str, chance: random.Random) -> str:
    """Make one slip of a kind that the text allows."""
    return chance.choice(JAPANESE)(text, chance)


def slipped(text: str, slip: Slip, chance: random.Random) -> str | None:
    """Return a text with a slip; None when none can be made."""
    tried = (slip(text, chance) for _ in range(TRIES))
    return next((found for found in tried if found != text), None)
