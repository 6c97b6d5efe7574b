import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analyzer import tokens
from portal.search.extracts import EXTRACT_LENGTH, Pieces, extract, mark

FILLER = "This page says nothing about it. " * 20
JAPANESE_FILLER = "この文には何も書かれていません。" * 20


def marked(pieces: Pieces) -> list[str]:
    return [piece for piece, is_marked in pieces if is_marked]


def written(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Cancelling an invoice", "cancel invoices", ["Cancelling", "invoice"]),
        ("請求書の取消", "取り消し 請求書", ["請求書", "取消"]),
        ("ＡＰＩｷｰの作り方", "apiキー", ["ＡＰＩｷｰ"]),
        ("Rotate your x-api-key", "X-API-Key", ["x-api-key"]),
        ("Rotate your x-api-key", "key", ["key"]),
        ("Nothing here", "invoice", []),
        ("", "invoice", []),
    ],
)
def test_what_matches_is_marked(text: str, query: str, expected: list[str]) -> None:
    pieces = mark(text, tokens(query))
    assert marked(pieces) == expected
    assert written(pieces) == text


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        (f"An invoice. {FILLER}Cancel the invoice here. {FILLER}", "cancel invoice", ["Cancel", "invoice"]),
        (
            f"配送。{JAPANESE_FILLER}配送ルートを追加します。{JAPANESE_FILLER}",
            "配送ルートの追加",
            ["配送ルート", "追加"],
        ),
        (f"{FILLER}Deliveries leave at noon.", "delivery", ["Deliveries"]),
        (f"{JAPANESE_FILLER}ＣＳＶﾌｧｲﾙを選びます。", "CSVファイル", ["ＣＳＶﾌｧｲﾙ"]),
    ],
)
def test_the_passage_with_most_words_is_taken(text: str, query: str, expected: list[str]) -> None:
    pieces = extract(text, tokens(query))
    assert marked(pieces) == expected
    assert written(pieces).startswith("…")
    assert len(written(pieces)) <= EXTRACT_LENGTH + 2


def test_without_a_match_the_beginning_is_shown() -> None:
    assert extract(FILLER, tokens("invoice")) == extract(FILLER, ())
    assert written(extract(FILLER, ())).startswith("This page")
    assert written(extract("Short.\n\n  Text.", ())) == "Short. Text."
    assert extract("", ["invoice"]) == []


def test_words_are_not_cut_where_there_are_spaces() -> None:
    words = set(FILLER.split()) | {"invoice"}
    pieces = extract(f"{FILLER}invoice {FILLER}", ["invoic"])
    assert set(written(pieces).strip("…").split()) <= words


@given(st.text(), st.lists(st.text(min_size=1, max_size=5), max_size=4), st.integers(60, 200))
def test_an_extract_is_a_part_of_any_text(text: str, words: list[str], length: int) -> None:
    query = {token for word in words for token in tokens(word)}
    flat = " ".join(text.split())
    pieces = extract(text, query, length)
    middle = [piece for piece, is_marked in pieces if is_marked or piece != "…"]
    assert "".join(middle) in flat
    assert len("".join(middle)) <= length
    for piece in marked(pieces):
        assert piece in flat
