"""What staff decided about search, for searching and for the pages on which they do."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core import revisions
from portal.core.errors import NotFoundError
from portal.search.analyzer import tokens
from portal.search.curation.models import SearchPin, SearchSynonym
from portal.search.curation.policies import may_curate
from portal.search.models import SearchDocument
from portal.search.parsing import parse
from portal.search.synonyms import NO_SYNONYMS, Thesaurus, words_of

PART: Final = "curation"
"""The part of the site whose revision grows with every change."""


def asked_by(text: str) -> frozenset[str]:
    """Return what a query asks, in whatever order and form its words stand."""
    return frozenset(tokens(text))


@dataclass(frozen=True, kw_only=True)
class Curation:
    """All that holds now: the synonyms, and the pins by what is asked, each with its language and group."""

    synonyms: Thesaurus = NO_SYNONYMS
    pins: Mapping[frozenset[str], Sequence[tuple[str | None, str]]]

    def groups_pinned(self, text: str, *, language: str) -> tuple[str, ...]:
        """Return what stands first for readers of a language, in order."""
        pins = self.pins.get(asked_by(text), ()) if self.pins else ()
        return tuple(dict.fromkeys(group for wanted, group in pins if wanted in (None, language)))


NOT_CURATED: Final = Curation(pins={})

_lock: Final = Lock()
_known: Final[WeakKeyDictionary[object, tuple[int, Curation]]] = WeakKeyDictionary()
"""By database, what held at a revision."""


def forget() -> None:
    """Forget what held, as databases may be other ones."""
    with _lock:
        _known.clear()


def current(session: Session) -> Curation:
    """Return what holds now; it is read once after every change. Ask before anything is written."""
    database, (revision,) = session.get_bind(), revisions.numbers(session, PART)
    with _lock:
        known = _known.get(database)
    if known is None or known[0] != revision:
        known = (revision, _read(session))
        with _lock:
            _known[database] = known
    return known[1]


def _read(session: Session) -> Curation:
    pins: defaultdict[frozenset[str], list[tuple[str | None, str]]] = defaultdict(list)
    for pin in standing_pins(session):
        pins[asked_by(pin.query)].append((pin.language, pin.group))
    rules = (rule for synonym in standing_synonyms(session) for rule in synonym.rules)
    return Curation(synonyms=Thesaurus(rules), pins=dict(pins))


def standing_synonyms(session: Session) -> Sequence[SearchSynonym]:
    """Return the rules that hold, the oldest first."""
    standing = SearchSynonym.removed_at.is_(None)
    return session.scalars(select(SearchSynonym).where(standing).order_by(SearchSynonym.id)).all()


def standing_pins(session: Session) -> Sequence[SearchPin]:
    """Return the pins that hold, those of a query in their order."""
    standing = SearchPin.removed_at.is_(None)
    return session.scalars(select(SearchPin).where(standing).order_by(SearchPin.place, SearchPin.id)).all()


@dataclass(frozen=True, kw_only=True)
class ListedSynonym:
    """A rule, and the name of who changed it; None for someone who left, or for the site itself."""

    synonym: SearchSynonym
    by: str | None


class TitledText(NamedTuple):
    """One text of a group that can be found."""

    group: str
    language: str
    title: str
    path: str


@dataclass(frozen=True, kw_only=True)
class ListedPin:
    """A pin, who changed it, and the texts that it puts first, by language; empty when they are gone."""

    pin: SearchPin
    by: str | None
    texts: Sequence[TitledText]


def synonyms_for(session: Session, actor: Actor, words: str = "") -> Sequence[ListedSynonym]:
    """Return the rules with some words on a side, the last changed first; none to whoever may not curate."""
    if not may_curate(actor):
        return ()
    sides = (SearchSynonym.words, SearchSynonym.means)
    rows = session.execute(
        select(SearchSynonym, User.name)
        .outerjoin(User, User.id == SearchSynonym.changed_by_id)
        .where(SearchSynonym.removed_at.is_(None))
        .where(or_(*(side.icontains(words, autoescape=True) for side in sides)))
        .order_by(SearchSynonym.changed_at.desc(), SearchSynonym.id.desc())
    )
    return [ListedSynonym(synonym=synonym, by=name) for synonym, name in rows]


def pins_for(session: Session, actor: Actor, words: str = "") -> Sequence[ListedPin]:
    """Return the pins of queries with some words, by query; none to whoever may not curate."""
    if not may_curate(actor):
        return ()
    rows = session.execute(
        select(SearchPin, User.name)
        .outerjoin(User, User.id == SearchPin.changed_by_id)
        .where(SearchPin.removed_at.is_(None), SearchPin.query.icontains(words, autoescape=True))
        .order_by(SearchPin.query, SearchPin.place, SearchPin.id)
    ).all()
    texts = defaultdict(list)
    for text in texts_of(session, [pin.group for pin, _ in rows]):
        texts[text.group].append(text)
    return [ListedPin(pin=pin, by=name, texts=texts[pin.group]) for pin, name in rows]


def texts_of(session: Session, groups: Sequence[str]) -> Sequence[TitledText]:
    """Return the texts by which groups can be found, as staff see them."""
    columns = (SearchDocument.group, SearchDocument.language, SearchDocument.title, SearchDocument.path)
    titled = (SearchDocument.title != "", SearchDocument.is_removed.is_(False))
    rows = session.execute(
        select(*columns)
        .where(SearchDocument.group.in_(groups), *titled)
        .order_by(SearchDocument.language, SearchDocument.id)
    )
    return [TitledText(*row) for row in rows]


def pins_of(session: Session, actor: Actor, query: str) -> Sequence[SearchPin]:
    """Return the pins of a query, for readers of whichever language; none to whoever may not curate."""
    asked = asked_by(query)
    return (
        [pin for pin in standing_pins(session) if asked_by(pin.query) == asked] if may_curate(actor) else ()
    )


def rules_at_work(session: Session, actor: Actor, query: str) -> Sequence[SearchSynonym]:
    """Return the rules that speak of words of a query; none to whoever may not curate."""
    at_work = {match.words for match in current(session).synonyms.matches(parse(query).text)}
    if not at_work or not may_curate(actor):
        return ()
    standing = standing_synonyms(session)
    return [one for one in standing if any(words_of(words) in at_work for words, _ in one.rules)]


def synonym_for(session: Session, actor: Actor, synonym_id: int) -> SearchSynonym:
    """Return a rule, a removed one too.

    Raises:
        NotFoundError: no such rule, or the actor may not curate.
    """
    synonym = session.get(SearchSynonym, synonym_id) if may_curate(actor) else None
    if synonym is None:
        raise NotFoundError("synonym")
    return synonym


def pin_for(session: Session, actor: Actor, pin_id: int) -> SearchPin:
    """Return a pin, a removed one too.

    Raises:
        NotFoundError: no such pin, or the actor may not curate.
    """
    pin = session.get(SearchPin, pin_id) if may_curate(actor) else None
    if pin is None:
        raise NotFoundError("pin")
    return pin
