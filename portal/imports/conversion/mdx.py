"""MDX: modules' imports and exports, comments and JavaScript expressions in braces."""

import re
from typing import Final

from portal.imports.conversion.page import Page

_MODULE_LINE: Final = re.compile(
    r"""(?m)^(?:(?P<import>import)\s+(?:["'{]|[\w$*][^\n]*\sfrom\s+["'])"""
    r"""|(?P<export>export)\s+(?:[{*]|(?:default|const|let|var|function|async|class)\b))"""
)
_COMMENT: Final = re.compile(r"\{\s*/\*.*?\*/\s*\}", re.DOTALL)
_EXPRESSION: Final = re.compile(r"(?<!\\)\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}")
_STRING: Final = re.compile(r"""\{\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`)\s*\}""")


def drop_modules(text: str, page: Page) -> str:
    """Remove imports and exports, each up to the line on which its brackets are closed."""
    place, kept, after = page.lines(text), [], 0
    for match in _MODULE_LINE.finditer(text):
        if match.start() < after:
            continue
        end = _end_of_statement(text, match.start())
        page.drop(place.at(match.start()), match["import"] or match["export"])
        kept += [text[after : match.start()], page.newlines(text[match.start() : end])]
        after = end
    return "".join([*kept, text[after:]])


def drop_jsx_comments(text: str, page: Page) -> str:
    """Remove `{/* comments */}`."""
    place = page.lines(text)

    def drop(match: re.Match[str]) -> str:
        page.drop(place.at(match.start()), "{/* */}")
        return page.newlines(match[0])

    return _COMMENT.sub(drop, text)


def without_expressions(text: str, page: Page, line: int) -> str:
    """Return text between tags with expressions that are strings replaced by them, and others dropped."""

    def value(match: re.Match[str]) -> str:
        string = _STRING.fullmatch(page.plain(match[0]))
        if string:
            return next((group for group in string.groups() if group is not None), "")
        page.drop(line + text.count("\n", 0, match.start()), "{expression}")
        return ""

    return _EXPRESSION.sub(value, text).replace("\\{", "{").replace("\\}", "}")


def _end_of_statement(text: str, start: int) -> int:
    depth, end = 0, start
    for line in text[start:].splitlines(keepends=True):
        end += len(line.rstrip("\n"))
        depth += sum(line.count(mark) for mark in "{([") - sum(line.count(mark) for mark in "})]")
        if depth <= 0:
            break
        end += len(line) - len(line.rstrip("\n"))
    return end
