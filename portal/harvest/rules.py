"""What an article that is made of a topic says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_MARKS: Final = re.compile(r"([\\`*_{}\[\]])")
_BACKSLASH: Final = r"\\\1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What the article says besides what people wrote: two headings, and to whom it owes the answer."""

    problem: str
    solution: str
    credit: str


Say = Callable[[str, str, str], Words]
"""Say it in a language, given the Markdown links to those who answered and to the topic."""


def link(text: str, path: str) -> str:
    """Return a Markdown link whose text means nothing but itself."""
    words = escape(" ".join(text.split()), quote=False)
    return f"[{_MARKS.sub(_BACKSLASH, words)}]({path})"


def body_of(question: str, answers: Sequence[str], words: Words) -> str:
    """Return the Markdown of an article: the question as the problem, the answers as its solution."""
    parts = [f"## {words.problem}", question, f"## {words.solution}", *answers, words.credit]
    return "\n\n".join(part.strip() for part in parts) + "\n"
