"""All documents of an index as one commit left them: who has which word, and what it tells there."""

import threading
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache, partial, reduce
from itertools import accumulate, islice
from typing import Final, NamedTuple

import numpy as np

from portal.search import ranking
from portal.search.ranking import Flags, Floats, Numbers
from portal.search.segments import PARTS, WORDS, Columns, Segment, joined

REMEMBERED: Final = 1024
"""Words that are kept ready weighed."""


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
        numbers: dict[str, int] = {}
        groups = [numbers.setdefault(group, len(numbers)) for group in self.columns.groups]
        self.groups, self.group_names = np.array(groups, np.int64), list(numbers)
        self._group_numbers = numbers
        self.merit = ranking.merit(
            helpfulness=self.columns.helpfulness,
            age_days=today.toordinal() - self.columns.verified_on,
            solved=self.columns.solved,
        )
        self._relative_lengths = {
            part: lengths / np.float32(ranking.average_length(lengths[self.is_there]))
            for part, lengths in self.columns.lengths.items()
        }
        self._one_reader = threading.Lock()
        self.word = lru_cache(maxsize=REMEMBERED)(self._word)

    def __contains__(self, written: object) -> bool:
        """Tell whether a word is written just so in a document."""
        return any(written in segment.written for segment in self._segments)

    def share(self, tokens: Collection[str], *, among: str | None) -> float:
        """Return the share of documents with all tokens among those with another one or, if None, all."""
        if not tokens:
            return 0.0
        words = [self.word(WORDS, token) for token in tokens]
        everything = len(self.word(WORDS, among).numbers) if among is not None else self._count
        others = [*words[1:], *([] if among is None else [self.word(WORDS, among)])]
        numbers = words[0].numbers
        for other in others:
            numbers = numbers[self.having(other)[numbers]]
        return len(numbers) / everything if everything else 0.0

    def nothing(self) -> tuple[Floats, Flags]:
        """Return a score for each document, all 0, and whether it is found, all False."""
        return np.zeros_like(self.merit), np.zeros_like(self.is_there)

    def having(self, word: Word) -> Flags:
        """Return which documents have a word."""
        _, flags = self.nothing()
        flags[word.numbers] = True
        return flags

    def in_groups(self, names: Iterable[str]) -> Flags:
        """Return which documents belong to any of some groups."""
        wanted = [self._group_numbers[name] for name in names if name in self._group_numbers]
        flags: Flags = np.isin(self.groups, wanted)
        return flags

    def having_any(self, field: str, tokens: Iterable[str]) -> Flags:
        """Return which documents have any of some tokens in a field."""
        _, flags = self.nothing()
        for token in tokens:
            flags[self._postings(field, token)[0]] = True
        return flags

    def text(self, number: int) -> str:
        """Return a document's title and body, folded."""
        place = bisect_right(self._bases, number) - 1
        with self._one_reader:
            return self._segments[place].text(number - self._bases[place])

    def tokens_from(self, field: str, beginning: str, *, most: int) -> list[str]:
        """Return the first tokens of a field with a beginning."""
        with self._one_reader:
            found = [islice(segment.tokens_from(field, beginning), most) for segment in self._segments]
            return sorted({token for tokens in found for token in tokens})[:most]

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
