from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analyzer import tokens
from portal.search.spelling import corrected, slips, written_in

PAGES = (
    "Cancel an invoice",
    "Import products, then cancel the import",
    "Print labels for products",
    "database field",
    "file upload",
    "file download",
    "データソースのインポート",
    "ラベルプリンターの設定",
    "The label of a table",
)


class Lexicon:
    """What a few pages have, counted by hand."""

    def __init__(self, pages: Collection[str]) -> None:
        self._pages: Mapping[str, set[str]] = {page: set(tokens(page)) for page in pages}
        self._written = {word for page in pages for word in written_in(page)}

    def __contains__(self, written: object) -> bool:
        return written in self._written

    def share(self, tokens: Collection[str], *, among: str | None) -> float:
        pages = [page for page in self._pages.values() if among is None or among in page]
        return sum(set(tokens) <= page for page in pages) / len(pages) if tokens and pages else 0.0


LEXICON = Lexicon(PAGES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cancel invoce", "cancel invoice"),
        ("cancel  invoicee!", "cancel  invoice!"),
        ("Imvoice", "invoice"),
        ("prodcuts", "products"),
        ("wtih labels", "with labels"),
        ("database fild", "database field"),
        ("upload fild", "upload file"),
        ("データソオス", "データソース"),
        ("ラベルプリソターの設定", "ラベルプリンターの設定"),
        ("インポトデータソース", "インポートデータソース"),
        ("ｲﾝﾎﾟｰﾄ invoce", "インポート invoice"),
    ],
)
def test_a_slip_becomes_the_word_that_was_meant(text: str, expected: str) -> None:
    assert corrected(text, LEXICON) == expected


@pytest.mark.parametrize(
    "text",
    [
        "cancel invoices",
        "cancelled",
        "zzzzzz",
        "SAML",
        "ivc",
        "x-labl2 labl_e labl.csv kim@labl.example",
        "how do I",
        "プリンタ",
        "データインポート",
        "設定",
        "",
    ],
)
def test_what_is_known_or_a_name_stays(text: str) -> None:
    assert corrected(text, LEXICON) is None


def test_only_a_few_unknown_words_are_looked_at() -> None:
    assert corrected("qqqqa qqqqb qqqqc qqqqd invoce", LEXICON) is None


@given(st.text())
def test_a_correction_is_another_text(text: str) -> None:
    found = corrected(text, LEXICON)
    assert found is None or (found != text and found)


def distance(one: str, two: str) -> int:
    """Return how many edits there are between two words, by the textbook (optimal string alignment)."""
    table = [[row + column for column in range(len(two) + 1)] for row in range(len(one) + 1)]
    for row in range(1, len(one) + 1):
        for column in range(1, len(two) + 1):
            table[row][column] = min(
                table[row - 1][column] + 1,
                table[row][column - 1] + 1,
                table[row - 1][column - 1] + (one[row - 1] != two[column - 1]),
            )
            if row > 1 < column and one[row - 1] == two[column - 2] and one[row - 2] == two[column - 1]:
                table[row][column] = min(table[row][column], table[row - 2][column - 2] + 1)
    return table[-1][-1]


@given(st.text("abc", max_size=4), st.text("abc", max_size=5))
def test_slips_are_the_words_one_edit_away(one: str, two: str) -> None:
    assert (two in set(slips(one, "abc")) - {one}) == (distance(one, two) == 1)
