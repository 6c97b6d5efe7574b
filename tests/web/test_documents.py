from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import http_date

from portal.web.documents import Document, add, send, write

AT = datetime(2026, 11, 20, 3, 0, 7, 250, tzinfo=UTC)
FEED = Document(body=b"<feed/>", media_type="application/atom+xml", changed_at=AT)


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    root = Element("root")
    add(root, "title", text, rel="self")
    title = ET.fromstring(write(root))[0]  # noqa: S314  # Written in the line before.
    kept = "".join(char for char in text if char in "\t\n\r" or " " <= char < "\ud800" or char > "\udfff")
    for unwritable in ("\ufffe", "\uffff"):
        kept = kept.replace(unwritable, "")
    assert title.get("rel") == "self"
    assert (title.text or "") == kept.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("text", ["a\x0bb", "a\ud800b", "a\ufffeb"])
def test_what_xml_cannot_hold_is_left_out(text: str) -> None:
    root = Element("root")
    add(root, "title", text)
    assert ET.fromstring(write(root))[0].text == "ab"  # noqa: S314  # Written in the line before.


def status_for(app: Flask, **headers: str) -> int:
    with app.test_request_context(headers=headers):
        return send(FEED).status_code


def test_whoever_has_it_is_not_sent_it_again(app: Flask) -> None:
    with app.test_request_context():
        first = send(FEED)
    assert first.status_code == 200
    assert first.headers["Last-Modified"] == "Fri, 20 Nov 2026 03:00:07 GMT"
    assert status_for(app, **{"If-None-Match": first.headers["ETag"]}) == 304
    assert status_for(app, **{"If-Modified-Since": http_date(AT)}) == 304
    assert status_for(app, **{"If-Modified-Since": "Fri, 20 Nov 2026 03:00:06 GMT"}) == 200
    assert status_for(app, **{"If-None-Match": '"of another text"'}) == 200
