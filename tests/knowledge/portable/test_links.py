import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.knowledge.portable.links import destinations, relinked, target_of_address

KEY = "0123456789abcdef0123456789abcdef01234567"


def target(url: str) -> str | None:
    return target_of_address(
        url,
        key={12: "hakobu/labels"}.get,
        slug={"printing": "print", "print": "print", "印刷": "印刷"}.get,
        file={KEY: KEY}.get,
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/help/en/articles/12-labels", "engawa:article/hakobu%2Flabels/en"),
        (
            "/help/ja/articles/12-any-old-title?plan=team#h-x",
            "engawa:article/hakobu%2Flabels/ja?plan=team#h-x",
        ),
        ("/help/articles/12#h", "engawa:article/hakobu%2Flabels/any#h"),
        ("/help/en/printing/", "engawa:section/print/en"),
        ("/help/en/%E5%8D%B0%E5%88%B7", "engawa:section/%E5%8D%B0%E5%88%B7/en"),
        (f"/files/{KEY}.mp4#t=3", f"engawa:file/{KEY}#t=3"),
        ("/help/en/articles/12", None),
        ("/help/articles/12-labels", None),
        ("/help/en/articles/13-gone", None),
        ("/help/en/", None),
        ("/help/en/feed.atom", None),
        ("/help/en/nothing/", None),
        (f"/files/{KEY[::-1]}", None),
        ("https://example.com/help/en/articles/12-labels", None),
        ("/community/", None),
    ],
)
def test_addresses_mean_what_is_behind_them(url: str, expected: str | None) -> None:
    assert target(url) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[a](/x) and ![b](/x 'title')", "[a](Y) and ![b](Y 'title')"),
        ("[![b](/x)](/x)", "[![b](Y)](Y)"),
        ("[a](</x>)", "[a](<Y>)"),
        ('[a]: /x\n  [b]: </x> "t"', '[a]: Y\n  [b]: <Y> "t"'),
        ("<a href='/x'>", "<a href='Y'>"),
        ("/x and (/x)", "/x and (/x)"),
        ("```\n[a](/x)\n```\n[a](/x)", "```\n[a](/x)\n```\n[a](Y)"),
        ("~~~~ js\r\n[a](/x)\r\n~~~\r\n[a](/x)\r\n~~~~\r\n[a](/x)", None),
        ("> - ```\n>   [a](/x)\n>   ```\n> [a](/x)", "> - ```\n>   [a](/x)\n>   ```\n> [a](Y)"),
        ("```not a fence``` [a](/x)", "```not a fence``` [a](Y)"),
        ("[a](/x\n)", "[a](Y\n)"),
    ],
)
def test_links_are_replaced_and_code_is_not(body: str, expected: str | None) -> None:
    replaced = relinked(body, {"/x": "Y"}.get)
    assert replaced == (expected or body[: body.rindex("/x")] + "Y)")


@given(st.lists(st.sampled_from(["```\n", "~~~", "\r\n", "\n", "[a](/x)", "> ", "`", "\u2028", "é"])))
def test_nothing_but_destinations_changes(pieces: list[str]) -> None:
    body = "".join(pieces)
    assert relinked(body, lambda _url: None) == body
    assert relinked(relinked(body, {"/x": "/y"}.get), {"/y": "/x"}.get) == body


def test_lines_count_from_the_beginning_of_the_text() -> None:
    assert list(destinations("[a](/x)\n\n```\n[b](/y)\n```\n[c](/z)")) == [("/x", 0), ("/z", 5)]


@pytest.mark.parametrize("piece", ["[", "](", "[a]: ", "`", "```\n", "> ", "href=", "- "])
def test_no_text_takes_long(piece: str) -> None:
    body = piece * (200_000 // len(piece))
    started = time.process_time()
    relinked(body, lambda _url: None)
    assert time.process_time() - started < 2
