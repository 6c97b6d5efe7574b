"""What the source's site generator would have filled in: comments, scripts, templates, contents lists."""

import re
from typing import Final

from pymdownx.gemoji_db import emoji

from portal.imports.conversion.code import span
from portal.imports.conversion.page import INLINE, Page

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_RAW: Final = re.compile(
    r"<(?P<name>script|style|svg|noscript)\b[^<>]*?(?:/>|>(?:(?!<(?P=name)\b).)*?</(?P=name)\s*>)", re.DOTALL
)
_CONTENTS: Final = re.compile(r"(?m)^[ \t]*(?:\[\[_?toc_?\]\]|\[toc\])[ \t]*$", re.IGNORECASE)
_ROOT_URL: Final = re.compile(r"/?\{\{\s*root_url\s*\}\}/*")
_SHORTCODE: Final = re.compile(r"(?<![\w:]):[a-z0-9_+-]+:(?![\w:])")
_MUSTACHE: Final = re.compile(r"\{\{\{?[^{}\n]*\}\}\}?")


def drop_comments(text: str, page: Page) -> str:
    """Remove HTML comments."""
    return _dropped(_COMMENT, "<!-- -->", text, page)


def drop_raw_elements(text: str, page: Page) -> str:
    """Remove scripts, styles and drawings with their content."""
    return _dropped(_RAW, "", text, page)


def drop_contents_lists(text: str, page: Page) -> str:
    """Remove `[[toc]]`; an article's contents list is made from its headings."""
    return _dropped(_CONTENTS, "[[toc]]", text, page)


def drop_template_expressions(text: str, page: Page) -> str:
    """Remove `{{ expressions }}` that the generator would have evaluated."""
    return _dropped(_MUSTACHE, "{{ }}", text, page)


def root_url_to_slash(text: str, _page: Page) -> str:
    """Replace `{{root_url}}` by the root of the site."""
    return _ROOT_URL.sub("/", text)


def shortcodes_to_emoji(text: str, _page: Page) -> str:
    """Replace `:white_check_mark:` and its like by the characters that they name."""

    def characters(match: re.Match[str]) -> str:
        codes = emoji.get(match[0], {}).get("unicode", "")
        return "".join(chr(int(code, 16)) for code in codes.split("-") if code) or match[0]

    return _SHORTCODE.sub(characters, text)


def mustaches_to_code(text: str, page: Page) -> str:
    """Show `{{ placeholders }}` that the text talks about as code."""
    return _MUSTACHE.sub(lambda match: page.set_aside(INLINE, span(page.plain(match[0]))), text)


def _dropped(pattern: re.Pattern[str], construct: str, text: str, page: Page) -> str:
    """Remove what matches; without a name for the construct, the match has that of an element."""
    place = page.lines(text)

    def drop(match: re.Match[str]) -> str:
        page.drop(place.at(match.start()), construct or f"<{match['name']}>")
        return page.newlines(match[0])

    return pattern.sub(drop, text)
