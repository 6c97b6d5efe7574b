"""Searching: the engine proposes, the table of documents decides what the actor may see of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.audience import visible_to
from portal.content.language import language_of
from portal.core.errors import NotFoundError
from portal.search.analyzer import tokens
from portal.search.curation import queries as curation
from portal.search.curation.queries import NOT_CURATED, Curation
from portal.search.engine import Facets, Hit, IndexUnavailableError, Query, Searcher
from portal.search.extracts import Pieces, extract, mark
from portal.search.models import DocumentKind, SearchDocument
from portal.search.parsing import ParsedQuery, parse
from portal.search.synonyms import Thesaurus

RESULTS_A_PAGE: Final = 10
SUGGESTIONS: Final = 7
LONGEST_QUERY: Final = 300
MOST_TITLE_WORDS: Final = 8

_FOUND: Final = select(
    SearchDocument.id,
    SearchDocument.key,
    SearchDocument.group,
    SearchDocument.kind,
    SearchDocument.language,
    SearchDocument.title,
    SearchDocument.body,
    SearchDocument.path,
    SearchDocument.is_solved,
)
"""What results are made of; rows cost less than entities."""

_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What someone looks for; `kind` is None for everything, `language` None for any.

    `sections` are the keys of the places where it has to stand, None for anywhere. `is_counted` asks what
    other choices would leave, `is_explained` what scores are made of, which only staff are told.
    `is_corrected` says whether slips of the pen may be corrected, `has_operators` whether `"a phrase"`,
    `-word` and the like are more than text, `is_curated` whether pins and synonyms of staff hold.
    """

    text: str
    reader_language: str
    language: str | None = None
    kind: DocumentKind | None = None
    is_solved: bool = False
    sections: frozenset[str] | None = None
    page: int = 1
    is_counted: bool = False
    is_explained: bool = False
    is_corrected: bool = True
    has_meaning: bool = True
    has_operators: bool = True
    is_curated: bool = True

    @property
    def parsed(self) -> ParsedQuery:
        """What is looked for: the words, and what operators say of them."""
        text = self.text[:LONGEST_QUERY]
        return parse(text) if self.has_operators else ParsedQuery(text=text)

    @property
    def wanted_language(self) -> str:
        """The translation to show: a Japanese question wants Japanese, any other the reader's language."""
        return self.language or ("ja" if language_of(self.text) == "ja" else self.reader_language)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One result; its title and best passage are cut where words match, but only once they are asked for.

    `is_foreign` says that there is none in the language wanted. `hit` tells its score to staff who ask; it is
    None for everyone else.
    """

    document_id: int
    kind: DocumentKind
    language: str
    path: str
    name: str
    body: str
    words: frozenset[str]
    is_solved: bool
    group: str
    is_pinned: bool = False
    is_foreign: bool = False
    hit: Hit | None = None

    @property
    def title(self) -> Pieces:
        """The whole title, the words of the question marked."""
        return mark(self.name, self.words)

    @property
    def passage(self) -> Pieces:
        """The part of the body that answers best, marked the same."""
        return extract(self.body, self.words)


@dataclass(frozen=True, kw_only=True)
class Results:
    """One page of results. `is_by_title` says that the index was away and only titles were compared.

    `corrected` is what was looked for instead of the words asked for; None when it is the same. `facets` are
    None unless they were asked for, or when the index was away. `lacks_meaning` says that meaning was late.
    """

    found: Sequence[Found]
    total: int
    corrected: str | None = None
    facets: Facets | None = None
    lacks_meaning: bool = False
    is_by_title: bool = False


def results_for(session: Session, actor: Actor, searcher: Searcher, question: Question) -> Results:
    """Return what the actor may see of the answers to a question."""
    known = curation.current(session) if question.is_curated else NOT_CURATED
    query = _query(session, actor, question, known.synonyms)
    return _results(session, actor, searcher, query, known, question.wanted_language)


def _results(
    session: Session, actor: Actor, searcher: Searcher, query: Query, known: Curation, language: str
) -> Results:
    """Return a page of what staff pinned to a query, and then of what else is found."""
    pinned = _pinned(session, actor, known, query, language)
    shown = pinned[query.offset : query.offset + query.limit]
    besides = replace(
        query,
        pinned=frozenset(found.group for found in pinned),
        offset=max(0, query.offset - len(pinned)),
        limit=query.limit - len(shown),
    )
    try:
        hits = searcher.search(besides)
    except IndexUnavailableError:
        results = _results_by_title(session, actor, besides)
        return replace(results, found=[*shown, *results.found], total=len(pinned) + results.total)
    if hits.corrected and not pinned and known.groups_pinned(hits.corrected, language=language):
        meant = replace(query, text=hits.corrected, is_corrected=False)
        results = _results(session, actor, searcher, meant, known, language)
        return replace(results, corrected=hits.corrected)
    words = _marked(query, hits.corrected or query.text)
    found = [
        replace(
            _found(main, best, words),
            is_foreign=main.language != language,
            hit=hit if query.is_explained else None,
        )
        for hit, main, best in _documents(session, actor, hits.hits, language)
    ]
    return Results(
        found=[*shown, *found],
        total=len(pinned) + hits.total,
        corrected=hits.corrected,
        facets=hits.facets,
        lacks_meaning=hits.lacks_meaning,
    )


def _pinned(session: Session, actor: Actor, known: Curation, query: Query, language: str) -> list[Found]:
    """Return what staff chose for a query, in order, as far as the actor may see it and it is asked for."""
    is_narrowed = query.phrases or query.excluded or query.tags or query.authors is not None
    groups = () if is_narrowed else known.groups_pinned(query.text, language=language)
    if not groups:
        return []
    in_groups = (SearchDocument.title != "", SearchDocument.group.in_(groups))
    rows = session.execute(_FOUND.where(_seen_by(actor), *in_groups, *_narrowed(query))).all()
    chosen: dict[str, _Row] = {}
    for row in sorted(rows, key=lambda row: (row.language != language, row.key)):
        chosen.setdefault(row.group, row)
    words = _marked(query, query.text)
    return [
        replace(_found(row, row, words), is_pinned=True, is_foreign=row.language != language)
        for row in map(chosen.get, groups)
        if row is not None
    ]


def _marked(query: Query, text: str) -> frozenset[str]:
    """Return the words of a text, and those they may mean: what is marked in results."""
    matches = query.synonyms.matches(text, literally=query.phrases)
    others = (word for match in matches for words in match.alternatives for word in words)
    return frozenset(tokens(text)).union(others)


def _query(session: Session, actor: Actor, question: Question, synonyms: Thesaurus) -> Query:
    parsed = question.parsed
    query = Query(
        text="",
        synonyms=synonyms,
        language=question.language,
        kind=question.kind.value if question.kind else None,
        is_solved=question.is_solved,
        sections=question.sections,
        reader_language=question.wanted_language,
        audience=actor.audiences,
        authors=accounts.ids_of_people_named(session, parsed.authors) if parsed.authors else None,
        is_corrected=question.is_corrected,
        has_meaning=question.has_meaning,
        is_counted=question.is_counted,
        is_explained=question.is_explained and actor.is_staff,
        limit=RESULTS_A_PAGE,
        offset=(question.page - 1) * RESULTS_A_PAGE,
    )
    return parsed.applied_to(query)


def suggestions_for(
    session: Session, actor: Actor, searcher: Searcher, question: Question
) -> Sequence[Found]:
    """Return articles and topics whose titles fit what is being typed."""
    query = Query(
        text=question.text[:LONGEST_QUERY],
        language=question.language,
        kind=None,
        reader_language=question.wanted_language,
        audience=actor.audiences,
        synonyms=curation.current(session).synonyms,
        limit=SUGGESTIONS,
        offset=0,
    )
    try:
        hits = searcher.suggest(query)
    except IndexUnavailableError:
        return _results_by_title(session, actor, query).found
    words = _marked(query, query.text)
    return [
        _found(main, main, words) for _, main, _ in _documents(session, actor, hits, question.wanted_language)
    ]


def _documents(
    session: Session, actor: Actor, hits: Sequence[Hit], language: str
) -> list[tuple[Hit, _Row, _Row]]:
    """Return, for each hit the actor may see, the titled document to show and the one that matched best."""
    named = {"keys": [hit.key for hit in hits], "groups": [hit.group for hit in hits]}
    rows = session.execute(_hits_seen_by(actor), named).all()
    by_key = {row.key: row for row in rows}
    documents = []
    for hit in hits:
        titles = [row for row in rows if row.group == hit.group and row.title]
        if hit.key in by_key and titles:
            best = by_key[hit.key]
            main = min(titles, key=lambda row: (row.language != language, row.key != hit.key))
            documents.append((hit, main, main if best.title else best))
    return documents


@lru_cache(maxsize=64)
def _hits_seen_by(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Select the documents of `keys` and what gives `groups` a title; remembered, as visitors are alike."""
    is_hit = SearchDocument.key.in_(bindparam("keys", expanding=True))
    is_title = SearchDocument.group.in_(bindparam("groups", expanding=True)) & (SearchDocument.title != "")
    return _FOUND.where(_seen_by(actor), is_hit | is_title)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return and_(visible_to(actor, SearchDocument.audience), SearchDocument.is_removed.is_(False))


