"""Languages: which there are, and how texts in several of them are chosen and marked."""

from collections.abc import Mapping
from typing import Final

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "ja": "日本語"}


def N_(text: str) -> str:  # noqa: N802  # The name that message extractors look for.
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return text


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text in a language, or in whichever there is."""
    return texts.get(language) or next(iter(texts.values()), "")
