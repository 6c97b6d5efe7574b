"""The words of the documents that a reader may see: no correction may give away any other."""

from collections.abc import Collection

from portal.search.corpus import Corpus
from portal.search.ranking import Flags
from portal.search.segments import WORDS, WRITTEN


class ReadersLexicon:
    """What some documents of a corpus have, as `spelling.Lexicon` asks for it."""

    def __init__(self, corpus: Corpus, seen: Flags) -> None:
        self._corpus = corpus
        self._seen = seen

    def __contains__(self, written: object) -> bool:
        """Tell whether a word is written just so in a document."""
        word = str(written)
        return self._corpus.may_be_written(word) and self._corpus.has_any(WRITTEN, word, among=self._seen)

    def share(self, tokens: Collection[str], *, among: str | None) -> float:
        """Return the share of documents with all tokens among those with another one or, if None, all."""
        if not tokens:
            return 0.0
        within, *others = [self._corpus.word(WORDS, token) for token in tokens]
        if among is not None:
            others.append(self._corpus.word(WORDS, among))
        numbers = within.numbers[self._seen[within.numbers]]
        for other in others:
            numbers = numbers[self._corpus.having(other)[numbers]]
        everything = int((self._seen if among is None else self._seen[others[-1].numbers]).sum())
        return len(numbers) / everything if everything else 0.0
