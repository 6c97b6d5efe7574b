import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search import analyzer
from portal.search.analyzer import (
    MAX_TOKEN_LENGTH,
    fold,
    grams,
    spans,
    tokens,
    unfinished_words,
    written_words,
)

ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("aZ09 .-_'’ーかガｶﾞ゙漢々ﾊﾟé\u0301\u200d\u00ad\ud800İßΣ각\u1161हिं㍿"),
    )
)

VISIBLE = st.one_of(
    st.characters(exclude_categories=["Cf", "Cs"], exclude_characters="\u2065"),
    st.sampled_from("aZ09 .-_'’ーかガｶﾞ゙漢々ﾊﾟé\u0301İßΣ각\u1161हिं㍿、？（）ヿ\u3000й\u0306가\u11a8"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I cancel my invoices?", ["cancel", "invoic"]),
        ("Cancelling an Invoice", ["cancel", "invoic"]),
        ("請求書を発行することができない", ["請求", "書", "発行"]),
        ("サーバとサーバー", ["サーバー", "サーバー"]),
        ("取消と取り消し", ["取り消し", "取り消し"]),
        ("CSVでの取り込み", ["csv", "取り込み"]),
        ("Wi-Fi接続", ["wi-fi", "wi", "fi", "接続"]),
        ("1.5行の行間", ["1.5", "1", "5", "行", "行間"]),
        ("The colours of my organisation’s centre", ["color", "organiz", "center"]),
        ("cards taken, sold and paid", ["card", "take", "sell", "pay"]),
        ("いつどこで何を買うか", ["買う"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("🎉 !? ・", []),
        ("", []),
    ],
)
def test_tokens_of_either_language(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x-api-key", ["x-api-key", "x", "api", "key"]),
        ("SSO-401", ["sso-401", "sso", "401"]),
        ("IMP‑204", ["imp-204", "imp", "204"]),
        ("products.csv", ["products.csv", "product", "csv"]),
        ("webhook_secret", ["webhook_secret", "webhook", "secret"]),
        ("kim@acme.example", ["kim@acme.example", "kim", "acm", "exampl"]),
    ],
)
def test_identifiers_are_found_whole_and_in_parts(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected
    assert tokens(f"「{text}」") == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＣＳＶﾌｧｲﾙ", "CSVファイル"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("カ\u3099イト\u3099", "ガイド"),
        ("cafe\u0301", "CAFÉ"),
        ("soft\u00adhyphen", "softhyphen"),
        ("user’s", "user's"),
        ("①②", "12"),
    ],
)
def test_width_kana_and_case_make_no_difference(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != []


@given(ANY_TEXT)
def test_spans_agree_with_tokens_and_lie_in_the_text(text: str) -> None:
    found = spans(text)
    assert [span.token for span in found] == tokens(text)
    for token, start, end in found:
        assert 0 <= start < end <= len(text)
        assert 0 < len(token) <= MAX_TOKEN_LENGTH
        token.encode()


@given(ANY_TEXT, st.sets(st.sampled_from(["a", "z", "09", "カ", "漢", "か"])))
def test_wanted_spans_are_those_of_wanted_tokens(text: str, wanted: set[str]) -> None:
    text = f"a {text} カ漢"
    assert spans(text, wanted) == [span for span in spans(text) if span.token in wanted]


@given(st.lists(st.sampled_from(["invoices", "X-API-Key", "請求書を", "ｻｰﾊﾞ", "取消", "。", " ", "か"])))
def test_remembered_tokens_are_those_of_a_fresh_start(pieces: list[str]) -> None:
    text = "".join(pieces)
    first = spans(text)
    analyzer._remembered.cache_clear()
    assert spans(text) == first


@given(ANY_TEXT)
def test_folding_is_stable_and_keeps_places(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(a <= b for a, b in zip(folded.starts, folded.starts[1:], strict=False))
    assert fold(text) == folded


def plain(text: str) -> str:
    """Return what folding is, as long as nothing is invisible and no place is kept."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("’", "'").replace("‐", "-")


@given(st.text(VISIBLE))
def test_folding_is_nfkc_and_casefold(text: str) -> None:
    assert fold(text).text == plain(text)


def test_every_letter_folds_alike_wherever_it_stands() -> None:
    for letter in map(chr, range(0xA1, 0xFFFE)):
        if unicodedata.category(letter) not in {"Cf", "Cs"} and letter != "\u2065":
            assert fold(letter).text == plain(letter)
            assert fold(f"ｶ{letter}①").text == plain(f"ｶ{letter}①")


@given(ANY_TEXT)
def test_marks_stay_with_their_letter(text: str) -> None:
    folded = fold(text)
    for mark, letter in ((0x3099, "カ"), (0xFF9E, "ｶ"), (0x301, "e")):
        joined = fold(f"{text}。{letter}{chr(mark)}")
        place = len(text) + 1
        assert joined.text[:-1] == f"{folded.text}。"
        assert (joined.starts[-1], joined.ends[-1]) == (place, place + 2)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "漢" * 100_000,
        "あ\n" * 50_000,
        "a-" * 50_000,
        "\u0301" * 100_000,
        "\ud800\x00" * 50_000,
    ],
)
def test_a_huge_text_is_cut_into_short_tokens(text: str) -> None:
    assert all(len(token) <= MAX_TOKEN_LENGTH for token in tokens(text))


def test_spans_point_into_the_text_as_written() -> None:
    text = "ＡＰＩｷｰを㍿へ。Deliveries’ API-Key"
    marked = {token: text[start:end] for token, start, end in spans(text)}
    assert marked["api"] == "API"
    assert marked["キー"] == "ｷｰ"
    assert marked["会社"] == "㍿"
    assert marked["deliveri"] == "Deliveries"
    assert marked["api-key"] == "API-Key"


def test_threads_get_the_same_tokens() -> None:
    texts = [f"請求書{n}を発行する invoice-{n}.csv" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokens, texts)) == [tokens(text) for text in texts]


def test_another_process_gets_the_same_tokens() -> None:
    text = "見積もり書のPDFをdownload-2.pdfで保存できません"
    program = f"from portal.search.analyzer import tokens; print(*tokens({text!r}))"
    output = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert output.split() == tokens(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請求書をCSVで", ["請求", "求書", "書を", "^csv", "csv$"]),
        ("すること", []),
        ("ラベル", ["ラベ", "ベル"]),
        ("図", ["図"]),
        ("the go-to", ["^go$"]),
        ("", []),
    ],
)
def test_pieces_of_words(text: str, expected: list[str]) -> None:
    assert grams(text) == expected


def test_pieces_of_japanese_alone() -> None:
    assert grams("ラベル labels", is_latin_cut=False) == ["ラベ", "ベル"]


@given(ANY_TEXT)
def test_pieces_are_short_and_can_be_stored(text: str) -> None:
    for gram in grams(text):
        assert 0 < len(gram) <= 4
        gram.encode()


def test_written_words_keep_their_endings() -> None:
    assert written_words("Importing PRODUCTS.csv で ﾃﾞｰﾀ") == [
        "importing",
        "products.csv",
        "products",
        "csv",
        "データ",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how to impo", ["impo"]),
        ("x-api-k", ["k"]),
        ("データインポ", ["データインポ", "タインポ", "インポ"]),
        ("書の発", ["書の発", "の発", "発"]),
        ("CSVファ", ["csvファ", "ファ"]),
        ("cancel ", []),
        ("", []),
    ],
)
def test_unfinished_words_from_the_longest(text: str, expected: list[str]) -> None:
    assert list(unfinished_words(text)) == expected
