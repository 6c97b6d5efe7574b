"""All documents of an index as one commit left them: who has which word, and what it tells there."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache, partial, reduce
from itertools import accumulate, islice
from typing import Final, NamedTuple

import numpy as np

from portal.search import ranking
from portal.search.engine import Traits
from portal.search.ranking import Flags, Floats, Numbers
from portal.search.segments import PARTS, Columns, Segment, joined, numbered

REMEMBERED: Final = 1024
"""Words that are kept ready weighed."""

MOST_TRIED: Final = 500
"""Tokens with a beginning that are looked through, in each segment, for some that a reader may see."""


class Word(NamedTuple):
    """The documents that have a word, what each earns by it, those that have it in the title, and its idf."""

    numbers: Numbers
    impacts: Floats
    in_title: Numbers
    rarity: float


_shared: Final = partial(np.intersect1d, assume_unique=True)


def all_of(words: Sequence[Word]) -> Word:
    """Return words as one that only documents with all of them have."""
    numbers = reduce(_shared, (word.numbers for word in words))
    impacts = [word.impacts[np.searchsorted(word.numbers, numbers)] for word in words]
    return Word(
        numbers=numbers,
        impacts=np.sum(impacts, axis=0, dtype=np.float32),
        in_title=reduce(_shared, (word.in_title for word in words)),
        rarity=sum(word.rarity for word in words),
    )


class Corpus:
    """The documents of segments, but for those that were taken out, by numbers across all; as of a day."""

    def __init__(self, segments: Sequence[tuple[Segment, Iterable[int]]], *, today: date) -> None:
        self._segments = [segment for segment, _ in segments]
        self._bases = list(accumulate((len(one.columns.keys) for one in self._segments), initial=0))
        self.columns = Columns.joined([segment.columns for segment in self._segments])
        self.is_there = np.ones(len(self.columns.keys), np.bool_)
        for base, (_, removed) in zip(self._bases, segments, strict=False):
            self.is_there[[base + number for number in removed]] = False
        self._count = int(self.is_there.sum())
        self.group_names, self.groups = numbered(self.columns.groups)
        self.lifts = ranking.lifts(
            helpfulness=self.columns.helpfulness,
            age_days=today.toordinal() - self.columns.verified_on,
            solved=self.which(lambda traits: traits.is_solved),
        )
        self._merit: Floats = sum(self.lifts.values(), np.ones(len(self.groups), np.float32))
        self._relative_lengths = {
            part: lengths / np.float32(ranking.average_length(lengths[self.is_there]))
            for part, lengths in self.columns.lengths.items()
        }
        self._one_reader = threading.Lock()
        self.word = lru_cache(maxsize=REMEMBERED)(self._word)
        self.own_language = lru_cache(maxsize=8)(self._own_language)

    def numbers_of(self, keys: Iterable[str]) -> Numbers:
        """Return the documents with some keys, as far as there are any."""
        places = (
            base + segment.numbers[key]
            for key in keys
            for base, segment in zip(self._bases, self._segments, strict=False)
            if key in segment.numbers
        )
        numbers = np.fromiter(places, np.int64)
        return numbers[self.is_there[numbers]]

    def groups_with(self, numbers: Numbers | Flags) -> Flags:
        """Return which groups have any of some documents."""
        flags = np.zeros(len(self.group_names), np.bool_)
        flags[self.groups[numbers]] = True
        return flags

    def in_groups(self, names: Collection[str]) -> Flags:
        """Return which documents belong to any of some groups."""
        wanted = np.array([name in names for name in self.group_names], np.bool_)
        flags: Flags = wanted[self.groups]
        return flags

    def which(self, admits: Callable[[Traits], bool]) -> Flags:
        """Return of which documents something is true that their traits alone tell."""
        verdicts = np.array([admits(traits) for traits in self.columns.traits], np.bool_)
        flags: Flags = verdicts[self.columns.traits_of]
        return flags

    def nothing(self) -> tuple[Floats, Flags]:
        """Return a score for each document, all 0, and whether it is found, all False."""
        return np.zeros_like(self._merit), np.zeros_like(self.is_there)

    def having(self, word: Word) -> Flags:
        """Return which documents have a word."""
        _, flags = self.nothing()
        flags[word.numbers] = True
        return flags

    def having_any(self, field: str, tokens: Iterable[str]) -> Flags:
        """Return which documents have any of some tokens in a field."""
        _, flags = self.nothing()
        for token in tokens:
            flags[self._postings(field, token)[0]] = True
        return flags

    def may_be_written(self, word: str) -> bool:
        """Tell, quickly, whether a word may be written just so in a document; if not, it is in none."""
        return any(word in segment.written for segment in self._segments)

    def has_any(self, field: str, token: str, *, among: Flags) -> bool:
        """Tell whether any of some documents has a token in a field."""
        return bool(among[self._postings(field, token)[0]].any())

    def text(self, number: int) -> str:
        """Return a document's title and body, folded."""
        place = bisect_right(self._bases, number) - 1
        with self._one_reader:
            return self._segments[place].text(number - self._bases[place])

    def tokens_from(self, field: str, beginning: str, *, most: int, among: Flags) -> list[str]:
        """Return the first tokens of a field with a beginning that any of some documents has."""
        with self._one_reader:
            lists = [islice(segment.tokens_from(field, beginning), MOST_TRIED) for segment in self._segments]
            first = sorted({token for tokens in lists for token in tokens})
        return list(islice((token for token in first if self.has_any(field, token, among=among)), most))

    def title_share(self, field: str, token: str) -> Floats:
        """Return which part of its impact a word has by the title, for each document that has it."""
        numbers, in_title, in_body = self._postings(field, token)
        title, body = PARTS[field]
        by_title = self._weighed(title, numbers, in_title)
        return by_title / (by_title + self._weighed(body, numbers, in_body))

    def lift(self, language: str | None) -> Floats:
        """Return by what documents' scores are multiplied for a reader of a language, if that is known."""
        return self._merit if language is None else self._merit + self.own_language(language)

    def _own_language(self, language: str) -> Floats:
        """Return by what shares of their scores documents are lifted that can be read in a language."""
        is_title = self.which(lambda traits: traits.language == language) & (self.columns.title_sizes > 0)
        can_be_read = self.groups_with(is_title & self.is_there)[self.groups]
        return np.float32(ranking.OWN_LANGUAGE) * can_be_read

    def _word(self, field: str, token: str) -> Word:
        """Return a word of titles and bodies."""
        numbers, in_title, in_body = self._postings(field, token)
        title, body = PARTS[field]
        frequencies = self._weighed(title, numbers, in_title) + self._weighed(body, numbers, in_body)
        return self._told(numbers, frequencies, in_title)

    def title_word(self, field: str, *tokens: str) -> Word:
        """Return the word that any of the tokens stand for, as far as it is in titles."""
        frequencies, _ = self.nothing()
        for token in tokens:
            numbers, in_title, _ = self._postings(field, token)
            frequencies[numbers] += self._weighed(PARTS[field][0], numbers, in_title)
        numbers = np.flatnonzero(frequencies)
        return self._told(numbers, frequencies[numbers], frequencies[numbers])

    def _told(self, numbers: Numbers, frequencies: Floats, in_title: Floats) -> Word:
        rarity = ranking.idf(self._count, matching=len(numbers))
        impacts = np.float32(rarity) * ranking.saturated(frequencies)
        return Word(numbers, impacts, numbers[in_title > 0], rarity)

    def _weighed(self, part: str, numbers: Numbers, counts: Floats) -> Floats:
        return ranking.FIELDS[part].weighed(counts, relative_lengths=self._relative_lengths[part][numbers])

    def _postings(self, field: str, token: str) -> tuple[Numbers, Floats, Floats]:
        """Return the documents with a token in a field, and how often it is in the title and body of each."""
        lists = []
        for base, segment in zip(self._bases, self._segments, strict=False):
            with self._one_reader:
                found = segment.postings(field, token)
            if found:
                lists.append((found[0].astype(np.int64) + base, found[1]))
        numbers, counts = (joined([one[part] for one in lists]) for part in range(2))
        if self._count < len(self.is_there):
            is_there = self.is_there[numbers]
            numbers, counts = numbers[is_there], counts[is_there]
        return numbers, (counts >> 8).astype(np.float32), (counts & 255).astype(np.float32)
