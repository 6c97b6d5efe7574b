"""The search in an index as one commit left it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

import numpy as np

from portal.search import analyzer, ranking, spelling
from portal.search.alternatives import Choice, choices
from portal.search.corpus import Corpus, Word
from portal.search.engine import Hit, Hits, Query
from portal.search.explanation import Explanation
from portal.search.facets import FacetCounter
from portal.search.lexicon import ReadersLexicon
from portal.search.ranking import Flags, Floats, Numbers, Views
from portal.search.segments import GRAMS, TITLE_WORDS, WORDS

MOST_CHARACTERS: Final = 1000
MOST_WORDS: Final = 32
MOST_GRAMS: Final = 128
"""What is read of a query; a longer one is a pasted message, whose beginning says what it is about."""

MOST_COMPLETIONS: Final = 50
"""How many words of titles may stand for an unfinished one."""

MOST_READ: Final = 2000
"""Documents, the best first, in which a phrase is looked for."""

REMEMBERED: Final = 64
"""Choices and readers whose documents are remembered."""

_WORD_CHARACTER: Final = re.compile(r"[a-z0-9]")


class Snapshot:
    """Searches a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._admitted = lru_cache(maxsize=REMEMBERED)(self._find_admitted)
        self._counter = FacetCounter(corpus, self._admitted)

    def search(self, query: Query) -> Hits:
        """Return what matches any word of the query, best first."""
        text = query.text[:MOST_CHARACTERS]
        seen = self._admitted(query.unchosen)
        is_corrected = query.is_corrected and not query.phrases
        corrected = self._corrected(text, query, seen) if is_corrected else None
        words = _first(analyzer.tokens(corrected or text), MOST_WORDS)
        views, found = self._scored(words, corrected or text, query, seen)
        if not text and (query.authors is not None or query.tags):
            found[:] = True
        also = self._corpus.numbers_of(query.also)
        views.pieces[also[~found[also]]] = 0  # Too few pieces of words find nothing.
        found[also] = True
        together = views.together
        pinned = self._corpus.in_groups(query.pinned) if query.pinned else np.False_
        found = self._narrowed(query, together, found & seen) | (pinned & seen)
        chosen = found & ~pinned & self._admitted(query.choices)
        scores = together * self._corpus.lift(query.reader_language)
        why = Explanation(self._corpus, words, views, query.reader_language) if query.is_explained else None
        return Hits(
            hits=self._best(scores, chosen, query.offset + query.limit, why)[query.offset :],
            total=int(self._corpus.groups_with(chosen).sum()),
            corrected=corrected,
            besides=self._beside(also, scores, chosen, why),
            facets=self._counter.counted(query, found) if query.is_counted else None,
        )

    def _corrected(self, text: str, query: Query, seen: Flags) -> str | None:
        """Return a text with its slips corrected; what is known to mean something is none."""
        meant = [token for match in query.synonyms.matches(text) for token in match.words]
        return spelling.corrected(text, ReadersLexicon(self._corpus, seen), meant=meant)

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first."""
        text = query.text[:MOST_CHARACTERS]
        seen = self._admitted(query.choices)
        scores, found = self._corpus.nothing()
        words = [self._corpus.title_word(WORDS, token) for token in _first(analyzer.tokens(text), MOST_WORDS)]
        words.append(self._corpus.title_word(TITLE_WORDS, *self._completions(text, seen)))
        for word in words:
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
        for choice in _choices(query, text, self._corpus.title_word, seen):
            choice.add_to(scores, found)
        scores *= self._corpus.lift(query.reader_language)
        return self._best(scores, found & seen, query.offset + query.limit)[query.offset :]

    def _find_admitted(self, choices: Query) -> Flags:
        """Return the documents that the reader may see and that are what was chosen."""
        return self._corpus.is_there & self._corpus.which(choices.admits)

    def _best(
        self, scores: Floats, found: Flags, wanted: int, why: Explanation | None = None
    ) -> tuple[Hit, ...]:
        """Return the best document of each group, as many as wanted, with what makes up their scores."""
        keys, groups = self._corpus.columns.keys, self._corpus.groups
        best = ranking.best_of_groups(scores, np.flatnonzero(found), keys=keys, groups=groups, wanted=wanted)
        return tuple(
            Hit(
                key=keys[number],
                group=self._corpus.group_names[groups[number]],
                score=float(scores[number]),
                parts=why.parts(number) if why else (),
            )
            for number in best
        )

    def _beside(
        self, also: Numbers, scores: Floats, found: Flags, why: Explanation | None
    ) -> tuple[Hit, ...]:
        """Return the best document found of each group that has one of some."""
        if not also.size:
            return ()
        beside = self._corpus.groups_with(also)[self._corpus.groups]
        return self._best(scores, found & beside, also.size, why)

    def _scored(self, words: Sequence[str], text: str, query: Query, seen: Flags) -> tuple[Views, Flags]:
        """Return what each document earns, and whether it is found.

        A word is known if a document that the reader may see has it: else a hidden one would show in this.
        """
        scores, found = self._corpus.nothing()
        common, pieces, synonyms = (np.zeros_like(scores) for _ in range(3))
        if not words:
            return Views(scores, synonyms, common, pieces), found
        known: dict[str, float] = {}
        unknown: dict[str, float] = {}
        for token in words:
            word = self._corpus.word(WORDS, token)
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
            common[word.in_title] += 1
            (known if seen[word.numbers].any() else unknown)[token] = word.rarity
        sizes = self._corpus.columns.title_sizes.copy()
        for choice in _choices(query, text, self._corpus.word, seen):
            choice.add_to(synonyms, found)
            choice.read_titles(common, sizes)
            if known.keys().isdisjoint(choice.tokens):
                known[choice.tokens[0]] = choice.rarity_of_others
            for token in choice.tokens:
                unknown.pop(token, None)
        known_told = sum(known.values())
        told = known_told + sum(unknown.values())
        likeness = ranking.likeness(common, title_words=sizes, query_words=len(words))
        pieces, possible = self._pieces(text)
        if unknown:
            found |= pieces >= ranking.PIECES_ALONE * possible
        likeness *= np.float32(ranking.LIKENESS * told)
        pieces *= np.float32((ranking.PIECES * known_told + told - known_told) / possible)
        return Views(scores, synonyms, likeness, pieces), found

    def _pieces(self, text: str) -> tuple[Floats, float]:
        """Return what each document earns by pieces of words, and what all the pieces tell."""
        pieces, _ = self._corpus.nothing()
        possible = 0.0
        for gram in _first(analyzer.grams(text), MOST_GRAMS):
            word = self._corpus.word(GRAMS, gram)
            pieces[word.numbers] += word.impacts
            possible += word.rarity
        return pieces, possible or 1.0

    def _completions(self, text: str, seen: Flags) -> list[str]:
        """Return the words of titles that begin with the longest unfinished word a text may end in."""
        beginnings = analyzer.unfinished_words(text)
        found = (
            self._corpus.tokens_from(TITLE_WORDS, one, most=MOST_COMPLETIONS, among=seen)
            for one in beginnings
        )
        return next(filter(None, found), [])

    def _narrowed(self, query: Query, scores: Floats, found: Flags) -> Flags:
        """Return those of the documents found that the query's operators let through."""
        if query.authors is not None:
            found = found & self._corpus.having_any("author", map(str, query.authors))
        for tag in query.tags:
            found = found & self._corpus.having_any("tags", [analyzer.fold(tag).text])
        literal: list[str] = []
        for said in query.excluded:
            tokens = set(analyzer.tokens(said))
            if len(tokens) == 1:
                found = found & ~self._corpus.having(self._corpus.word(WORDS, *tokens))
            else:
                literal.append(said)
        if query.phrases or literal:
            found = self._literally(query.phrases, literal, scores, found)
        return found

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
            text = self._corpus.text(int(number))
            is_whole = all(pattern.search(text) for pattern in needed)
            passing[number] = is_whole and not any(pattern.search(text) for pattern in forbidden)
        return passing

    def _may_hold(self, phrase: str) -> Flags:
        """Return which documents have all that a phrase is made of."""
        words = [self._corpus.word(WORDS, token) for token in analyzer.tokens(phrase) if token.isascii()]
        pieces = [self._corpus.word(GRAMS, gram) for gram in analyzer.grams(phrase, is_latin_cut=False)]
        flags: Flags = np.logical_and.reduce(
            [self._corpus.is_there, *map(self._corpus.having, words + pieces)]
        )
        return flags


def _first(tokens: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(tokens))[:most]


def _choices(query: Query, text: str, word: Callable[[str, str], Word], seen: Flags) -> Iterator[Choice]:
    """Yield the words of a text that have alternatives, as a kind of words of the index."""
    matches = query.synonyms.matches(text, literally=query.phrases)
    return choices(matches[:MOST_WORDS], partial(word, WORDS), seen=seen)


def _bounded(phrase: str) -> str:
    """Return a pattern for a phrase in folded texts; a Latin letter at an end of it is at one of a word."""
    folded = analyzer.fold(phrase).text
    words = r"\s+".join(map(re.escape, folded.split()))
    before = r"(?<![a-z0-9])" if _WORD_CHARACTER.match(folded) else ""
    after = r"(?![a-z0-9])" if _WORD_CHARACTER.match(folded[-1:]) else ""
    return f"{before}{words}{after}"
