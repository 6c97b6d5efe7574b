"""Words that mean others too: which ones of a query, and what pages earn by them."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.search.alternatives import Alternative, Choice
from portal.search.corpus import Word, all_of
from portal.search.engine import Hits, IndexedDocument, Query
from portal.search.parsing import parse
from portal.search.ranking import LIKENESS
from portal.search.synonyms import Thesaurus, words_of
from portal.search.whoosh_engine import WhooshEngine
from tests.search.test_whoosh_engine import document

Rules = list[tuple[str, str]]
PAGES = (
    document("article:1", "Print an invoice", "Press the button."),
    document("article:2", "請求書を印刷する", "ボタンを押します。", language="ja"),
    document("article:3", "Single sign-on", "Ask your administrator."),
    document("article:4", "Sign a document", "A single page is enough."),
    document("article:5", "Bills", "What you owe."),
    document("article:6", "Ports", "The network."),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild(PAGES)
    return engine


def search(engine: WhooshEngine, text: str, *rules: tuple[str, str]) -> Hits:
    return engine.search(parse(text).applied_to(Query(text="", audience=None, synonyms=Thesaurus(rules))))


def found(engine: WhooshEngine, text: str, *rules: tuple[str, str]) -> list[str]:
    return [hit.key.removeprefix("article:") for hit in search(engine, text, *rules).hits]


def matched(text: str, *rules: tuple[str, str], literally: Iterable[str] = ()) -> list[str]:
    matches = Thesaurus(rules).matches(text, literally=literally)
    return [" ".join(match.words) for match in matches]


def test_rules_compare_words_whatever_their_form() -> None:
    assert words_of("Single sign-on") == words_of("single Sign On") == ("singl", "sign")
    assert words_of("請求書") == words_of("請求 書") == ("請求", "書")
    assert words_of("SSO-401") == ("sso", "401")
    assert words_of("the") == words_of("…") == ()


def test_the_longest_words_at_a_place_match() -> None:
    rules = (("sign", "a"), ("single sign-on", "b"), ("on the page", "c"), ("page", "d"))
    assert matched("Single sign on pages", *rules) == ["singl sign", "page"]
    assert matched("signing single", *rules) == ["sign"]
    assert matched("sign sign", *rules) == ["sign"]
    assert matched("single sign-on", *rules, literally=["sign on"]) == []
    assert matched("", *rules) == matched("other words", *rules) == []


def test_a_rule_finds_what_has_the_other_words(engine: WhooshEngine) -> None:
    assert found(engine, "請求書") == ["2"]
    assert found(engine, "請求書", ("請求書", "invoice")) == ["2", "1"]
    assert found(engine, "SSO", ("sso", "single sign-on")) == ["3", "4"]
    assert found(engine, "SSO", ("SSO", "single sign-on"), ("SSO", "ports")) == ["3", "6", "4"]


def test_one_way_is_one_way_and_none_follows_another(engine: WhooshEngine) -> None:
    assert found(engine, "invoice", ("請求書", "invoice")) == ["1"]
    assert found(engine, "bill", ("bill", "invoice"), ("invoice", "ports")) == ["5", "1"]


@pytest.mark.parametrize("text", ['"bills"', "ports -bills"])
def test_phrases_and_what_is_excluded_mean_what_they_say(engine: WhooshEngine, text: str) -> None:
    rules = (("bills", "invoice"), ("bills", "ports"))
    assert search(engine, text, *rules) == search(engine, text)


def test_the_words_of_a_phrase_earn_nothing_by_rules(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = engine_of(tmp_path_factory, [("", "bills invoice invoice invoice"), ("", "paper")])
    rule = ("bills", "invoice")
    assert search(engine, '"bills"', rule) == search(engine, '"bills"')
    assert search(engine, "bills", rule).hits[0].score > search(engine, "bills").hits[0].score


def test_what_only_hidden_pages_have_changes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a rule, pieces of the unknown word find a page; a hidden alternative must not take it away."""
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    hidden = document("article:2", "Nightjar", audience=frozenset({"staff"}))
    engine.rebuild([document("article:1", "Ticket zq110x"), hidden])
    thesaurus = Thesaurus([("zq1110x", "nightjar")])

    def keys(audience: frozenset[str] | None) -> list[str]:
        query = Query(text="zq1110x", audience=audience, synonyms=thesaurus, is_corrected=False)
        return [hit.key for hit in engine.search(query).hits]

    assert keys(frozenset({"public"})) == ["article:1"]
    assert keys(None) == ["article:2"]


