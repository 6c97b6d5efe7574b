"""XML that machines ask for again and again: written in one place, sent only when it changed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, request

MAX_AGE_SECONDS: Final = 300
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document that anyone may have; `changed_at` is None if nothing in it has a time."""

    body: bytes
    media_type: str
    changed_at: datetime | None

    def __len__(self) -> int:
        return len(self.body)


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Add an element, without the characters that XML cannot hold."""
    child = SubElement(parent, tag, attributes)
    child.text = _NOT_IN_XML.sub("", text) or None
    return child


def write(root: Element) -> bytes:
    """Write a whole document in UTF-8."""
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def timestamp(instant: datetime) -> str:
    """Write an instant as sitemaps and feeds want it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def send(document: Document) -> Response:
    """Answer with a document, or with 304 to whoever has it already."""
    response = Response(document.body, mimetype=document.media_type)
    response.last_modified = document.changed_at
    response.cache_control.public, response.cache_control.max_age = True, MAX_AGE_SECONDS
    response.add_etag()
    response.make_conditional(request)
    return response
