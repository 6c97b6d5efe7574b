"""The index as one commit left it, as arrays over all its documents, and the search in them."""

import re
import threading
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from portal.search import analyzer, ranking, spelling
from portal.search.engine import Hit, Hits, Query
from portal.search.ranking import Facets, Flags, Floats, Numbers

MOST_CHARACTERS: Final = 1000
MOST_WORDS: Final = 32
MOST_GRAMS: Final = 128
"""What is read of a query; a longer one is a pasted message, whose beginning says what it is about."""

MOST_COMPLETIONS: Final = 50
"""How many words of titles may stand for an unfinished one."""

MOST_READ: Final = 2000
"""Documents, the best first, in which a phrase is looked for."""

REMEMBERED: Final = 1024
"""Posting lists that are kept ready scored."""

WORDS: Final = "words"
GRAMS: Final = "grams"
TITLE_WORDS: Final = "title_words"
PARTS: Final = {
    WORDS: ("title", "body"),
    GRAMS: ("title_grams", "body_grams"),
    TITLE_WORDS: ("title_words", "title_words"),
}
"""The fields of the index, and what ranking calls their tokens in titles and in bodies."""

Postings = tuple[NDArray[np.uintc], NDArray[np.ushort]]
"""The numbers of the documents with a token, ascending, and its counts in title and body, in a byte each."""

_WORD_CHARACTER: Final = re.compile(r"[a-z0-9]")


class Entry(NamedTuple):
    """What an index keeps of a document besides its words.

    `lengths` are by field, in tokens; `title_size` is the number of different words of the title;
    `verified_on` is a day's ordinal.
    """

    key: str
    group: str
    kind: str
    language: str
    audience: list[str]
    lengths: dict[str, int]
    title_size: int
    helpfulness: float
    verified_on: int | None
    solved: bool


class Columns:
    """What ranking has to know of documents, as arrays."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        kinds: dict[Facets, int] = {}
        facets = (Facets(entry.kind, entry.language, frozenset(entry.audience)) for entry in entries)
        never = -np.inf
        self.keys = [entry.key for entry in entries]
        self.groups = [entry.group for entry in entries]
        self.facets_of = np.array([kinds.setdefault(one, len(kinds)) for one in facets], np.int64)
        self.facets = list(kinds)
        self.lengths = {
            name: np.array([entry.lengths.get(name, 0) for entry in entries], np.float32)
            for name in ranking.FIELDS
        }
        self.title_sizes = np.array([entry.title_size for entry in entries], np.float32)
        self.helpfulness = np.array([entry.helpfulness for entry in entries], np.float32)
        self.verified_on = np.array([entry.verified_on or never for entry in entries], np.float32)
        self.solved = np.array([entry.solved for entry in entries], np.bool_)


class Segment(Protocol):
    """Documents that were written together, by their numbers from 0; they never change."""

    columns: Columns

    def postings(self, field: str, token: str) -> Postings | None:
        """Return the documents with a token in a field; None when there are none."""

    def text(self, number: int) -> str:
        """Return a document's title and body, folded."""

    def tokens_from(self, field: str, beginning: str) -> Iterator[str]:
        """Yield the tokens of a field with a beginning."""

    @property
    def written(self) -> frozenset[str]:
        """The words that a correction may propose."""


class Word(NamedTuple):
    """The documents that have a word, what each earns by it, those that have it in the title, and its idf."""

    numbers: Numbers
    impacts: Floats
    in_title: Numbers
    rarity: float