def test_staff_are_told_what_synonyms_add(engine: WhooshEngine) -> None:
    rules = Thesaurus([("請求書", "invoice")])
    query = Query(text="print 請求書", audience=None, synonyms=rules, is_explained=True)
    hit = next(hit for hit in engine.search(query).hits if hit.key == "article:1")
    assert {"title", "synonyms", "likeness"} <= {part.name for part in hit.parts}
    assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, rel=1e-5)


def test_words_with_a_rule_are_no_slips(engine: WhooshEngine) -> None:
    assert search(engine, "bilks").corrected == "bills"
    hits = search(engine, "bilks", ("bilks", "ports"))
    assert (hits.corrected, [hit.key for hit in hits.hits]) == (None, ["article:6"])


def test_a_corrected_word_has_its_rules(engine: WhooshEngine) -> None:
    hits = search(engine, "invoce", ("invoice", "ports"))
    assert (hits.corrected, [hit.key for hit in hits.hits]) == ("invoice", ["article:1", "article:6"])


def test_titles_are_suggested(engine: WhooshEngine) -> None:
    def suggested(text: str, *rules: tuple[str, str]) -> list[str]:
        query = Query(text=text, audience=None, synonyms=Thesaurus(rules))
        return [hit.key for hit in engine.suggest(query)]

    assert suggested("請求書") == ["article:2"]
    assert set(suggested("請求書", ("請求書", "invoice"))) == {"article:1", "article:2"}
    assert suggested("SSO ", ("SSO", "single sign-on")) == ["article:3"]


def test_a_title_is_read_as_if_the_typed_words_stood_there() -> None:
    """Titles: the alternative; it and another word; a typed word besides; both typed words; neither."""
    typed = [word({2: 1, 3: 1}, 1), word({3: 1}, 1)]
    others = [Alternative(word({0: 1, 1: 1, 2: 1, 3: 1}, 1), 1), Alternative(word({0: 1}, 1), 1)]
    common, sizes = (np.array(counts, np.float32) for counts in ([0, 0, 1, 2, 0], [1, 2, 2, 3, 4]))
    Choice(("a", "b"), typed, others).read_titles(common, sizes)
    assert common.tolist() == [2, 2, 2, 2, 0]
    assert sizes.tolist() == [2, 3, 3, 3, 4]


def test_titles_with_an_alternative_stand_above_texts_with_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = engine_of(tmp_path_factory, [("Other", "invoice"), ("Invoice", "")])
    first, second = search(engine, "請求書", ("請求書", "invoice")).hits
    assert first.key == "article:1"
    assert first.score > second.score * (1 + LIKENESS / 2)


WORDS = ("apple", "bread", "cheese", "dinner", "flour", "honey")
PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(" ".join)
RULES = st.lists(st.tuples(PHRASES, PHRASES), max_size=4)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
CORPORA = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


def engine_of(folder: pytest.TempPathFactory, texts: list[tuple[str, str]]) -> WhooshEngine:
    engine = WhooshEngine(folder.mktemp("index"))
    documents: list[IndexedDocument] = [
        document(f"article:{number}", title, body) for number, (title, body) in enumerate(texts)
    ]
    engine.rebuild(documents)
    return engine


