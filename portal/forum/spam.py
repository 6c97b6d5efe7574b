"""How much a post looks like spam, and why: a few signs, each worth a share of 1."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from typing import Final

THRESHOLD: Final = 0.8
"""From which score on a person should look first. Source: docs/moderation.md, chosen on half the data."""

NEW_PERSON_POSTS: Final = 10
FEW_WORDS: Final = 30
LEAST_WORDS: Final = 4
OFTEN: Final = 4
SKETCH_SIZE: Final = 12
SHARED_FOR_REPEAT: Final = 6
REPEATS_WITHIN: Final = timedelta(days=60)

_LINK: Final = re.compile(r"(?P<words>\]\()?https?://(?:www\.)?(?P<site>[^\s/>)\]\"'?#:]+)", re.IGNORECASE)
_STOPS: Final = ".,;!。、"
_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED: Final = re.compile(r"^[ ]{0,3}>.*$", re.MULTILINE)
_PHONE: Final = re.compile(r"(?<![\w./:#-])\+?\(?\d{1,4}\)?(?:[\s.-]\(?\d{2,4}\)?){2,4}(?![\w./:-])")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_SAVINGS: Final = re.compile(
    r"coupon|promo code|discount|\d+ ?% off|クーポン|割引|\d+ ?円引き", re.IGNORECASE
)
_WORD: Final = re.compile(r"\w+")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Sign(StrEnum):
    """What makes a post look like spam; pages put each into words."""

    NEW_PERSON = "new_person"
    FIRST_POST = "first_post"
    TO_A_STRANGER = "to_a_stranger"
    UNKNOWN_SITE = "unknown_site"
    WORDED_LINK = "worded_link"
    MOSTLY_LINK = "mostly_link"
    REPEATED = "repeated"
    REPEATED_OFTEN = "repeated_often"
    CONTACT = "contact"
    PROMOTES = "promotes"


WEIGHTS: Final[dict[Sign, float]] = {
    Sign.NEW_PERSON: 0.10,  # Spam comes from new people; so does every first question.
    Sign.FIRST_POST: 0.05,  # Nothing is known of them.
    Sign.TO_A_STRANGER: 0.15,  # It answers what others asked; 64 of 76 marked replies did.
    Sign.UNKNOWN_SITE: 0.15,  # It leads to a site to which nobody else here has led.
    Sign.WORDED_LINK: 0.10,  # The address hides behind words, as it is there for search engines.
    Sign.MOSTLY_LINK: 0.15,  # There is little but the link.
    Sign.REPEATED: 0.35,  # The same was said before, here or in another topic.
    Sign.REPEATED_OFTEN: 0.10,  # And more than once.
    Sign.CONTACT: 0.30,  # It asks to call or to write elsewhere.
    Sign.PROMOTES: 0.75,  # It says again and again what can be saved, as the marked Japanese ones do.
}
"""What each sign adds. Source: one half of the labelled data, docs/moderation.md."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What is known of a post besides its text.

    `posts_before` counts what its author wrote before and still stands, `repeats` the earlier posts that say
    the same, `unknown_sites` the sites it leads to and nobody else's post does.
    """

    posts_before: int
    in_own_topic: bool
    repeats: int = 0
    unknown_sites: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A score from 0 to 1 and the signs that add up to it, the weightiest first."""

    score: float
    signs: tuple[Sign, ...]


def judge(body: str, known: Circumstances) -> Verdict:
    """Score a Markdown text in its circumstances.

    Signs of a text count only for people who are new: who has been here for a while may link and repeat.
    """
    if known.posts_before >= NEW_PERSON_POSTS:
        return Verdict(score=0.0, signs=())
    signs = sorted(_signs(_own_words(body), known), key=lambda sign: -WEIGHTS[sign])
    return Verdict(score=min(1.0, round(sum(WEIGHTS[sign] for sign in signs), 2)), signs=tuple(signs))


def _signs(text: str, known: Circumstances) -> Iterator[Sign]:
    is_short = len(_words(_LINK.sub(" ", text))) < FEW_WORDS
    yield Sign.NEW_PERSON
    if not known.posts_before:
        yield Sign.FIRST_POST
    if not known.in_own_topic:
        yield Sign.TO_A_STRANGER
    if known.unknown_sites:
        yield Sign.UNKNOWN_SITE
        if any(link["words"] for link in _LINK.finditer(text)):
            yield Sign.WORDED_LINK
        if is_short:
            yield Sign.MOSTLY_LINK
    if known.repeats:
        yield Sign.REPEATED
    if known.repeats > 1:
        yield Sign.REPEATED_OFTEN
    if is_short and (_PHONE.search(text) or _MAIL.search(text)):
        yield Sign.CONTACT
    if len(_SAVINGS.findall(text)) >= OFTEN:
        yield Sign.PROMOTES


def traces(body: str) -> frozenset[int]:
    """Return what lets other posts that say the same be found: the least hashes of its runs of words.

    Source: Broder, On the resemblance and containment of documents (1997), bottom-k sketches.
    """
    words = _words(_LINK.sub(" ", _own_words(body)).lower())
    if len(words) < LEAST_WORDS:
        return frozenset()
    runs = (" ".join(words[start : start + 3]) for start in range(max(1, len(words) - 2)))
    return frozenset(islice(sorted({_hash(f"words:{run}") for run in runs}), SKETCH_SIZE))


def site_traces(body: str) -> frozenset[int]:
    """Return the hashes of the sites that a text leads to."""
    return frozenset(site_trace(link["site"].rstrip(_STOPS)) for link in _LINK.finditer(_own_words(body)))


def site_trace(site: str) -> int:
    """Return the hash of a site, given as its host without `www.`."""
    return _hash(f"site:{site.lower()}")


def shares_enough(shared: int, sketch: Iterable[int]) -> bool:
    """Tell whether two texts say the same: of the traces of one, the other has so many; short ones all."""
    return shared >= min(SHARED_FOR_REPEAT, len(frozenset(sketch)))


def _own_words(body: str) -> str:
    """Leave out code, and what was quoted from others."""
    return _QUOTED.sub("", _CODE.sub("", unicodedata.normalize("NFKC", body)))


def _words(text: str) -> list[str]:
    """Cut a text into words; where a script sets no spaces, into its letters."""
    return [part for word in _WORD.findall(text) for part in (word if _UNSPACED.search(word) else [word])]


def _hash(text: str) -> int:
    """Return a number that fits a signed 64-bit column."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)
