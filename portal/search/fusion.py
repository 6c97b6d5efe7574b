"""Words and meaning put together; pure arithmetic."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from portal.content.language import language_of
from portal.search.engine import Hit
from portal.search.words import ENGLISH_STOP_WORDS

SENTENCE_SHARE: Final = 0.4
KEYWORD_SHARE: Final = 0.15
"""The weight of meaning for a whole sentence and for keywords.

Source: tuned on four sets of questions. A model that was trained on sentences guesses at bare keywords; above
.4 it also begins to lose answers that share rare words with their questions.
"""

_FRAME_WORDS: Final = 2
_JAPANESE_SENTENCE: Final = re.compile(
    r"[?？。]\s*$|[をがは]\S|(?:か|たい|ない|です|ます|ません|ください|は)\s*$"
)


def share_of_meaning(text: str) -> float:
    """Return the weight of meaning for what someone typed, 0…1."""
    return SENTENCE_SHARE if is_sentence(text) else KEYWORD_SHARE


def is_sentence(text: str) -> bool:
    """Tell a sentence from keywords: it asks, or has words that only hold others together."""
    if language_of(text) == "ja":
        return bool(_JAPANESE_SENTENCE.search(text))
    words = [word.strip(".,!?") for word in text.casefold().split()]
    frame = sum(word in ENGLISH_STOP_WORDS for word in words)
    return text.rstrip().endswith("?") or frame >= _FRAME_WORDS


def fused(words: Sequence[Hit], meaning: Mapping[str, Hit], *, share: float) -> list[Hit]:
    """Order the groups found by words and by meaning, the best first; `share` is the weight of meaning, 0…1.

    Words score between 0 (no word) and 1 (the best), meaning between 0 (the least near) and 1 (the nearest).
    Source: the convex combination of Bruch, Gai, Ingber: An Analysis of Fusion Functions (2023), with minima
    and maxima of what was found.
    """
    by_words = {hit.group: hit for hit in words}
    most = max((hit.score for hit in words), default=1.0)
    cosines = [hit.score for hit in meaning.values()]
    low, high = min(cosines, default=0.0), max(cosines, default=1.0)

    def score(group: str) -> float:
        says = by_words[group].score / most if group in by_words else 0.0
        means = (meaning[group].score - low) / (high - low) if group in meaning and high > low else 0.0
        return (1 - share) * says + share * means

    hits = (replace(hit, score=score(group)) for group, hit in {**meaning, **by_words}.items())
    return sorted(hits, key=lambda hit: (-hit.score, hit.key))