def scores(engine: WhooshEngine, text: str, rules: Rules) -> dict[str, float]:
    query = Query(text=text, audience=None, synonyms=Thesaurus(rules), is_corrected=False)
    return {hit.key: hit.score for hit in engine.search(query).hits}


@settings(max_examples=15)
@given(CORPORA, TEXTS, RULES)
def test_rules_only_add(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]], text: str, rules: Rules
) -> None:
    """No rule for a query changes nothing; one for it adds pages that have all of its other words."""
    engine = engine_of(tmp_path_factory, texts)
    plain, curated = scores(engine, text, []), scores(engine, text, rules)
    matches = Thesaurus(rules).matches(text)
    if not matches:
        assert curated == plain
    others = [set(words) for match in matches for words in match.alternatives]
    for number, page in enumerate(texts):
        key, words = f"article:{number}", set(words_of(" ".join(page)))
        assert (key in curated) == (key in plain or any(other <= words for other in others))


@settings(max_examples=15)
@given(CORPORA, st.permutations(WORDS), st.integers(1, 2), st.integers(1, 2))
def test_one_way_is_one_way_and_both_is_both(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[tuple[str, str]],
    words: list[str],
    one: int,
    two: int,
) -> None:
    engine = engine_of(tmp_path_factory, texts)
    typed, other = " ".join(words[:one]), " ".join(words[-two:])
    there, back = (typed, other), (other, typed)
    assert scores(engine, other, [there]) == scores(engine, other, [])
    assert scores(engine, typed, [there, back]) == scores(engine, typed, [there])
    assert scores(engine, other, [there, back]) == scores(engine, other, [back])
    if one == two == 1:
        assert scores(engine, typed, [there, back]).keys() == scores(engine, other, [there, back]).keys()


FLOATS = st.floats(0.125, 8, width=32)
POSTINGS = st.dictionaries(st.integers(0, 5), FLOATS, max_size=6)


def word(postings: dict[int, float], rarity: float) -> Word:
    numbers = np.array(sorted(postings), np.int64)
    impacts = np.array([postings[number] for number in sorted(postings)], np.float32)
    return Word(numbers, impacts, numbers, rarity)


@given(st.lists(st.tuples(POSTINGS, FLOATS), min_size=1, max_size=3), st.lists(POSTINGS, min_size=1), FLOATS)
def test_what_a_page_earns_is_the_most_of_its_words_and_the_alternatives(
    typed: list[tuple[dict[int, float], float]], others: list[dict[int, float]], rarity: float
) -> None:
    """As calculated page by page; and no alternative tells more than the typed words."""
    choice = Choice(
        ("typed",),
        [word(postings, told) for postings, told in typed],
        [Alternative(word(postings, rarity), 1) for postings in others],
    )
    earned, is_found = np.zeros(6, np.float32), np.zeros(6, np.bool_)
    for one in choice.typed:
        earned[one.numbers] += one.impacts
    choice.add_to(earned, is_found)
    share = min(1, sum(told for _, told in typed) / rarity)
    for page in range(6):
        by_typed = sum(postings.get(page, 0) for postings, _ in typed)
        by_others = max(postings.get(page, 0) * share for postings in others)
        assert earned[page] == pytest.approx(max(by_typed, by_others), rel=1e-5)
        assert is_found[page] == any(page in postings for postings in others)


@given(st.lists(POSTINGS, min_size=1, max_size=3))
def test_words_as_one_are_those_of_the_pages_with_all(postings: list[dict[int, float]]) -> None:
    together = all_of([word(one, 2) for one in postings])
    common = set.intersection(*(set(one) for one in postings))
    assert together.numbers.tolist() == together.in_title.tolist() == sorted(common)
    assert together.rarity == 2 * len(postings)
    sums = [sum(one[page] for one in postings) for page in sorted(common)]
    assert together.impacts.tolist() == pytest.approx(sums, rel=1e-5)