def _found(main: _Row, best: _Row, words: frozenset[str]) -> Found:
    return Found(
        document_id=main.id,
        kind=DocumentKind(main.kind),
        language=main.language,
        path=best.path,
        name=main.title,
        body=best.body,
        words=words,
        is_solved=main.is_solved,
        group=main.group,
    )


def _results_by_title(session: Session, actor: Actor, query: Query) -> Results:
    """Compare titles only, while there is no index."""
    title = SearchDocument.title
    fits = [title.icontains(word, autoescape=True) for word in query.text.split()[:MOST_TITLE_WORDS]]
    fits += [title.icontains(phrase, autoescape=True) for phrase in query.phrases]
    if not fits or query.tags:
        return Results(found=(), total=0, is_by_title=True)
    fits.append(SearchDocument.group.not_in(query.pinned))
    fits += [~title.icontains(word, autoescape=True) for word in query.excluded]
    rows = session.execute(
        _FOUND.where(_seen_by(actor), title != "", *fits, *_narrowed(query)).limit(RESULTS_A_PAGE)
    ).all()
    marked = frozenset(tokens(query.text))
    found = [_found(row, row, marked) for row in rows]
    return Results(found=found, total=len(found), is_by_title=True)


def _narrowed(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.kind:
        conditions.append(SearchDocument.kind == query.kind)
    if query.language:
        conditions.append(SearchDocument.language == query.language)
    if query.is_solved:
        conditions.append(SearchDocument.is_solved.is_(True))
    if query.sections is not None:
        conditions.append(SearchDocument.section.in_(query.sections))
    if query.authors is not None:
        conditions.append(SearchDocument.author_id.in_(query.authors))
    return conditions


def document_for(session: Session, actor: Actor, document_id: int) -> SearchDocument:
    """Return one findable text.

    Raises:
        NotFoundError: no such text that the actor may see.
    """
    document = session.scalar(select(SearchDocument).where(_seen_by(actor), SearchDocument.id == document_id))
    if document is None:
        raise NotFoundError("document")
    return document
