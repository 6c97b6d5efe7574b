"""What may stand in a line of text."""

import pytest

from portal.core.texts import is_written


@pytest.mark.parametrize("text", ["", "Acme", "縁側\u3000株式会社", "a\u00a0b"])
def test_spaces_of_any_width_are_written(text: str) -> None:
    assert is_written(text)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\ud800", "a\u200bb", "a\u2028b"])
def test_what_cannot_be_seen_is_not(text: str) -> None:
    assert not is_written(text)
