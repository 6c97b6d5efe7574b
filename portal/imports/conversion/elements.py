"""How each element of HTML, MDX and Vue is said in plain Markdown."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from portal.imports.conversion.cells import flatten
from portal.imports.conversion.headings import BELOW, plain_text
from portal.imports.conversion.page import ANCHOR, Page
from portal.imports.conversion.tables import table
from portal.imports.conversion.tags import Element, read_tags
from portal.imports.conversion.writing import (
    Handler,
    Scope,
    content_only,
    indented,
    write,
    write_block,
    write_line,
)

_ALERTS: Final = {
    "warning": "WARNING",
    "danger": "CAUTION",
    "error": "CAUTION",
    "tip": "TIP",
    "success": "TIP",
}
_VIDEO: Final = re.compile(
    r"https?://(?:www\.youtube(?:-nocookie)?\.com/embed/(?P<youtube>[\w-]{11})(?![\w-])"
    r"|player\.vimeo\.com/video/(?P<vimeo>\d+)(?:\?(?:[^#]*&)?h=(?P<key>[0-9a-f]+))?)"
)


def tags_to_markdown(text: str, page: Page, *, is_mdx: bool) -> str:
    """Rewrite every tag of a text as Markdown, or drop it and keep what it contains."""
    nodes = read_tags(text, page, BLOCKS.keys() | INLINES.keys())
    return write(nodes, Scope(page=page, blocks=BLOCKS, inlines=INLINES, is_mdx=is_mdx))


def _quoted(body: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in body.strip().split("\n"))


def _content(element: Element, scope: Scope) -> str:
    return write_block(element, scope)


def _nothing(element: Element, scope: Scope) -> str:
    scope.page.drop(element.line, f"<{element.name}>")
    return ""


def _alert(kind: str) -> Handler:
    def alert(element: Element, scope: Scope) -> str:
        body = write_block(element, scope)
        title = plain_text(element.attribute("title"), scope.page)
        return _quoted(f"[!{kind}] {title}".rstrip() + f"\n{body}") if body or title else ""

    return alert


def _call_out(element: Element, scope: Scope) -> str:
    return _alert(_ALERTS.get(element.attribute("type"), "NOTE"))(element, scope)


def _call_out_link(element: Element, scope: Scope) -> str:
    body = write_block(element, scope)
    link = element.attribute("link", "href")
    label = element.attribute("linktext") or link
    return f"{body}\n\n[{label}]({scope.page.target(link, element.line)})" if link else body


def _item(marker: str, body: str) -> str:
    return f"{marker} {indented(body).lstrip()}" if body else ""


def _list(marker: str) -> Handler:
    def items(element: Element, scope: Scope) -> str:
        return write_block(element, replace(scope, marker=marker))

    return items


def _list_item(element: Element, scope: Scope) -> str:
    return _item(scope.marker, write_block(element, scope))


def _step(element: Element, scope: Scope) -> str:
    return _item("1.", _titled(element, scope))


def _check_list_item(element: Element, scope: Scope) -> str:
    return _item("- [ ]", write_block(element, scope))


def _titled(element: Element, scope: Scope) -> str:
    title = element.attribute("title", "label", "value")
    body = write_block(element, scope)
    return f"{scope.page.set_aside(ANCHOR, title)}**{title}**\n\n{body}" if title else body


def _disclosure(element: Element, scope: Scope) -> str:
    """Say what the reader would have unfolded under a heading of its own."""
    summary = next(element.elements("summary"), None)
    title = write_line(summary, scope) if summary else element.attribute("title")
    body = write_block(element, scope)
    if not title:
        return body
    anchor = scope.page.set_aside(ANCHOR, element.attribute("id") or title)
    return f"{BELOW} {title}{anchor}\n\n{body}"


def _card(element: Element, scope: Scope) -> str:
    body = write_block(element, scope)
    title, link = element.attribute("title"), element.attribute("href")
    if not title and not link:
        return body
    name = f"**{title}**" if title else link
    head = f"[{name}]({scope.page.target(link, element.line)})" if link else name
    return _item("-", f"{head}\n\n{body}".strip())


def _field(element: Element, scope: Scope) -> str:
    name = element.attribute("path", "query", "body", "header", "name")
    marks = [element.attribute("type"), "required" if "required" in element.attributes else ""]
    head = " ".join(filter(None, (f"**`{name}`**", *(f"({mark})" for mark in marks if mark))))
    return _item("-", f"{head}\n\n{write_block(element, scope)}".strip())


def _frame(element: Element, scope: Scope) -> str:
    caption = element.attribute("caption")
    body = write_block(element, scope)
    return f"{body}\n\n*{caption}*" if caption else body


def _heading(element: Element, scope: Scope) -> str:
    text, name = write_line(element, scope), element.attribute("id")
    anchor = scope.page.set_aside(ANCHOR, name) if name else ""
    return f"{'#' * int(element.name[1])} {text}{anchor}" if text else ""


def _quotation(element: Element, scope: Scope) -> str:
    body = write_block(element, scope)
    return _quoted(body) if body else ""


def _term(element: Element, scope: Scope) -> str:
    body = write_block(element, scope)
    return body if any(mark in body for mark in ("\n", "**", "![")) else f"**{body}**"


def _rule(_element: Element, _scope: Scope) -> str:
    return "---"


def _player(element: Element, scope: Scope) -> str:
    """Leave the address alone on its line: that of a video shows a player, any other is a link."""
    sources = [element, *element.elements("source")]
    url = next(filter(None, (source.attribute("src") for source in sources)), "")
    url = f"https:{url}" if url.startswith("//") else url
    if video := _VIDEO.match(url):
        is_youtube = bool(video["youtube"])
        return f"https://www.youtube.com/watch?v={video['youtube']}" if is_youtube else _vimeo(video)
    scope.page.drop(element.line, f"<{element.name}>")
    return f"<{url}>" if url.startswith(("http://", "https://")) and " " not in url else ""


def _vimeo(video: re.Match[str]) -> str:
    return f"https://vimeo.com/{video['vimeo']}" + (f"/{video['key']}" if video["key"] else "")


def _image(element: Element, scope: Scope) -> str:
    source = element.attribute("src")
    if not source or re.search(r"[{}()]", source):
        return _nothing(element, scope)
    alt = re.sub(r"[\[\]]", r"\\\g<0>", " ".join(element.attribute("alt").split()))
    return f"![{alt}]({scope.page.target(source, element.line)})"


def _link(element: Element, scope: Scope) -> str:
    content = write(element.children, scope)
    url, label = element.attribute("href", "to"), " ".join(content.split())
    if not url:
        name = element.attribute("name", "id")
        return scope.page.set_aside(ANCHOR, name) + content if name else content
    if not label or "\n\n" in content.strip():
        return content
    return f"[{label}]({scope.page.target(url, element.line)})"


def _around(mark: str) -> Handler:
    def marked(element: Element, scope: Scope) -> str:
        content = write(element.children, scope)
        text = content.strip()
        if not text or "\n\n" in text or text.startswith(("#", ">", "|")):
            return content
        start = len(content) - len(content.lstrip())
        return f"{content[:start]}{mark}{text}{mark}{content[start + len(text) :]}"

    return marked


def _kept(element: Element, scope: Scope) -> str:
    return f"<{element.name}>{write(element.children, scope)}</{element.name}>"


def _plain(element: Element, scope: Scope) -> str:
    return write(element.children, scope)


def _styled(element: Element, scope: Scope) -> str:
    if element.attributes:
        scope.page.drop(element.line, f"<{element.name}> styling")
    return write(element.children, scope)


def _layout(element: Element, scope: Scope) -> str:
    if element.attribute("style", "class", "className"):
        scope.page.drop(element.line, f"<{element.name}> styling")
    return write_block(element, scope)


def _line_break(_element: Element, _scope: Scope) -> str:
    return "<br>"


def _badge(element: Element, scope: Scope) -> str:
    text = element.attribute("text") or write_line(element, scope)
    return f"**{text}**" if text else ""


def _tooltip(element: Element, scope: Scope) -> str:
    text, tip = write(element.children, scope), element.attribute("tip")
    return f"{text} ({tip})" if tip else text


def _silent(_element: Element, _scope: Scope) -> str:
    return ""


def _table(element: Element, scope: Scope) -> str:
    return table(element, scope.page, lambda cell: flatten(write_block(cell, scope), scope.page))


def _each(names: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


BLOCKS: Final[Mapping[str, Handler]] = {
    **_each("Note Info", _alert("NOTE")),
    **_each("Tip Check", _alert("TIP")),
    **_each("Important", _alert("IMPORTANT")),
    **_each("Warning", _alert("WARNING")),
    **_each("Danger", _alert("CAUTION")),
    **_each("call-out callout Callout", _call_out),
    **_each("call-out-link", _call_out_link),
    **_each("Steps Tabs CardGroup Columns Column AccordionGroup CodeGroup code-group CheckList", _content),
    **_each("Step", _step),
    **_each("Tab TabItem", _titled),
    **_each("Accordion Expandable details", _disclosure),
    **_each("Card", _card),
    **_each("ParamField ResponseField", _field),
    **_each("Frame", _frame),
    **_each("CheckListItem", _check_list_item),
    **_each("h1 h2 h3 h4 h5 h6", _heading),
    **_each("p section article main figure figcaption dl dd address", _content),
    **_each("div center", _layout),
    **_each("ul menu", _list("-")),
    **_each("ol", _list("1.")),
    **_each("li", _list_item),
    **_each("dt", _term),
    **_each("blockquote", _quotation),
    **_each("table", _table),
    **_each("thead tbody tfoot tr td th caption", _content),
    **_each("hr", _rule),
    **_each("iframe video audio embed", _player),
    **_each("form input textarea select", _nothing),
}

INLINES: Final[Mapping[str, Handler]] = {
    **_each("img", _image),
    **_each("a", _link),
    **_each("br", _line_break),
    **_each("b strong", _around("**")),
    **_each("i em", _around("*")),
    **_each("s del strike", _around("~~")),
    **_each("kbd sub sup mark", _kept),
    **_each("u small big abbr cite ins code tt", _plain),
    **_each("span font", _styled),
    **_each("Badge", _badge),
    **_each("Tooltip", _tooltip),
    **_each("Icon", _nothing),
    **_each("button label", content_only),
    **_each("summary source col colgroup", _silent),
}
