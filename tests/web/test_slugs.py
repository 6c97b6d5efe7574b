import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.slugs import LONGEST, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("How do I print labels?", "how-do-i-print-labels"),
        ("ラベルを 印刷する！", "ラベルを-印刷する"),
        ("ＡＢＣ　１２３", "abc-123"),
        ("ﾊﾝｶｸ", "ハンカク"),
        ("  --already-- a_slug  ", "already-a_slug"),
        ("../../etc/passwd", "etc-passwd"),
        ("???", "untitled"),
        ("", "untitled"),
    ],
)
def test_words_joined_by_hyphens(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(text=st.text())
def test_a_slug_fits_into_any_address(text: str) -> None:
    slug = slugify(text)

    assert 0 < len(slug) <= LONGEST
    assert re.fullmatch(r"\w(?:[\w-]*\w)?", slug)
    assert "/" not in quote(slug)
