import time

from hypothesis import given
from hypothesis import strategies as st

from portal.imports.targets import article_target, image_target, replace_targets


def test_targets_are_replaced_by_addresses() -> None:
    body = f"[a]({article_target('x/y', 'z')}) ![b [c]]({image_target('d e.png')}) [e](/f)"
    result = replace_targets(
        body, article_url=lambda key, anchor: f"/{key}#{anchor}", image_url=lambda path: f"/files/{len(path)}"
    )
    assert result == "[a](/x/y#z) ![b [c]](/files/7) [e](/f)"


def test_what_has_no_address_leaves_its_text() -> None:
    body = f"[a [b]]({article_target('x')}) [![c]({image_target('d')})]({article_target('y')})"
    assert replace_targets(body, article_url=lambda *_: None, image_url=lambda _: "/d") == "a [b] ![c](/d)"


def test_brackets_that_are_never_closed_take_no_long_time() -> None:
    body = "[a " + f"[b]({article_target('x')}) " * 40
    start = time.perf_counter()
    result = replace_targets(body, article_url=lambda *_: "/x", image_url=lambda _: None)
    assert result == "[a " + "[b](/x) " * 40
    assert time.perf_counter() - start < 5


def test_an_escaped_bracket_begins_no_link() -> None:
    body = rf"\[a\] [b]({article_target('x')})"
    assert replace_targets(body, article_url=lambda *_: "/x", image_url=lambda _: None) == r"\[a\] [b](/x)"


@given(key=st.text(min_size=1), anchor=st.text(min_size=1))
def test_any_key_and_anchor_come_back(key: str, anchor: str) -> None:
    seen: list[tuple[str, str | None]] = []

    def url(key: str, anchor: str | None) -> str:
        seen.append((key, anchor))
        return "/"

    assert (
        replace_targets(f"[a]({article_target(key, anchor)})", article_url=url, image_url=lambda _: None)
        == "[a](/)"
    )
    assert seen == [(key, anchor)]
