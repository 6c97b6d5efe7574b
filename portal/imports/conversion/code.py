"""Code is set aside before anything else is read, and put back untouched at the end."""

import html
import re
from collections.abc import Iterator
from typing import Final

from portal.imports.conversion.page import BLOCK, INLINE, TARGET, TOKEN, Page

_LEAD: Final = r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)"
_FENCE: Final = re.compile(rf"{_LEAD}(?P<fence>`{{3,}}(?=[^`]*$)|~{{3,}})[ \t]*(?P<info>.*)$")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|\[\^[^\]]+\]:)(?:[ \t]|$)")
_INDENTED: Final = re.compile(r"(?: {4}|\t)[ \t]*(?!</?[A-Za-z])\S")
_SPAN: Final = re.compile(r"(?<![`\\])(`+)(?!`)((?:(?!\n[ \t]*\n)[^\ufdd0])+?)(?<!`)\1(?!`)")
_HTML_CODE: Final = re.compile(
    r"<(code|tt)\b[^<>]*>((?:(?!</?(?:code|tt|t[dhr]|li|p|div)\b).)*?)</\1>", re.DOTALL | re.IGNORECASE
)
_HTML_BLOCK: Final = re.compile(r"<pre\b[^<>]*>((?:(?!<pre\b).)*?)</pre>", re.DOTALL | re.IGNORECASE)
_HTML_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_FLAGS: Final = re.compile(r"""\w+=(?:"[^"]*"|'[^']*'|\{[^{}]*\})|\{[^{}]*\}|\b(?:wrap|expandable|lines)\b""")


def set_code_aside(text: str, page: Page, *, is_mdx: bool) -> str:
    """Replace fenced, indented and inline code by tokens.

    MDX has no indented code; in its other fences, words after the language are a caption.
    """
    text = "\n".join(_without_fences(text.split("\n"), page, is_mdx=is_mdx))
    if not is_mdx:
        text = "\n".join(_without_indented(text.split("\n"), page))
    text = _HTML_BLOCK.sub(lambda match: _block_of_html(match, page), text)
    text = _SPAN.sub(lambda match: _token(page, INLINE, match[0]), text)
    return _HTML_CODE.sub(lambda match: _span_of_html(match, page), text)


def put_code_back(text: str, page: Page) -> str:
    """Replace the tokens by their code; every line of a block is indented and quoted as its place is."""

    def block(match: re.Match[str]) -> str:
        lead = re.sub(r"[^\s>]", " ", match["lead"])
        token = TOKEN.match(match["token"])
        lines = page.held(token).split("\n") if token else []
        return match["lead"] + "\n".join([*lines[:1], *((lead + line).rstrip(" ") for line in lines[1:])])

    text = re.sub(rf"(?m)^(?P<lead>.*?)(?P<token>\ufdd0{BLOCK}\d+\ufdd1)", block, text)
    return TOKEN.sub(lambda token: token[0] if token[1] == TARGET else page.held(token), text)


def span(code: str) -> str:
    """Return code as Markdown's inline code."""
    ticks = "`" * (max((len(run) for run in re.findall("`+", code)), default=0) + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def fenced(code: str, language: str = "") -> str:
    """Return code as a fenced block."""
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", code)), default=0) + 1)
    return f"{ticks}{language}\n{code}\n{ticks}"


def _token(page: Page, kind: str, source: str, result: str | None = None) -> str:
    return page.set_aside(kind, source if result is None else result, lines=source.count("\n"))


def _without_fences(lines: list[str], page: Page, *, is_mdx: bool) -> Iterator[str]:
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if not opening:
            yield lines[at]
            at += 1
            continue
        end = _closing_line(lines, at, opening["fence"])
        if end == len(lines):
            page.problem(page.first_line + at, "code block is never closed")
        code = "\n".join(_unindented(lines[at + 1 : end], opening["lead"]))
        block = _with_caption(opening["info"].strip(), code, has_captions=is_mdx)
        yield opening["lead"] + page.set_aside(BLOCK, block, lines=min(end, len(lines) - 1) - at)
        at = end + 1


def _closing_line(lines: list[str], start: int, fence: str) -> int:
    closing = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((at for at in range(start + 1, len(lines)) if closing.match(lines[at])), len(lines))


def _unindented(lines: list[str], lead: str) -> list[str]:
    """Take the opening fence's indentation and quote marks off the lines, as far as they have them."""
    marks = re.sub(r"[^\s>]", " ", lead.expandtabs(4))
    optional = "".join(f"{'>' if mark == '>' else ' '}?" for mark in marks)
    return [re.sub(f"^{optional}", "", _tabs_expanded(line)) for line in lines] if marks else lines


def _tabs_expanded(line: str) -> str:
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].expandtabs(4) + body


def _with_caption(info: str, code: str, *, has_captions: bool) -> str:
    language = re.match(r"[\w#+.-]*", info)
    name = language[0] if language else ""
    titled = re.search(r"""\btitle=["']([^"']+)["']""", info)
    words = titled[1] if titled else _FLAGS.sub("", info[len(name) :]).strip()
    return (f"**{words}**\n\n" if has_captions and words else "") + fenced(code, name)


def _without_indented(lines: list[str], page: Page) -> Iterator[str]:
    """Turn blocks indented by four columns into fences, where no list that they could belong to is open."""
    at, in_list, after_blank = 0, False, True
    while at < len(lines):
        line = lines[at]
        if after_blank and not in_list and _INDENTED.match(line):
            end = _end_of_indented(lines, at)
            block = "\n".join(re.sub(r"^(?: {1,4}|\t)", "", code) for code in lines[at:end])
            yield page.set_aside(BLOCK, fenced(block), lines=end - at - 1)
            at, after_blank = end, False
            continue
        if line.strip():
            in_list = bool(_ITEM.match(line)) or (in_list and (line[0] in " \t" or not after_blank))
        after_blank = not line.strip()
        yield line
        at += 1


def _end_of_indented(lines: list[str], start: int) -> int:
    end = start
    for at in range(start, len(lines)):
        if lines[at].strip():
            if not lines[at].startswith(("    ", "\t")):
                break
            end = at + 1
    return end


def _block_of_html(match: re.Match[str], page: Page) -> str:
    code = html.unescape(_HTML_TAG.sub("", TOKEN.sub(page.held, match[1])))
    return "\n" + _token(page, BLOCK, match[0], fenced(code.strip("\n"))) + "\n"


def _span_of_html(match: re.Match[str], page: Page) -> str:
    inner = _SPAN.sub(lambda code: code[2], page.plain(match[2]))
    code = " ".join(html.unescape(_HTML_TAG.sub("", inner)).split())
    return _token(page, INLINE, match[0], span(code)) if code else page.newlines(match[0])
