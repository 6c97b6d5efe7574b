from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.redirects import local_path

SITE = "https://portal.example/sign-in"
TRICKS = st.lists(
    st.sampled_from(
        ["/", "\\", "\t", "\n", "\r", " ", "@", ":", "?", "#", "evil.example", "https", "%2f", ".", "a"]
    ),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(
    "path", ["/", "/help/ja/", "/search?q=a%20b&page=2", "/community/topics/1-ラベル#post-3"]
)
def test_paths_of_this_site_stay(path: str) -> None:
    assert local_path(path, "/home") == path


@pytest.mark.parametrize(
    "target", [None, "", "help/", "https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_everything_else_leads_home(target: str | None) -> None:
    assert local_path(target, "/home") == "/home"


@given(target=TRICKS | st.text())
def test_no_trick_leads_elsewhere(target: str) -> None:
    """Browsers drop tabs and line breaks, and read a backslash as a slash."""
    path = local_path(target, "/home")
    seen = path.translate({9: None, 10: None, 13: None}).replace("\\", "/").strip()

    assert urlsplit(urljoin(SITE, seen)).netloc == "portal.example"
