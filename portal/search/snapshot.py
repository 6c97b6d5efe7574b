"""The search in an index as one commit left it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from portal.search import analyzer, ranking, spelling
from portal.search.alternatives import Choice, choices
from portal.search.corpus import Corpus, Word
from portal.search.engine import Hit, Hits, Query
from portal.search.ranking import Flags, Floats
from portal.search.segments import GRAMS, TITLE_WORDS, WORDS

MOST_CHARACTERS: Final = 1000
MOST_WORDS: Final = 32
MOST_GRAMS: Final = 128
"""What is read of a query; a longer one is a pasted message, whose beginning says what it is about."""

MOST_COMPLETIONS: Final = 50
"""How many words of titles may stand for an unfinished one."""

MOST_READ: Final = 2000
"""Documents, the best first, in which a phrase is looked for."""

_WORD_CHARACTER: Final = re.compile(r"[a-z0-9]")


class Snapshot:
    """Searches a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def search(self, query: Query) -> Hits:
        """Return what matches any word of the query, best first."""
        text = query.text[:MOST_CHARACTERS]
        is_corrected = query.is_corrected and not query.phrases
        corrected = self._corrected(text, query) if is_corrected else None
        scores, found = self._scored(corrected or text, query)
        if not text and (query.authors is not None or query.tags):
            found[:] = True
        found &= self._seen(query)
        return self._best(scores, self._narrowed(query, scores, found), query, corrected)

    def _corrected(self, text: str, query: Query) -> str | None:
        """Return a text with its slips corrected; what is known to mean something is none."""
        meant = [token for match in query.synonyms.matches(text) for token in match.words]
        return spelling.corrected(text, self._corpus, meant=meant)

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first."""
        text = query.text[:MOST_CHARACTERS]
        scores, found = self._corpus.nothing()
        words = [self._corpus.title_word(WORDS, token) for token in _first(analyzer.tokens(text), MOST_WORDS)]
        words.append(self._corpus.title_word(TITLE_WORDS, *self._completions(text)))
        for word in words:
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
        for choice in _choices(query, text, self._corpus.title_word):
            choice.add_to(scores, found)
        return self._best(scores, found & self._seen(query), query).hits

    def _best(self, scores: Floats, found: Flags, query: Query, corrected: str | None = None) -> Hits:
        return ranking.best_of_groups(
            scores * self._corpus.merit,
            found,
            keys=self._corpus.columns.keys,
            groups=self._corpus.groups,
            names=self._corpus.group_names,
            query=query,
            corrected=corrected,
        )

    def _scored(self, text: str, query: Query) -> tuple[Floats, Flags]:
        """Return what each document earns, and whether it is found."""
        scores, found = self._corpus.nothing()
        words = {
            token: self._corpus.word(WORDS, token) for token in _first(analyzer.tokens(text), MOST_WORDS)
        }
        if not words:
            return scores, found
        common = np.zeros_like(scores)
        for word in words.values():
            scores[word.numbers] += word.impacts
            found[word.numbers] = True
            common[word.in_title] += 1
        known = sum(word.rarity for word in words.values() if len(word.numbers))
        unknown = {token: word.rarity for token, word in words.items() if not len(word.numbers)}
        sizes = self._corpus.columns.title_sizes.copy()
        for choice in _choices(query, text, self._corpus.word):
            choice.add_to(scores, found)
            choice.read_titles(common, sizes)
            known += 0 if choice.is_known else choice.rarity_of_others
            unknown = {token: rarity for token, rarity in unknown.items() if token not in choice.tokens}
        told = known + sum(unknown.values())
        likeness = ranking.likeness(common, title_words=sizes, query_words=len(words))
        pieces, possible = self._pieces(text)
        scores += ranking.LIKENESS * told * likeness
        scores += (ranking.PIECES * known + told - known) / possible * pieces
        if known < told:
            found |= pieces >= ranking.PIECES_ALONE * possible
        return scores, found

    def _pieces(self, text: str) -> tuple[Floats, float]:
        """Return what each document earns by pieces of words, and what all the pieces tell."""
        pieces, _ = self._corpus.nothing()
        possible = 0.0
        for gram in _first(analyzer.grams(text), MOST_GRAMS):
            word = self._corpus.word(GRAMS, gram)
            pieces[word.numbers] += word.impacts
            possible += word.rarity
        return pieces, possible or 1.0

    def _completions(self, text: str) -> list[str]:
        """Return the words of titles that begin with the longest unfinished word a text may end in."""
        beginnings = analyzer.unfinished_words(text)
        found = (self._corpus.tokens_from(TITLE_WORDS, one, most=MOST_COMPLETIONS) for one in beginnings)
        return next(filter(None, found), [])

    def _seen(self, query: Query) -> Flags:
        """Return the documents that the reader may see and that are of the kind and language asked for."""
        columns = self._corpus.columns
        verdicts = np.array([query.admits(**facets._asdict()) for facets in columns.facets], np.bool_)
        seen: Flags = self._corpus.is_there & verdicts[columns.facets_of]
        return seen & ~self._corpus.in_groups(query.hidden) if query.hidden else seen

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


def _choices(query: Query, text: str, word: Callable[[str, str], Word]) -> Iterator[Choice]:
    """Yield the words of a text that have alternatives, as a kind of words of the index."""
    matches = query.synonyms.matches(text, literally=query.phrases)
    return choices(matches[:MOST_WORDS], partial(word, WORDS))


def _bounded(phrase: str) -> str:
    """Return a pattern for a phrase in folded texts; a Latin letter at an end of it is at one of a word."""
    folded = analyzer.fold(phrase).text
    words = r"\s+".join(map(re.escape, folded.split()))
    before = r"(?<![a-z0-9])" if _WORD_CHARACTER.match(folded) else ""
    after = r"(?![a-z0-9])" if _WORD_CHARACTER.match(folded[-1:]) else ""
    return f"{before}{words}{after}"
