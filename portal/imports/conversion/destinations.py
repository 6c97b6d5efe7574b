"""Links and images: their destinations are set aside until all articles are known."""

import re
from typing import Final

from portal.imports.conversion.page import TARGET, Page

_DESTINATION: Final = re.compile(
    r"(?<!\\)\]\([ \t]*(?P<url><[^<>\n]*>|(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*)"
    r"(?P<title>\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
)
_DEFINITION: Final = re.compile(
    r"(?m)^[ ]{0,3}\[(?!\^)(?P<name>[^\[\]\n]+)\]:[ \t]*(?P<url><[^<>\n]*>|\S+)"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*$"
)
_REFERENCE: Final = re.compile(r"\[(?P<label>[^\[\]\n]+)\](?:\[(?P<name>[^\[\]\n]*)\])?(?![\[(:])")
# Nothing is tried twice: a bracket that is never closed would take time without end.
_NESTED: Final = r"(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*+\](?:\([^()\s]*\))?+)*+"
LINK: Final = re.compile(
    rf"(?P<mark>!?)(?<!\\)\[(?P<label>{_NESTED})\]\(\ufdd0{TARGET}(?P<number>\d+)\ufdd1\)"
)


def references_to_links(text: str, _page: Page) -> str:
    """Write each `[text][name]` with its destination in place, and take out the definitions."""
    urls = {_folded(match["name"]): match["url"] for match in _DEFINITION.finditer(text)}
    if not urls:
        return text

    def link(match: re.Match[str]) -> str:
        url = urls.get(_folded(match["name"] or match["label"]))
        return f"[{match['label']}]({url})" if url else match[0]

    return _REFERENCE.sub(link, _DEFINITION.sub("", text))


def set_destinations_aside(text: str, page: Page) -> str:
    """Replace the destinations of links and images by tokens; their tooltips are left out."""
    place = page.lines(text)

    def token(match: re.Match[str]) -> str:
        url = match["url"].strip("<>")
        return f"]({page.target(url, place.at(match.start()))})" if url else match[0]

    return _DESTINATION.sub(token, text)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
