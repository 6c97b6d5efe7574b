"""Images on other sites: named and linked, not loaded, so that no other site learns who reads a page."""

import re
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from portal.content.sanitize import EXTERNAL_REL, OWN_SITE

_LINK_OR_IMAGE: Final = re.compile(r'<(a|/a|img)((?: [\w-]+="[^"]*")*)>')
_OWN: Final = re.compile(rf"(?:{OWN_SITE.pattern})|[^\s:/\\][^:]*\Z")
_ATTRIBUTE: Final = re.compile(r' ([\w-]+)="([^"]*)"')


def without_images_from_elsewhere(html: str) -> str:
    """Cleaned HTML in which each image of another site is a link to it, or plain text inside a link."""
    if "<img " not in html:
        return html
    in_link = False

    def replace(found: re.Match[str]) -> str:
        nonlocal in_link
        if found[1] != "img":
            in_link = found[1] == "a"
            return found[0]
        attributes = dict(_ATTRIBUTE.findall(found[2]))
        address = attributes.get("src", "#")
        if _OWN.match(unescape(address)):
            return found[0]
        words = f"{attributes.get('alt', '')} ({_site(address)})".lstrip()
        link = f'<a class="elsewhere" href="{address}" rel="{EXTERNAL_REL}">{words}</a>'
        return words if in_link else link

    return _LINK_OR_IMAGE.sub(replace, html)


def _site(address: str) -> str:
    """The name of the site in an address, both as HTML."""
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address
