"""What scores are made of, for staff who ask why a result is where it is."""

from collections.abc import Iterable

from portal.search.corpus import Corpus
from portal.search.engine import Part, PartName
from portal.search.ranking import Floats, Views
from portal.search.segments import WORDS


class Explanation:
    """The parts of what documents score for some tokens and a reader of a language, if that is known."""

    def __init__(self, corpus: Corpus, tokens: Iterable[str], views: Views, language: str | None) -> None:
        titles, _ = corpus.nothing()
        bodies, _ = corpus.nothing()
        for token in tokens:
            word, share = corpus.word(WORDS, token), corpus.title_share(WORDS, token)
            titles[word.numbers] += share * word.impacts
            bodies[word.numbers] += (1 - share) * word.impacts
        self._together = views.together
        self._earned: dict[PartName, Floats] = {
            "title": titles,
            "body": bodies,
            "synonyms": views.synonyms,
            "likeness": views.likeness,
            "pieces": views.pieces,
        }
        self._lifts = corpus.lifts | ({"language": corpus.own_language(language)} if language else {})

    def parts(self, number: int) -> tuple[Part, ...]:
        """Return what the score of a document is the sum of; what adds nothing is left out."""
        earned = [Part(name, float(values[number])) for name, values in self._earned.items()]
        lifted = [
            Part(name, float(self._together[number] * lift[number])) for name, lift in self._lifts.items()
        ]
        return tuple(part for part in earned + lifted if part.value)
