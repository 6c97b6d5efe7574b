"""Snippets: `{{snippet:name}}` in Markdown stands for a text that is kept once and used in many places."""

import re
from collections.abc import Mapping
from typing import Final

NAME: Final = r"[a-z0-9][a-z0-9-]{0,59}"
_USE: Final = re.compile(rf"\{{\{{snippet:({NAME})\}}\}}")
_ALONE: Final = re.compile(rf"^([ >]*)\{{\{{snippet:({NAME})\}}\}} *$", re.MULTILINE)


def use_of(name: str) -> str:
    """What an author writes to use a snippet."""
    return f"{{{{snippet:{name}}}}}"


def names(source: str) -> frozenset[str]:
    """The snippets that a text uses."""
    return frozenset(_USE.findall(source))


def expand(source: str, texts: Mapping[str, str]) -> str:
    """Put the texts of snippets, by name, in their places; what has no text stays as it was written.

    A snippet alone on its line may be several blocks, which keep the line's indentation. What a snippet
    holds is not expanded again.
    """

    def block(use: re.Match[str]) -> str:
        text = texts.get(use[2])
        return use[0] if text is None else "\n".join(use[1] + line for line in text.strip().split("\n"))

    def words(use: re.Match[str]) -> str:
        return use[0] if (text := texts.get(use[1])) is None else " ".join(text.split())

    pieces = []
    at = 0
    for use in _ALONE.finditer(source):
        pieces += [_USE.sub(words, source[at : use.start()]), block(use)]
        at = use.end()
    return "".join([*pieces, _USE.sub(words, source[at:])])
