"""Plain text taken out of rendered HTML, for search, previews and descriptions."""

import re
import unicodedata
from html import unescape
from typing import Final

_INLINE: Final = "a abbr b code del em i ins kbd label mark s samp small span strong sub sup u var wbr"
_INLINE_TAG: Final = re.compile(rf"</?(?:{'|'.join(_INLINE.split())})(?: [^>]*)?>")
_FOOTNOTE_LINK: Final = re.compile(r'<sup[^>]*? class="footnote".*?</sup>|<a class="footnote-back".*?</a>')
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_LATIN: Final = "[!-~À-ɏ]"
_INSIDE_WORD: Final = re.compile(_LATIN * 2)
_CUT_WORD: Final = re.compile(rf"(?<!{_LATIN}){_LATIN}+$")


def plain_text(html: str) -> str:
    """The words of sanitised HTML on one line, code and footnotes included; a space separates blocks."""
    html = _INLINE_TAG.sub("", _FOOTNOTE_LINK.sub("", html))
    return " ".join(unescape(_ANY_TAG.sub(" ", html)).split())


def excerpt(text: str, length: int) -> str:
    """The beginning of a text in at most `length` characters, cut between words and ended by “…”."""
    if len(text) <= length:
        return text
    end = length - 1
    while end > 0 and _is_one_character(text[end - 1], text[end]):
        end -= 1
    start = text[:end]
    if _INSIDE_WORD.fullmatch(text[end - 1 : end + 1]):
        start = _CUT_WORD.sub("", start) or start
    return start.rstrip() + "…"


def _is_one_character(before: str, after: str) -> bool:
    """Whether two code points show as one character, as a letter and its accent or a joined emoji do."""
    return before == "\u200d" or unicodedata.category(after) in {"Mn", "Mc", "Me", "Cf"}
