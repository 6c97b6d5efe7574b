"""The only maker of tokens, for documents and for queries, whatever the engine.

Text is folded (NFKC, case) and cut into runs: Japanese goes through Sudachi's short units, everything else
is cut into Unicode words and stemmed as English. Identifiers such as `x-api-key`, `SSO-401` or `products.csv`
are found whole and in parts.
"""

import re
import threading
import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import Stemmer
from sudachipy import Dictionary, SplitMode, Tokenizer
from sudachipy.sudachipy import PosMatcher

from portal.search.words import ENGLISH_STOP_WORDS, IRREGULAR_FORMS, JAPANESE_STOP_WORDS

ANALYZER_VERSION: Final = 2
"""Counts up whenever the same text may give other tokens; an index of another version is out of date."""

MAX_TOKEN_LENGTH: Final = 64
"""Characters kept of a token; nobody types a longer word, and engines limit the length of terms."""


class Span(NamedTuple):
    """A token and the characters of the original text that it stands for."""

    token: str
    start: int
    end: int


_GRAMMAR: Final = tuple(
    (part,) for part in ("助詞", "助動詞", "接続詞", "感動詞", "補助記号", "記号", "空白")
)
"""Parts of speech that are no tokens: particles, auxiliaries, conjunctions, interjections, symbols, spaces.

Conjunctions too because Sudachi takes a particle that stands alone, as in 「CSVで」, for one.
"""

_MARKS: Final = "".join(
    chr(code) for code in range(0x300, 0x1E00) if unicodedata.category(chr(code))[0] == "M"
)
_JAPANESE: Final = r"々-〇ぁ-ゖゝ-ゟァ-ヺー-ヿㇰ-ㇿ㐀-鿿\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER: Final = rf"(?:(?![{_JAPANESE}])[^\W_]|[{_MARKS}])"
_WORD: Final = re.compile(rf"{_LETTER}+(?:'{_LETTER}+)*")
_RUN: Final = re.compile(rf"([{_JAPANESE}]{{1,4000}})|{_WORD.pattern}(?:[-._@+]{_WORD.pattern})*")
"""A Japanese run, cut well below Sudachi's limit of 49,149 bytes; else a word or an identifier."""

_ENDING: Final = re.compile(rf"(?:[{_JAPANESE}]|{_LETTER})+$")
_HIRAGANA: Final = re.compile(r"[ぁ-ゖー]+")
_KATAKANA_COMPOUND: Final = re.compile(r"[ァ-ヺー](?=[ア-ヺ])(?![ァィゥェォッャュョヮ]).{3}", re.DOTALL)
_JAPANESE_NEARBY: Final = re.compile(rf"(?![ァ-ヺー]{{2}})(?:[{_JAPANESE}].|.[{_JAPANESE}])", re.DOTALL)

_EVEN: Final = r"\x00-\x7fÀ-Þà-ÿА-яЁё–—‘-”←-↙\u3000-〟ぁ-ゖァ-ヾ㐀-䶿一-鿿가-힣！-～"
"""Characters that fold to one each, whatever stands before them: most of what people write."""

_WIDE: Final = re.compile(r"[\u3000！-～]")
_UNEVEN: Final = re.compile(rf"[^{_EVEN}]")
_PART: Final = re.compile(rf"([{_EVEN}]+(?![^{_EVEN}]))|[{_EVEN}]?[^{_EVEN}]+")
"""Even characters, but not the last before an uneven one, which may join it; these two go together."""

_AMERICAN: Final = (
    (re.compile(r"(?<=\w{3})our(?=s?$|ed$|ing$|ite|ful|able|al|hood)"), "or"),
    (re.compile(r"(?<=\w\w[iy])s(?=e[drs]?$|ers$|ing$|ations?$)"), "z"),
    (re.compile(r"(?<=\w{2}[bt])re(?=s?$)"), "er"),
    (re.compile(r"(?<=\w{3})ogue(?=s?$)"), "og"),
)
"""British spellings that the Americans write otherwise: colour, organise, analyse, centre, catalogue.

`exercise` becomes a word that does not exist, which is no harm as long as no other word becomes the same.
"""

LATIN_GRAM: Final = 4
"""Letters of a piece of an English word. Source: 3, 4 and 5 differ by less than .003 nDCG@10; 4 is common
since McNamee, Mayfield: Character N-Gram Tokenization for European Language Text Retrieval (2004).
"""

_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class Folded(NamedTuple):
    """A text with width, compatibility forms and case evened out, and without invisible characters.

    For each of its characters, `starts` and `ends` tell what it stands for in the original.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


class _Tools(threading.local):
    """What threads cannot share, made for each when it is first needed."""

    @cached_property
    def stemmer(self) -> Stemmer.Stemmer:
        return Stemmer.Stemmer("english")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return _dictionary().tokenizer(mode=SplitMode.A)


_tools: Final = _Tools()


@cache
def _dictionary() -> Dictionary:
    return Dictionary(dict="small")


@cache
def _is_grammar() -> PosMatcher:
    return _dictionary().pos_matcher(_GRAMMAR)


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in reading order; an identifier comes before its parts."""
    return [span.token for span in spans(text)]


def spans(text: str, wanted: Container[str] | None = None) -> list[Span]:
    """Return the tokens of a text, or those that are wanted, with their places in the text as given."""
    folded, starts, ends = fold(text)
    return [
        Span(token, starts[run.start() + start], ends[run.start() + end - 1])
        for run in _RUN.finditer(folded)
        for token, start, end in _of_run(run[0], is_japanese=bool(run[1]))
        if wanted is None or token in wanted
    ]


