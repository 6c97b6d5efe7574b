"""What narrows a search, and what lifts a page, in the embedded engine."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.clock import utc_now
from portal.search import ranking, snapshot
from portal.search.analyzer import fold
from portal.search.engine import Hits, IndexedDocument, Query
from portal.search.parsing import parse
from portal.search.whoosh_engine import WhooshEngine
from tests.search.test_whoosh_engine import document

PAGES = (
    document("article:1", "Reset your password", "Choose a new password."),
    document(
        "article:2", "Password rules", "When you reset, the password has to be long.\nReset  YOUR phone."
    ),
    document("article:3", "請求書の発行", "請求書を発行します。"),
    document("article:4", "発行済みの請求", "書類です。取消は請求書の画面で。"),
    document("topic:5", "Password forgotten", "How?", kind="topic", author_id=7, tags=frozenset({"Sign in"})),
    document("post:51", "", "Reset your browser.", group="topic:5", kind="topic", author_id=8),
    document(
        "topic:6", "Labels", "Printing labels", kind="topic", author_id=8, tags=frozenset({"sign in", "x"})
    ),
    document("article:7", "XAPI keys", "The api-key is here; apis are not."),
    document("article:8", "Ticket zq10x"),
    document("article:9", "Ticket zq110x"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild(PAGES)
    return engine


def search(engine: WhooshEngine, text: str, **more: object) -> Hits:
    query = Query(**({"text": "", "audience": None} | more))  # type: ignore[arg-type]  # Fields.
    return engine.search(parse(text).applied_to(query))


def found(engine: WhooshEngine, text: str, **more: object) -> list[str]:
    return sorted(hit.key for hit in search(engine, text, **more).hits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"reset your password"', ["article:1"]),
        ('"Reset your"', ["article:1", "article:2", "post:51"]),
        ('"ＲＥＳＥＴ your" phone', ["article:1", "article:2", "post:51"]),
        ('"your reset"', []),
        ('"reset your" "new password"', ["article:1"]),
        ('"請求書"', ["article:3", "article:4"]),
        ('"請求書を発行"', ["article:3"]),
        ('"書の発"', ["article:3"]),
        ('"取消"', ["article:4"]),
        ('"取り消し"', []),
        ('"api"', ["article:7"]),
        ('"apis are"', ["article:7"]),
        ('"pi-key"', []),
        ('"api key"', []),
        ('"the"', []),
    ],
)
def test_a_phrase_is_found_literally(engine: WhooshEngine, text: str, expected: list[str]) -> None:
    assert found(engine, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password -reset", ["topic:5"]),
        ("password -resetting", ["topic:5"]),
        ("請求書 -取り消し", ["article:3"]),
        ('password -"reset your password"', ["article:2", "topic:5"]),
        ("password -password", []),
        ("-password", []),
        ("password -the", ["article:1", "topic:5"]),
        ("password -🎉", ["article:1", "article:2", "topic:5"]),
        ('"reset your" -"reset your"', []),
    ],
)
def test_what_is_excluded_is_not_found(engine: WhooshEngine, text: str, expected: list[str]) -> None:
    assert found(engine, text) == expected


def test_kinds_authors_and_tags_narrow(engine: WhooshEngine) -> None:
    assert found(engine, "password in:topics") == ["topic:5"]
    assert found(engine, "password reset", authors=frozenset({8})) == ["post:51"]
    assert found(engine, "password reset", authors=frozenset({7, 8})) == ["topic:5"]
    assert found(engine, "", authors=frozenset({8})) == ["post:51", "topic:6"]
    assert found(engine, "password", authors=frozenset()) == []
    assert found(engine, 'tag:"SIGN IN"') == ["topic:5", "topic:6"]
    assert found(engine, 'tag:"sign in" tag:x') == ["topic:6"]
    assert found(engine, "labels tag:y") == []


def test_a_phrase_is_looked_for_in_the_best_pages_only(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MOST_READ", 1)
    assert found(engine, '"reset your" password') == ["article:1"]
    assert found(engine, 'password -"new password"') == ["article:2", "topic:5"]


def test_a_slip_is_corrected_unless_it_is_meant(engine: WhooshEngine) -> None:
    slip = search(engine, "pasword rules")
    assert (slip.hits[0].key, slip.corrected) == ("article:2", "password rules")
    assert search(engine, "password rules").corrected is None
    assert search(engine, "pasword", is_corrected=False).corrected is None
    assert search(engine, '"pasword rules"').corrected is None


def test_pieces_find_what_no_word_does(engine: WhooshEngine) -> None:
    assert found(engine, "請求書類", is_corrected=False)[:1] == ["article:3"]
    assert found(engine, "passage", is_corrected=False) == []
    assert found(engine, "zq10x") == ["article:8"]
    assert found(engine, "zq1110x", is_corrected=False) == ["article:9"]


WORDS = ("apple", "bread", "cheese", "dinner", "eggs", "flour")
LIKED: dict[str, Any] = {"helpfulness": 1.0, "verified_on": utc_now().date(), "solved": True}


def pages_of(contents: Sequence[frozenset[str]], lifted: Sequence[bool]) -> list[IndexedDocument]:
    """Make pages of the same length, that hold each of their words once."""
    return [
        document(
            f"article:{number}",
            f"x{number}y",
            " ".join([*sorted(words), *(f"z{number}z{place}z" for place in range(len(words), len(WORDS)))]),
            **(LIKED if is_lifted else {}),
        )
        for number, (words, is_lifted) in enumerate(zip(contents, lifted, strict=True))
    ]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.frozensets(st.sampled_from(WORDS)), st.booleans()), min_size=2, max_size=8),
    st.frozensets(st.sampled_from(WORDS), min_size=1),
)
def test_merit_never_lifts_a_page_above_one_that_answers_more(
    tmp_path_factory: pytest.TempPathFactory, pages: list[tuple[frozenset[str], bool]], asked: frozenset[str]
) -> None:
    contents = [words for words, _ in pages]
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild(pages_of(contents, [is_lifted for _, is_lifted in pages]))
    told = {
        word: ranking.idf(len(pages), matching=sum(word in words for words in contents)) for word in asked
    }
    answered = {
        f"article:{number}": sum(told[word] for word in words & asked)
        for number, words in enumerate(contents)
    }
    order = [hit.key for hit in engine.search(Query(text=" ".join(asked), audience=None)).hits]
    assert set(order) == {key for key, share in answered.items() if share}
    for better, worse in pairwise(order):
        assert answered[worse] <= answered[better] * (1 + ranking.MOST_MERIT) * (1 + 1e-5)


def test_of_pages_that_answer_alike_the_better_one_comes_first(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    long_ago = utc_now().date() - timedelta(days=900)
    merits: list[dict[str, Any]] = [
        {},
        {"verified_on": long_ago},
        {"verified_on": utc_now().date()},
        {"helpfulness": 0.6},
        {"solved": True},
        LIKED,
    ]
    engine.rebuild(document(f"article:{place}", "Bread", "x", **merit) for place, merit in enumerate(merits))
    hits = engine.search(Query(text="bread", audience=None)).hits
    assert [hit.key for hit in hits] == [f"article:{place}" for place in (5, 4, 3, 2, 1, 0)]


@given(st.text(st.sampled_from("ab 漢字かカ\n-1"), min_size=1), st.data())
def test_any_part_of_a_text_is_a_phrase_of_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    words = text.split()
    if not words:
        return
    start = data.draw(st.integers(0, len(words) - 1))
    phrase = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild([document("article:1", "", text)])
    literal = Query(text=text, audience=None, phrases=(phrase,))
    plain = Query(text=text, audience=None)
    assert engine.search(literal).total == engine.search(plain).total
    assert fold(phrase).text in " ".join(fold(text).text.split())