class Snapshot:
    """Searches the documents of segments, but for those that were taken out, as of a day."""

    def __init__(self, segments: Sequence[tuple[Segment, Iterable[int]]], today: date) -> None:
        self._segments = [segment for segment, _ in segments]
        columns = [segment.columns for segment in self._segments]
        sizes = [len(one.keys) for one in columns]
        self._bases = [sum(sizes[:place]) for place in range(len(sizes))]
        self._keys = [key for one in columns for key in one.keys]
        self._alive = np.ones(len(self._keys), np.bool_)
        for base, (_, removed) in zip(self._bases, segments, strict=True):
            self._alive[[base + number for number in removed]] = False
        self._count = int(self._alive.sum())
        self._is_whole = self._count == len(self._keys)
        names: dict[str, int] = {}
        self._groups = np.array(
            [names.setdefault(group, len(names)) for one in columns for group in one.groups], np.int64
        )
        self._names = list(names)
        offsets = [sum(len(one.facets) for one in columns[:place]) for place in range(len(columns))]
        self._facets = [facets for one in columns for facets in one.facets]
        self._facets_of = _joined(
            [one.facets_of + first for one, first in zip(columns, offsets, strict=True)]
        )
        self._relative_lengths = {
            name: self._relative(_joined([one.lengths[name] for one in columns])) for name in ranking.FIELDS
        }
        self._title_sizes = _joined([one.title_sizes for one in columns])
        self._merit = ranking.merit(
            helpfulness=_joined([one.helpfulness for one in columns]),
            age_days=today.toordinal() - _joined([one.verified_on for one in columns]),
            solved=_joined([one.solved for one in columns]).astype(np.bool_),
        )
        self._one_reader = threading.Lock()
        self._word = lru_cache(maxsize=REMEMBERED)(self._read_word)

    def search(self, query: Query) -> Hits:
        """Return what matches any word of the query, best first."""
        text = query.text[:MOST_CHARACTERS]
        is_corrected = query.is_corrected and not query.phrases
        corrected = spelling.corrected(text, self) if is_corrected else None
        scores, found = self._scored(corrected or text)
        if not text and (query.authors is not None or query.tags):
            found[:] = True
        return self._best(scores, found & self._admitted(query, scores, found), query, corrected)

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first."""
        text = query.text[:MOST_CHARACTERS]
        scores, found = self._nothing()
        words = [self._title_word(WORDS, token) for token in _first(analyzer.tokens(text), MOST_WORDS)]
        unfinished = self._completions(text)
        if unfinished:
            words.append(self._title_word(TITLE_WORDS, *unfinished))
        for word in words:
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
        return self._best(scores, found & self._seen(query), query).hits

    def __contains__(self, written: object) -> bool:
        """Tell whether a word is written just so in a document."""
        return any(written in segment.written for segment in self._segments)

    def share(self, tokens: Collection[str], *, among: str | None) -> float:
        """Return the share of documents with all tokens among those with another one or, if None, all."""
        if not tokens:
            return 0.0
        first, *others = [
            self._word(WORDS, token) for token in (*tokens, *([] if among is None else [among]))
        ]
        have_all = np.logical_and.reduce([self._has(word)[first.numbers] for word in others])
        found = np.count_nonzero(have_all) if others else len(first.numbers)
        whole = self._count if among is None else len(others[-1].numbers)
        return found / whole if whole else 0.0

    def _best(self, scores: Floats, found: Flags, query: Query, corrected: str | None = None) -> Hits:
        return ranking.best_of_groups(
            scores * self._merit,
            found,
            keys=self._keys,
            groups=self._groups,
            names=self._names,
            query=query,
            corrected=corrected,
        )

    def _nothing(self) -> tuple[Floats, Flags]:
        size = len(self._keys)
        return np.zeros(size, np.float32), np.zeros(size, np.bool_)

    def _scored(self, text: str) -> tuple[Floats, Flags]:
        """Return what each document earns, and whether it is found."""
        scores, found = self._nothing()
        words = [self._word(WORDS, token) for token in _first(analyzer.tokens(text), MOST_WORDS)]
        if not words:
            return scores, found
        common = np.zeros_like(scores)
        for word in words:
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
            common[word.in_title] += 1
        told = sum(word.rarity for word in words)
        known = sum(word.rarity for word in words if len(word.numbers))
        likeness = ranking.likeness(common, title_words=self._title_sizes, query_words=len(words))
        pieces, possible = self._pieces(text)
        scores += ranking.LIKENESS * told * likeness
        scores += (ranking.PIECES * known + told - known) / possible * pieces
        return scores, found | (pieces >= ranking.PIECES_ALONE * possible)

    def _pieces(self, text: str) -> tuple[Floats, float]:
        """Return what each document earns by pieces of words, and what all the pieces tell."""
        pieces, _ = self._nothing()
        possible = 0.0
        for gram in _first(analyzer.grams(text), MOST_GRAMS):
            word = self._word(GRAMS, gram)
            pieces[word.numbers] += word.impacts
            possible += word.rarity
        return pieces, possible or 1.0

    def _admitted(self, query: Query, scores: Floats, found: Flags) -> Flags:
        """Return the documents that the reader may see and that the query's operators let through."""
        admitted = self._seen(query)
        if query.authors is not None:
            admitted &= self._with_any("author", map(str, query.authors))
        for tag in query.tags:
            admitted &= self._with_any("tags", [analyzer.fold(tag).text])
        literal: list[str] = []
        for said in query.excluded:
            tokens = set(analyzer.tokens(said))
            if len(tokens) == 1:
                admitted[self._word(WORDS, *tokens).numbers] = False
            elif tokens:
                literal.append(said)
        if query.phrases or literal:
            admitted &= self._literally(query.phrases, literal, scores, found & admitted)
        return admitted

    def _seen(self, query: Query) -> Flags:
        verdicts = [query.admits(**facets._asdict()) for facets in self._facets]
        seen: Flags = self._alive & np.array(verdicts, np.bool_)[self._facets_of]
        return seen

    def _with_any(self, field: str, tokens: Iterable[str]) -> Flags:
        _, flags = self._nothing()
        for token in tokens:
            flags[self._postings(field, token)[0]] = True
        return flags

    def _literally(
        self, wanted: Sequence[str], unwanted: Sequence[str], scores: Floats, found: Flags
    ) -> Flags:
        """Return which of the documents found hold all phrases wanted and none unwanted.

        Those that may, by the pieces of the phrases, are read.
        """
        found = np.logical_and.reduce([found, *map(self._may_hold, wanted)])
        doubtful = found if wanted else found & np.logical_or.reduce([*map(self._may_hold, unwanted)])
        best = np.flatnonzero(doubtful)
        best = best[np.argsort(-scores[best], kind="stable")][:MOST_READ]
        needed, forbidden = ([re.compile(_bounded(phrase)) for phrase in part] for part in (wanted, unwanted))
        passing: Flags = found & ~doubtful
        for number in best:
            text = self._text(int(number))
            is_whole = all(pattern.search(text) for pattern in needed)
            passing[number] = is_whole and not any(pattern.search(text) for pattern in forbidden)
        return passing

    def _may_hold(self, phrase: str) -> Flags:
        """Return which documents have all that a phrase is made of."""
        words = [self._word(WORDS, token) for token in analyzer.tokens(phrase) if token.isascii()]
        pieces = [self._word(GRAMS, gram) for gram in analyzer.grams(phrase, is_latin_cut=False)]
        return np.logical_and.reduce([self._alive, *map(self._has, words + pieces)])

    def _has(self, word: Word) -> Flags:
        _, flags = self._nothing()
        flags[word.numbers] = True
        return flags

    def _text(self, number: int) -> str:
        place = bisect_right(self._bases, number) - 1
        with self._one_reader:
            return self._segments[place].text(number - self._bases[place])

    def _completions(self, text: str) -> list[str]:
        """Return the words of titles that begin with the longest unfinished word a text may end in."""
        for beginning in analyzer.unfinished_words(text):
            with self._one_reader:
                words = {
                    word
                    for segment in self._segments
                    for word in islice(segment.tokens_from("title_words", beginning), MOST_COMPLETIONS)
                }
            if words:
                return sorted(words)[:MOST_COMPLETIONS]
        return []

    def _postings(self, field: str, token: str) -> tuple[Numbers, Floats, Floats]:
        """Return the documents with a token in a field, and how often it is in the title and body of each."""
        lists = []
        for base, segment in zip(self._bases, self._segments, strict=True):
            with self._one_reader:
                found = segment.postings(field, token)
            if found:
                lists.append((found[0].astype(np.int64) + base, found[1]))
        numbers, counts = (_joined([one[part] for one in lists]) for part in range(2))
        if not self._is_whole:
            is_there = self._alive[numbers]
            numbers, counts = numbers[is_there], counts[is_there]
        return numbers, (counts >> 8).astype(np.float32), (counts & 255).astype(np.float32)

    def _read_word(self, field: str, token: str) -> Word:
        numbers, in_title, in_body = self._postings(field, token)
        title, body = PARTS[field]
        frequencies = self._weighed(title, numbers, in_title) + self._weighed(body, numbers, in_body)
        return self._word_of(numbers, frequencies, in_title)

    def _title_word(self, field: str, *tokens: str) -> Word:
        """Return the word that any of the tokens stand for, as far as it is in titles."""
        frequencies, _ = self._nothing()
        for token in tokens:
            numbers, in_title, _ = self._postings(field, token)
            frequencies[numbers] += self._weighed(PARTS[field][0], numbers, in_title)
        numbers = np.flatnonzero(frequencies)
        return self._word_of(numbers, frequencies[numbers], frequencies[numbers])

    def _weighed(self, name: str, numbers: Numbers, counts: Floats) -> Floats:
        return ranking.FIELDS[name].weighed(counts, relative_lengths=self._relative_lengths[name][numbers])

    def _word_of(self, numbers: Numbers, frequencies: Floats, in_title: Floats) -> Word:
        rarity = ranking.idf(self._count, matching=len(numbers))
        impacts = np.float32(rarity) * ranking.saturated(frequencies)
        return Word(numbers, impacts, numbers[in_title > 0], rarity)

    def _relative(self, lengths: Floats) -> Floats:
        return lengths / np.float32(ranking.average_length(lengths[self._alive]))


def _first(tokens: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(tokens))[:most]


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int64)


def _bounded(phrase: str) -> str:
    """Return a pattern for a phrase in folded texts; one with a Latin letter at an end is of whole words there."""
    phrase = analyzer.fold(phrase).text
    words = r"\s+".join(map(re.escape, phrase.split()))
    before = r"(?<![a-z0-9])" if _WORD_CHARACTER.match(phrase) else ""
    after = r"(?![a-z0-9])" if _WORD_CHARACTER.match(phrase[-1:]) else ""
    return f"{before}{words}{after}"
