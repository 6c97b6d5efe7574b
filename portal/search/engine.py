"""What every search engine offers, and the plain values that go in and come out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, Protocol

from portal.core.errors import PortalError
from portal.search.synonyms import NO_SYNONYMS, Thesaurus

Kind = Literal["article", "topic"]
PartName = Literal[
    "title",
    "body",
    "synonyms",
    "likeness",
    "pieces",
    "helpfulness",
    "freshness",
    "solved",
    "language",
    "meaning",
]


class IndexUnavailableError(PortalError):
    """The index is missing, damaged or being written by someone else; it can be rebuilt or tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexedDocument:
    """A page or a post as the index sees it: `article:12:ja`, `topic:5` or `post:77`."""

    key: str
    group: str
    """What results show once however many of its documents match: a post's group is its topic's key."""
    kind: Kind
    language: str
    title: str
    """Empty for a post."""
    body: str
    """Plain text."""
    audience: frozenset[str]
    """Who may find it, in the tokens of `accounts/audience.py`."""
    author_id: int | None = None
    """The person who wrote it; None when that is nobody in particular, as with articles."""
    tags: frozenset[str] = frozenset()
    solved: bool = False
    helpfulness: float = 0.0
    """What readers say of it, 0…1."""
    verified_on: date | None = None
    """The day it was last found to be true; None if nobody looked."""
    section: str = ""
    """Where it stands, as `section:3` or `board:2`; empty for nowhere."""


class Traits(NamedTuple):
    """What a query may ask of a document besides words; many documents share them."""

    kind: str
    language: str
    audience: frozenset[str]
    section: str = ""
    is_solved: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What someone looks for and what they may see; no text in it is ever read as syntax."""

    text: str
    audience: frozenset[str] | None
    """The reader's own tokens; None for staff, who see everything."""
    language: str | None = None
    """None for every language."""
    kind: Kind | None = None
    """None for every kind."""
    phrases: tuple[str, ...] = ()
    """Texts that a document has to hold literally, but for case and width."""
    excluded: tuple[str, ...] = ()
    """Words, in any form, and phrases that it must not hold."""
    authors: frozenset[int] | None = None
    """The ids of the people one of whom has to have written it; None for anybody."""
    tags: tuple[str, ...] = ()
    """What it has to be tagged with."""
    is_solved: bool = False
    """Whether only solved topics are asked for."""
    sections: frozenset[str] | None = None
    """Where it has to stand, in one of them; None for anywhere."""
    reader_language: str | None = None
    """The language whose pages come first among almost equally good ones; None for none."""
    has_meaning: bool = True
    """Whether it may be answered by meaning too; not, if an earlier page of it was not."""
    also: frozenset[str] = frozenset()
    """The keys of documents that are found even if they have no word of it."""
    synonyms: Thesaurus = NO_SYNONYMS
    """What words may mean besides; not those of phrases, nor what is excluded."""
    pinned: frozenset[str] = frozenset()
    """Groups that are shown anyway: neither hits nor in the total, but in what choices would leave."""
    is_corrected: bool = True
    """Whether slips of the pen may be corrected."""
    is_counted: bool = False
    """Whether to count what each choice of kind, language and section would leave."""
    is_explained: bool = False
    """Whether to say what each score is made of."""
    limit: int = 20
    offset: int = 0

    @property
    def unchosen(self) -> "Query":
        """What asks for everything that the reader may see."""
        return Query(text="", audience=self.audience)

    @property
    def choices(self) -> "Query":
        """What asks for everything of it that was chosen by kind, language and section."""
        return Query(
            text="",
            audience=self.audience,
            kind=self.kind,
            language=self.language,
            is_solved=self.is_solved,
            sections=self.sections,
        )

    def admits(self, traits: Traits) -> bool:
        """Tell whether a document may be shown to the reader and is what was chosen."""
        return (
            self.kind in (None, traits.kind)
            and self.language in (None, traits.language)
            and (self.sections is None or traits.section in self.sections)
            and (traits.is_solved or not self.is_solved)
            and (self.audience is None or not self.audience.isdisjoint(traits.audience))
        )


class Part(NamedTuple):
    """What a score owes to one thing."""

    name: PartName
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """The best document of a group."""

    key: str
    group: str
    score: float
    parts: tuple[Part, ...] = ()
    """What adds up to the score, if that was asked for."""
    cosine: float | None = None
    """How near it is in meaning, −1…1; None if nobody compared it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facets:
    """How many groups each choice would leave; what is chosen of a facet does not narrow its own counts.

    Choices that would leave nothing are missing.
    """

    kinds: Mapping[str, int]
    """By `article`, `topic` and `solved`; a solved topic is a topic too."""
    languages: Mapping[str, int]
    sections: Mapping[str, int]
    """By `IndexedDocument.section`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """One page of results, best first, and how many groups match in all."""

    hits: tuple[Hit, ...]
    total: int
    corrected: str | None = None
    """The text that was looked for instead of the one asked for; None when it is the same."""
    besides: tuple[Hit, ...] = ()
    """The groups that `Query.also` names, on whichever page they are."""
    lacks_meaning: bool = False
    """Whether what the query means was not known in time; other pages have to do without it too."""
    facets: Facets | None = None
    """None unless they were asked for."""


class Searcher(Protocol):
    """Whatever answers queries; IndexUnavailableError says that it cannot read its index."""

    def search(self, query: Query) -> Hits:
        """Return what matches the query, best first.

        Without a word, authors and tags alone find what is theirs.
        """

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first."""


class SearchEngine(Searcher, Protocol):
    """An index of documents that can be thrown away and rebuilt.

    Every method but `is_current` may raise IndexUnavailableError when it cannot read the index.
    """

    def update(self, documents: Iterable[IndexedDocument], *, removed: Iterable[str] = ()) -> None:
        """Put documents in or replace those of the same key, and take out the keys in `removed`."""

    def rebuild(self, documents: Iterable[IndexedDocument]) -> None:
        """Make a new index of these documents alone; searches use the old one until it is complete."""

    def is_current(self) -> bool:
        """Tell whether there is an index that opens and was made with today's analyzer."""
