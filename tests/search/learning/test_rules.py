"""What of a search is remembered, and what two queries after one another say about words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.learning.rules import folded, may_be_remembered, replaced


@pytest.mark.parametrize(
    "text",
    [
        "print labels",
        "ラベル 印刷",
        "E1001",
        "SSO-401",
        "x-api-key",
        "invoice 2026",
        "C++",
        "5 users",
        "products.csv",
    ],
)
def test_plain_words_are_remembered(text: str) -> None:
    assert may_be_remembered(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "kim@acme.example",
        "mail ｋｉｍ＠acme.example",
        "@kim",
        "https://acme.example/orders/9",
        "www.acme.example",
        "order 4711002",
        "０９０-1234-5678",
        "+81 (90) 1234 5678",
        "4111 1111 1111 1111",
        "192.168.10.20",
        "born 1980-01-31",
        "key 9f8a7c6d5e4b",
        "sk_live_51HxYz09abcdEFGH",
        "eyJhbGciOiJIUzI1NiJ9",
        "c29tZSBzZWNyZXQgdGhhdCBpcyBsb25nIGVub3VnaA==",
        "a" * 40,
        "by:kim labels",
        '"Kim Lee"',
        "labels -kim",
        "two\nlines",
        "nul\x00",
        "\ud800",
        "word " * 30,
        "ﷺﷺﷺﷺﷺﷺ",
    ],
)
def test_what_may_be_about_someone_and_what_is_no_plain_query_is_not(text: str) -> None:
    assert not may_be_remembered(text)


@given(
    st.text(max_size=30),
    st.from_regex(r"[0-9]{6,12}|[a-z]{1,8}@[a-z]{1,8}", fullmatch=True),
    st.text(max_size=30),
)
def test_a_long_number_or_an_address_is_seen_anywhere(before: str, private: str, after: str) -> None:
    assert not may_be_remembered(f"{before}{private}{after}")
    assert not may_be_remembered(f"{before} {private} {after}")


@given(st.text(max_size=200))
def test_any_text_is_judged_and_what_is_kept_fits_its_column(text: str) -> None:
    if may_be_remembered(text):
        assert 0 < len(folded(text)) <= 80
        assert "\x00" not in text


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("print tags", "print labels", ("tags", "labels")),
        ("Tags", "labels", ("Tags", "labels")),
        ("merge customers now", "join customers now", ("merge", "join")),
        ("send a bill by mail", "send an invoice by mail", ("bill", "invoice")),
        ("waybill import", "bill of lading import", ("waybill", "bill of lading")),
        ("得意先 統合", "顧客 統合", ("得意先", "顧客")),
        ("納品書の印刷", "伝票の印刷", ("納品書", "伝票")),
        ("print labels", "print labels fast", None),
        ("print labels fast", "print labels", None),
        ("print labels", "Printing label", None),
        ("print tags", "tags print", None),
        ("print red tags", "make red labels", None),
        ("one two three four", "five six seven eight", None),
        ("??", "labels", None),
        ("", "", None),
    ],
)
def test_one_word_or_phrase_in_place_of_another(
    before: str, after: str, expected: tuple[str, str] | None
) -> None:
    assert replaced(before, after) == expected