def grams(text: str, *, is_latin_cut: bool = True) -> list[str]:
    """Return pieces of the words of a text, which survive a slip of the pen: 「請求書」 is 請求 and 求書.

    Japanese is cut into pairs of characters, other words, if wanted, into four letters each with their ends
    marked. Pairs of hiragana alone, which are grammar, are left out.
    """
    found: list[str] = []
    for run in _RUN.finditer(fold(text).text):
        if run[1]:
            pairs = [run[1][start : start + 2] for start in range(max(1, len(run[1]) - 1))]
            found += [pair for pair in pairs if not _HIRAGANA.fullmatch(pair)]
        elif is_latin_cut:
            for word in _WORD.findall(run[0]):
                found += _latin_grams(word)
    return found


def _latin_grams(word: str) -> list[str]:
    if word in ENGLISH_STOP_WORDS:
        return []
    marked = f"^{word[:MAX_TOKEN_LENGTH]}$"
    return [marked[start : start + LATIN_GRAM] for start in range(max(1, len(marked) - LATIN_GRAM + 1))]


def written_words(text: str) -> list[str]:
    """Return how each token of a text is written there, folded but not reduced: `invoices`, not `invoic`."""
    return [fold(text[start:end]).text[:MAX_TOKEN_LENGTH] for _, start, end in spans(text)]


def unfinished_words(text: str) -> Iterator[str]:
    """Yield what someone who stopped here may have begun to type, the longest first; nothing after a space.

    A Japanese word may begin at any character; within katakana, where words are long, only with three to go.
    """
    if ending := _ENDING.search(fold(text[-MAX_TOKEN_LENGTH:]).text):
        run = ending[0]
        yield run
        for start in range(1, len(run)):
            if _JAPANESE_NEARBY.match(run, start - 1) or _KATAKANA_COMPOUND.match(run, start - 1):
                yield run[start:]


def _of_run(run: str, *, is_japanese: bool) -> Sequence[Span]:
    """Return the tokens of a run; the short ones, which come again and again, are remembered."""
    analyse = _remembered if len(run) <= MAX_TOKEN_LENGTH else _analysed
    return analyse(run, is_japanese)


def _analysed(run: str, is_japanese: bool) -> Sequence[Span]:  # noqa: FBT001  # A key of the cache.
    found = _japanese(run) if is_japanese else _words(run)
    return tuple(Span(token[:MAX_TOKEN_LENGTH], start, end) for token, start, end in found)


_remembered: Final = lru_cache(maxsize=1 << 13)(_analysed)


def _japanese(run: str) -> Iterator[tuple[str, int, int]]:
    """Yield Sudachi's short units in normalized form, without grammar and generic verbs."""
    is_grammar = _is_grammar()
    for morpheme in _tools.tokenizer.tokenize(run):
        token = morpheme.normalized_form().lower()
        if token not in JAPANESE_STOP_WORDS and not is_grammar(morpheme):
            yield token, morpheme.begin(), morpheme.end()


def _words(run: str) -> Iterator[tuple[str, int, int]]:
    """Yield an identifier whole, then the stems of the words it is made of."""
    words = list(_WORD.finditer(run))
    if len(words) > 1:
        yield run, 0, len(run)
    for word in words:
        if word[0] not in ENGLISH_STOP_WORDS:
            yield _stem(word[0][:MAX_TOKEN_LENGTH]), *word.span()


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    word = IRREGULAR_FORMS.get(word, word)
    for british, american in _AMERICAN:
        word = british.sub(american, word)
    stem: str = _tools.stemmer.stemWord(word)
    return stem


def fold(text: str) -> Folded:
    """Even out how a text is written, so that the same word always has the same letters."""
    if text.isascii() or not _UNEVEN.search(text):
        return Folded(_fold_even(text), range(len(text)), range(1, len(text) + 1))
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _folded_pieces(text):
        folded.append(piece.text)
        starts += piece.starts
        ends += piece.ends
    return Folded("".join(folded), starts, ends)


def _folded_pieces(text: str) -> Iterator[Folded]:
    """Fold what is even at once, the rest one cluster after the other."""
    for part in _PART.finditer(text):
        first, last = part.span()
        if part[1]:
            yield Folded(_fold_even(part[1]), range(first, last), range(first + 1, last + 1))
            continue
        for start, end in pairwise([*_cluster_starts(text, first, last), last]):
            piece = _fold_cluster(text[start:end])
            yield Folded(piece, [start] * len(piece), [end] * len(piece))


def _fold_even(text: str) -> str:
    if text.isascii():
        return text.lower()
    narrow = _WIDE.sub(lambda wide: unicodedata.normalize("NFKC", wide[0]), text)
    return _with_same_signs(narrow.casefold())


def _with_same_signs(text: str) -> str:
    return text.replace("’", "'").replace("‐", "-")


def _cluster_starts(text: str, first: int, last: int) -> list[int]:
    """Cut a part of a text into the smallest pieces that normalise independently of each other."""
    return [place for place in range(first, last) if place == first or not _joins(text[place])]


@lru_cache(maxsize=1 << 16)
def _joins(character: str) -> bool:
    """Tell whether NFKC may merge a character with the one before: a mark, a half-width ﾞ, a Hangul vowel."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) > 0 or "\u1160" <= character <= "\u11ff"


@lru_cache(maxsize=1 << 16)
def _fold_cluster(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", cluster)).casefold()
    return _with_same_signs(unicodedata.normalize("NFKC", folded))
