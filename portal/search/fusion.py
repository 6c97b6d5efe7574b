"""Words and meaning put together; pure arithmetic."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from portal.content.language import language_of
from portal.search.engine import Hit, Part
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


def fused(hits: Iterable[Hit], cosines: Mapping[str, float], *, share: float) -> list[Hit]:
    """Order groups by words and by meaning, the best first; `share` is the weight of meaning, 0…1.

    `cosines` are by group. Words score between 0 (no word) and 1 (the best), meaning between 0 (the least
    near) and 1 (the nearest). Source: the convex combination of Bruch, Gai, Ingber: An Analysis of Fusion
    Functions (2023), with minima and maxima of what was found.
    """
    by_group = {hit.group: hit for hit in hits}
    scale = (1 - share) / (max((hit.score for hit in by_group.values()), default=0.0) or 1.0)
    low, high = min(cosines.values(), default=0.0), max(cosines.values(), default=0.0)

    def weighed(hit: Hit) -> Hit:
        cosine = cosines.get(hit.group)
        means = share * (cosine - low) / (high - low) if cosine is not None and high > low else 0.0
        parts = (*(Part(name, scale * value) for name, value in hit.parts), Part("meaning", means))
        return replace(hit, score=scale * hit.score + means, parts=parts, cosine=cosine)

    return sorted(map(weighed, by_group.values()), key=lambda hit: (-hit.score, hit.key))
