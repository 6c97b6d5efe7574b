"""What people wrote on Discourse, as plain Markdown: quotes say whom they quote, uploads are links."""

import re
from typing import Final
from urllib.parse import urljoin

from portal.imports.conversion.convert import finished
from portal.imports.conversion.page import Page
from portal.imports.html import html_to_markdown
from portal.imports.links import Destination, encoded, resolve

UPLOAD: Final = "upload, left as a link"
_QUOTE: Final = re.compile(
    r'<aside class="quote[^"]*"[^>]*?data-username="(?P<name>[^"]*)".*?<blockquote>', re.DOTALL
)
_QUOTE_END: Final = re.compile(r"</blockquote>\s*</aside>")
_PREVIEW: Final = re.compile(
    r'<aside class="onebox[^"]*"[^>]*?data-onebox-src="(?P<url>[^"]*)".*?</aside>', re.DOTALL
)
_EMOJI: Final = re.compile(r'<img\b(?=[^>]*\bclass="[^"]*emoji)(?=[^>]*\balt="(?P<alt>[^"]*)")[^>]*>')
_MENTION: Final = re.compile(r'<(a|span) class="mention[^"]*"[^>]*>(?P<name>@[^<]*)</\1>')
_IMAGE: Final = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r'\b(?P<name>src|alt)="(?P<value>[^"]*)"')
_LINKED_IMAGE: Final = re.compile(
    r'<a\b[^>]*class="lightbox"[^>]*href="[^"]*"[^>]*>(?P<inside>.*?)</a>', re.DOTALL
)
_RAW_QUOTE: Final = re.compile(
    r'\[quote(?:="?(?P<name>[^",\]]+)[^\]]*)?\]\n?(?P<text>(?:(?!\[quote)[\s\S])*?)\n?\[/quote\]'
)
_RAW_UPLOAD: Final = re.compile(r"!?\[(?P<label>[^\]|]*)(?:\|[^\]]*)?\]\(upload://(?P<name>[^)\s]+)\)")


class _Site:
    """Leads what an address says without its host to the site that it was written on."""

    def __init__(self, address: str) -> None:
        self._address = address

    def link(self, url: str, *, article: str) -> Destination:
        """Return where a link leads: nowhere if it names no host and the site is not known."""
        try:
            whole = urljoin(self._address or "", url)
        except ValueError:
            return Destination(url=None, message=f"link to {url}: not an address")
        if not re.match(r"[a-z][a-z0-9+.-]*:|//|#", whole, re.IGNORECASE):
            return Destination(url=None, dropped="link within the forum, whose --address is not given")
        return Destination(url=encoded(whole))

    image = link  # None is left: they are links by now.


def from_html(cooked: str, page: Page, *, address: str) -> str:
    """Return rendered text as Markdown; `address` is where the forum was, empty if that is not known.

    Raises:
        RecursionError: it is nested too deeply.
    """
    html = _QUOTE.sub(lambda found: f"<blockquote><p><strong>{found['name']}:</strong></p>", cooked)
    html = _QUOTE_END.sub("</blockquote>", html)
    html = _PREVIEW.sub(r'<p><a href="\g<url>">\g<url></a></p>', html)
    html = _MENTION.sub(r"\g<name>", _EMOJI.sub(r"\g<alt>", html))
    html = _IMAGE.sub(lambda found: _link_to(found[0], page), _LINKED_IMAGE.sub(r"\g<inside>", html))
    outline = html_to_markdown(html, page, title="")
    linked = resolve(outline.body, page, article=page.path, resolver=_Site(address))
    return finished(linked.body, page)


def _link_to(image: str, page: Page) -> str:
    found = {match["name"]: match["value"] for match in _ATTRIBUTE.finditer(image)}
    page.drop(None, UPLOAD)
    return f'<a href="{found.get("src", "")}">{found.get("alt") or "image"}</a>'


def from_markdown(raw: str, page: Page, *, address: str) -> str:
    """Return Markdown as Discourse understands it as everyone understands it."""
    before = None
    while raw != before:  # The innermost quotes first.
        before, raw = raw, _RAW_QUOTE.sub(_quoted, raw)
    return _RAW_UPLOAD.sub(lambda found: _raw_upload(found, page, address), raw).strip()


def _quoted(found: re.Match[str]) -> str:
    said = [f"**{found['name'].strip()}:**", ""] if found["name"] else []
    return "\n" + "\n".join(f"> {line}".rstrip() for line in (*said, *found["text"].split("\n"))) + "\n"


def _raw_upload(found: re.Match[str], page: Page, address: str) -> str:
    page.drop(None, UPLOAD)
    label = found["label"] or "image"
    if not address:
        return label
    url = urljoin(address, f"/uploads/short-url/{encoded(found['name'])}")
    return f"[{label}]({url})"
