import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.engine import Query
from portal.search.parsing import MOST_OPERATORS, ParsedQuery, parse

PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"“”„＂-－:：'))
ANYTHING = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from('"“＂-－:：  inbytag')))


def asks(text: str, **parts: object) -> ParsedQuery:
    return ParsedQuery(text=text, **parts)  # type: ignore[arg-type]  # Fields.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cancel invoice", asks("cancel invoice")),
        ('how "cancel  invoice" now', asks("how cancel invoice now", phrases=("cancel invoice",))),
        ("“請求書の発行” ＂取消＂", asks("請求書の発行 取消", phrases=("請求書の発行", "取消"))),
        ("「請求書」の発行", asks("「請求書」の発行")),
        ('say"this"that', asks("say this that", phrases=("this",))),
        ("labels -printer", asks("labels", excluded=("printer",))),
        ('labels -"label printer"', asks("labels", excluded=("label printer",))),
        ("ラベル　－印刷", asks("ラベル", excluded=("印刷",))),
        ("-word", asks("", excluded=("word",))),
        ("x-api-key - -5 --force", asks("x-api-key - -5 --force")),
        ("in:articles csv", asks("csv", kind="article")),
        ("csv IN：Topics", asks("csv", kind="topic")),
        ("in:articles in:topics csv", asks("csv")),
        ('by:kim by:"Kim Lee" tag:api', asks("", authors=("kim", "Kim Lee"), tags=("api",))),
        ("in:general in: by: tag:", asks("in:general in: by: tag:")),
        ("audience:staff key:1 title:x *", asks("audience:staff key:1 title:x *")),
        ("standby:mode main:articles", asks("standby:mode main:articles")),
        ('5" nails', asks('5 " nails')),
        ('"" "', asks('"')),
        ("", asks("")),
    ],
)
def test_operators_are_taken_out(text: str, expected: ParsedQuery) -> None:
    assert parse(text) == expected


def test_a_few_different_operators_of_a_kind_count() -> None:
    many = parse(" ".join(f'"a {n}" -b{n} by:c{n} tag:d{n} "a 0" -b0' for n in range(20)))
    parts = (many.phrases, many.excluded, many.authors, many.tags)
    assert [len(set(part)) for part in parts] == [len(part) for part in parts] == [MOST_OPERATORS] * 4


@given(PLAIN)
def test_what_has_no_operator_is_plain_text(text: str) -> None:
    assert parse(text) == ParsedQuery(text=" ".join(text.split()))


@given(ANYTHING)
def test_anything_means_something(text: str) -> None:
    parsed = parse(text)
    kept = (parsed.text, *parsed.phrases, *parsed.excluded, *parsed.authors, *parsed.tags)
    assert all(" ".join(part.split()) == part for part in kept)
    assert all(kept[1:])
    assert all(phrase in parsed.text for phrase in parsed.phrases)
    letters = set(text.replace("-", "").replace("－", ""))
    assert set("".join(kept)) - {" "} <= letters | {"-", "－"}


@given(st.lists(st.sampled_from(["csv", "インポート", "x-1"]), max_size=3), st.sampled_from(["kim", "佐藤"]))
def test_operators_may_stand_anywhere(words: list[str], name: str) -> None:
    for place in range(len(words) + 1):
        text = " ".join([*words[:place], f"by:{name}", "-not", *words[place:]])
        assert parse(text) == asks(" ".join(words), authors=(name,), excluded=("not",))


def test_a_query_asks_for_what_was_parsed_and_keeps_what_the_reader_may_see() -> None:
    query = Query(text="", audience=frozenset({"public"}), kind="topic", limit=3)
    applied = parse('csv "a b" -c tag:t').applied_to(query)
    assert (applied.text, applied.phrases, applied.excluded) == ("csv a b", ("a b",), ("c",))
    assert (applied.tags, applied.kind, applied.audience) == (("t",), "topic", frozenset({"public"}))
    assert parse("in:articles").applied_to(query).kind == "article"


@pytest.mark.parametrize("text", ['"', "-", '-"', 'in:"', "by:", ' "a', "“", "a"])
def test_a_huge_text_is_parsed_at_once(text: str) -> None:
    started = time.process_time()
    parse(text * (100_000 // len(text)))
    assert time.process_time() - started < 1
