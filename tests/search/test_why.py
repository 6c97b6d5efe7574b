"""What scores are made of, worked out again by hand."""

from collections import Counter, defaultdict
from datetime import timedelta
from math import log, sqrt

import pytest

from portal.core.clock import utc_now
from portal.search import ranking
from portal.search.analyzer import grams, tokens
from portal.search.engine import Hit, IndexedDocument, Part, Query
from portal.search.whoosh_engine import WhooshEngine
from portal.search.why import reasons

TODAY = utc_now().date()


def document(number: int, title: str, body: str, **values: object) -> IndexedDocument:
    fields: dict[str, object] = {
        "key": f"article:{number}",
        "group": f"article:{number}",
        "kind": "article",
        "language": "en",
        "audience": frozenset({"public"}),
    }
    return IndexedDocument(title=title, body=body, **(fields | values))  # type: ignore[arg-type]  # Fields.


PAGES = (
    document(1, "Print labels", "Choose the label printer; labels come out.", helpfulness=0.8),
    document(2, "Invoices", "Print an invoice. Print it again.", verified_on=TODAY - timedelta(days=90)),
    document(3, "ラベルを印刷する", "Labels: ラベルの用紙。", language="ja", solved=True, kind="topic"),
    document(4, "Refunds", "Refund a payment.", helpfulness=1.0),
    document(5, "Labels and printers, and how to print", ""),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    found = WhooshEngine(tmp_path_factory.mktemp("index"))
    found.rebuild(PAGES)
    return found


def counts(page: IndexedDocument) -> dict[str, Counter[str]]:
    return {
        "title": Counter(tokens(page.title)),
        "body": Counter(tokens(page.body)),
        "title_grams": Counter(grams(page.title)),
        "body_grams": Counter(grams(page.body, is_latin_cut=False)),
    }


def idf(part: str, token: str) -> float:
    """By Lucene's formula, of titles and bodies together."""
    suffix = part.removeprefix("title").removeprefix("body")
    having = sum(any(counts(page)[name + suffix][token] for name in ("title", "body")) for page in PAGES)
    return log(1 + (len(PAGES) - having + 0.5) / (having + 0.5))


def weighed(page: IndexedDocument, part: str, token: str) -> float:
    lengths = [counts(other)[part].total() for other in PAGES]
    average = sum(lengths) / sum(map(bool, lengths))
    field = ranking.FIELDS[part]
    norm = 1 - field.length_norm + field.length_norm * counts(page)[part].total() / average
    return field.weight * counts(page)[part][token] / norm


def by_hand(page: IndexedDocument, text: str, language: str | None) -> dict[str, float]:
    """Return the parts of a page's score."""
    words, parts = list(dict.fromkeys(tokens(text))), defaultdict[str, float](float)
    for token in words:
        title, body = weighed(page, "title", token), weighed(page, "body", token)
        if title + body:
            earned = idf("title", token) * 2.2 * (title + body) / (title + body + 1.2)
            parts["title"] += earned * title / (title + body)
            parts["body"] += earned * body / (title + body)
    told = {token: idf("title", token) for token in words}
    known = sum(
        value
        for token, value in told.items()
        if any(token in counts(one)[part] for one in PAGES for part in ("title", "body"))
    )
    titles = set(counts(page)["title"])
    if titles:
        common = len(titles & set(words))
        parts["likeness"] = 0.5 * sum(told.values()) * common / sqrt(len(titles) * len(words))
    pieces = list(dict.fromkeys(grams(text)))
    earned = 0.0
    for gram in pieces:
        both = weighed(page, "title_grams", gram) + weighed(page, "body_grams", gram)
        earned += idf("title_grams", gram) * 2.2 * both / (both + 1.2)
    possible = sum(idf("title_grams", gram) for gram in pieces)
    unknown = sum(told.values()) - known
    parts["pieces"] = (0.3 * known + unknown) * earned / possible
    together = sum(parts.values())
    parts["helpfulness"] = together * 0.04 * page.helpfulness
    if page.verified_on:
        parts["freshness"] = together * 0.02 * 0.5 ** ((TODAY - page.verified_on).days / 180)
    parts["solved"] = together * 0.04 * page.solved
    parts["language"] = together * 0.05 * (page.language == language)
    return {name: value for name, value in parts.items() if value}


@pytest.mark.parametrize(
    "text", ["print labels", "labels", "ラベル 印刷", "print an invoice quickly", "refund labelz"]
)
@pytest.mark.parametrize("language", [None, "en", "ja"])
def test_the_parts_are_those_of_the_formula_and_add_up(
    engine: WhooshEngine, text: str, language: str | None
) -> None:
    pages = {page.key: page for page in PAGES}
    query = Query(text=text, audience=None, reader_language=language, is_explained=True, is_corrected=False)
    hits = engine.search(query).hits

    assert hits
    for hit in hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, rel=1e-5)
        assert dict(hit.parts) == pytest.approx(by_hand(pages[hit.key], text, language), rel=1e-4)


def test_nothing_is_explained_unless_it_is_asked_for(engine: WhooshEngine) -> None:
    assert {hit.parts for hit in engine.search(Query(text="labels", audience=None)).hits} == {()}


def test_what_is_shown_adds_up_to_what_is_shown() -> None:
    hit = Hit(
        key="a",
        group="a",
        score=1.0,
        parts=(Part("title", 1 / 3), Part("body", 1 / 3), Part("pieces", 1 / 3)),
    )

    assert [value for _, value in reasons(hit)] == [0.334, 0.333, 0.333]
