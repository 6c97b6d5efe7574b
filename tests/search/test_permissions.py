"""Nothing that search answers tells of a document that the reader may not see, not even that there is one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.accounts.actors import VISITOR, Actor, Role
from portal.accounts.audience import PUBLIC, STAFF, Audience, includes
from portal.search.engine import Hits, IndexedDocument, Query, Searcher
from portal.search.hybrid import HybridSearcher
from portal.search.meaning import MeaningIndex, rows_of
from portal.search.parsing import parse
from portal.search.whoosh_engine import WhooshEngine
from tests.search.test_facets import Counter

ACTORS: Final = (
    VISITOR,
    Actor(user_id=1, role=Role.CUSTOMER, account_id=7, plan="team"),
    Actor(user_id=2, role=Role.CHAMPION, account_id=70, plan="business"),
    Actor(user_id=3, role=Role.CUSTOMER, account_id=8, plan="team"),
    Actor(user_id=4, role=Role.STAFF),
    Actor(user_id=5, role=Role.ADMIN),
)
TOKENS: Final = ("public", "signed-in", "staff", "plan:team", "plan:business", "account:7", "account:70")
NAMES: Final = (
    "accordion",
    "buttercup",
    "chandelier",
    "dragonfly",
    "firecracker",
    "キャンドル",
    "プリンター",
)
"""What only one document has each; none is a slip away from another."""

QUESTIONS: Final = (
    "label",
    "label printer",
    *NAMES,
    *(f"label {name}" for name in NAMES),
    *(name[:3] + name[4:] for name in NAMES),
    *(f"{name} printer" for name in ("acordion", "butercup")),
    "-label printer",
    '"label" printer',
)
AUDIENCES: Final = st.frozensets(st.sampled_from(TOKENS), min_size=1, max_size=3)


Make = Callable[[Sequence[IndexedDocument], pytest.TempPathFactory], Searcher]


def document(number: int, audience: Audience, *, is_topic: bool = False) -> IndexedDocument:
    name = NAMES[number]
    return IndexedDocument(
        key=f"thing:{number}",
        group=f"thing:{number}",
        kind="topic" if is_topic else "article",
        language="en" if name.isascii() else "ja",
        title=f"Label {name}",
        body=f"The printer of {name}.",
        audience=audience,
        section=f"section:{number % 3}",
        solved=is_topic,
    )


@st.composite
def libraries(draw: st.DrawFn) -> list[IndexedDocument]:
    """Documents for different readers, with a word each that no other has."""
    audiences = draw(st.lists(AUDIENCES, min_size=2, max_size=len(NAMES)))
    return [
        document(number, audience, is_topic=draw(st.booleans())) for number, audience in enumerate(audiences)
    ]


def by_words(documents: Sequence[IndexedDocument], factory: pytest.TempPathFactory) -> Searcher:
    engine = WhooshEngine(factory.mktemp("index"))
    engine.rebuild(documents)
    return engine


def by_meaning(documents: Sequence[IndexedDocument], factory: pytest.TempPathFactory) -> Searcher:
    index, model = MeaningIndex.of(rows_of(documents, Counter())), Counter()
    return HybridSearcher(by_words(documents, factory), model, lambda: index, patience_seconds=None)


def told(hits: Hits) -> Mapping[str, object]:
    """Return what an answer tells, but for the order, which rare words shift a little."""
    return {
        "found": {hit.group for hit in hits.hits},
        "total": hits.total,
        "corrected": hits.corrected,
        "facets": hits.facets,
    }


@pytest.mark.parametrize("searcher", [by_words, by_meaning])
@settings(max_examples=8)
@given(documents=libraries(), texts=st.lists(st.sampled_from(QUESTIONS), min_size=4, max_size=4))
def test_an_answer_is_as_if_what_is_hidden_did_not_exist(
    tmp_path_factory: pytest.TempPathFactory,
    searcher: Make,
    documents: list[IndexedDocument],
    texts: list[str],
) -> None:
    """Results, totals, counts, corrections and suggestions, for every role and audience."""
    everything = searcher(documents, tmp_path_factory)
    for actor in ACTORS:
        seen = [one for one in documents if includes(one.audience, actor)]
        alone = searcher(seen, tmp_path_factory)
        for text in texts:
            query = parse(text).applied_to(Query(text="", audience=actor.audiences, is_counted=True))
            assert told(everything.search(query)) == told(alone.search(query))
            for typed in (text, text[:-2], text[: len(text) // 2]):
                asked = replace(query, text=typed)
                suggested = ({hit.group for hit in one.suggest(asked)} for one in (everything, alone))
                assert next(suggested) == next(suggested)


def test_a_correction_gives_no_hidden_word_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    public = document(0, PUBLIC)
    hidden = IndexedDocument(
        key="thing:9",
        group="thing:9",
        kind="article",
        language="en",
        title="Accordions",
        body="Chandelier",
        audience=STAFF,
    )
    engine = by_words([public, hidden], tmp_path_factory)

    def corrected(text: str, audience: Audience | None) -> str | None:
        return engine.search(Query(text=text, audience=audience)).corrected

    for slip, word in (("chandelir", "chandelier"), ("acordions", "accordions")):
        assert corrected(slip, None) == word
        assert corrected(slip, PUBLIC) is None
    assert corrected("acordion", PUBLIC) == "accordion"


def test_a_word_that_was_taken_out_is_no_correction(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.rebuild([document(number, PUBLIC) for number in range(3)])

    engine.update([], removed=["thing:1"])

    assert engine.search(Query(text="butercup", audience=None)).corrected is None
    assert engine.search(Query(text="chandelir", audience=None)).corrected == "chandelier"


def test_what_is_hidden_crowds_nothing_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However many hidden titles begin as what is being typed."""
    hidden = [
        replace(document(0, STAFF), key=f"hidden:{number}", group=f"hidden:{number}", title=f"Labe{letters}")
        for number, letters in enumerate(f"{one}{two}" for one in "abcdefgh" for two in "abcdefgh")
    ]
    engine = by_words([*hidden, document(1, PUBLIC)], tmp_path_factory)

    assert [hit.key for hit in engine.suggest(Query(text="labe", audience=PUBLIC))] == ["thing:1"]


def test_hidden_documents_have_no_say_in_a_correction(tmp_path_factory: pytest.TempPathFactory) -> None:
    pages = [("database field", PUBLIC)] * 2 + [("database file", PUBLIC)] + [("database file", STAFF)] * 5
    engine = by_words(
        [
            replace(document(0, audience), key=f"page:{number}", group=f"page:{number}", title=title, body="")
            for number, (title, audience) in enumerate(pages)
        ],
        tmp_path_factory,
    )

    assert engine.search(Query(text="database fild", audience=PUBLIC)).corrected == "database field"
    assert engine.search(Query(text="database fild", audience=None)).corrected == "database file"


def test_a_word_that_only_hidden_documents_have_is_as_unknown_as_any(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """So that pieces of it find what is near."""
    hidden = replace(document(0, STAFF), key="hidden", group="hidden", title="Chandelers")
    others = [replace(document(0, PUBLIC), key=f"{number}", group=f"{number}") for number in range(9)]
    engine = by_words([document(2, PUBLIC), hidden, *others], tmp_path_factory)

    def found(audience: Audience | None) -> list[str]:
        query = Query(text="chandelers", audience=audience, is_corrected=False)
        return [hit.key for hit in engine.search(query).hits]

    assert found(PUBLIC) == ["thing:2"]
    assert found(None) == ["hidden"]
