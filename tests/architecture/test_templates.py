"""The HTML of every page: whole, in the reader's language, nothing inline, no dead end, and small."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import meta, nodes
from werkzeug.exceptions import HTTPException

from portal.web.assets import STATIC
from tests.architecture.conftest import Look
from tests.architecture.matrix import rows
from tests.architecture.world import READERS, World

LARGEST_FIRST_VIEW_BYTES = 60_000
MOST_REQUESTS = 8
LANGUAGES = ("en", "ja")
FRAGMENTS = (
    "/search/suggestions",
    "/search/similar",
    "/search/passages",
    "/staff/accounts/model/validation/progress",
)
FIRST_VIEWS = (
    "/",
    "/help/en/articles/{article}-print-the-invoice",
    "/community/topics/{topic}-where-is-the-invoice",
)


def pages(world: World, browser: FlaskClient, reader: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield address and HTML of each whole page that a reader can see."""
    for row in rows("GET"):
        path = row.path(world)
        if row.expected(reader) != 200 or path.startswith(FRAGMENTS):
            continue
        with browser.get(path, headers={"Accept-Language": language}) as answer:
            if answer.mimetype == "text/html":
                yield path, answer.get_data(as_text=True)


def faults_of(path: str, html: str, language: str) -> Iterator[str]:
    """Yield what is wrong with a page by itself."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    spoken = re.match(r"/help/(\w\w)/", path)
    if tree.get("lang") != (spoken[1] if spoken else language):
        yield f"speaks {tree.get('lang')}"
    if (headings := sum(element.tag == "h1" for element in elements)) != 1:
        yield f"has {headings} h1"
    yield from (f"is no HTML: {code} at {place}" for place, code, _ in parser.errors)
    yield from (f"has the id {name} {count} times" for name, count in _ids(elements).items() if count > 1)
    yield from (f"has {fault}" for element in elements if (fault := _inline(element)))
    anchors = {href[1:] for element in elements if (href := element.get("href", "")).startswith("#")}
    yield from (f"leads to #{anchor}, which is not there" for anchor in anchors - set(_ids(elements)))
    for form in tree.iter("form"):
        if form.get("method") == "post" and not _token_of(form):
            yield f"has a form without a token: {form.get('action')}"


def _ids(elements: list[Element]) -> Counter[str]:
    return Counter(name for element in elements if (name := element.get("id")))


def _inline(element: Element) -> str | None:
    """Return what of an element the content security policy would refuse; None if nothing."""
    is_data = element.get("type") == "application/ld+json"
    if element.tag == "style" or (element.tag == "script" and not element.get("src") and not is_data):
        return f"an inline <{element.tag}>"
    attributes = [name for name in element.attrib if name == "style" or name.startswith(("on", "hx-on"))]
    return f"inline {attributes[0]} on <{element.tag}>" if attributes else None


def _token_of(form: Element) -> str | None:
    return next(
        (field.get("value") for field in form.iter("input") if field.get("name") == "csrf_token"), None
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reader", READERS)
def test_pages_are_whole(world: World, look: Look, reader: str, language: str) -> None:
    faults = [
        f"{path} {fault}"
        for path, html in pages(world, look(reader), reader, language)
        for fault in faults_of(path, html, language)
    ]
    assert not faults, "\n".join(faults)


def addresses_in(path: str, html: str) -> Iterator[tuple[str, str]]:
    """Yield method and address of everything that a page leads to or loads."""
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        form_method = element.get("method", "get").upper()
        for name, method in METHODS.items():
            if address := element.get(name):
                yield method or form_method, urljoin(path, address).partition("#")[0]


METHODS = {
    "href": "GET",
    "src": "GET",
    "hx-get": "GET",
    "hx-post": "POST",
    "formaction": "POST",
    "action": None,
}


def is_dead(app: Flask, browser: FlaskClient, method: str, address: str) -> bool:
    """Tell whether an address leads nowhere, or away from the site."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" not in {"://", app.extensions["settings"].base_url}:
        return True
    if method == "POST":
        try:
            app.url_map.bind("localhost").match(parts.path, "POST")
        except HTTPException:
            return True
        return False
    with browser.get(f"{parts.path}?{parts.query}") as answer:
        return answer.status_code >= 400


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_nothing_leads_to_a_dead_end(app: Flask, world: World, look: Look, reader: str) -> None:
    browser = look(reader)
    found = {
        (method, address): path
        for path, html in pages(world, browser, reader, "en")
        for method, address in addresses_in(path, html)
    }
    dead = [f"{path} → {target[1]}" for target, path in found.items() if is_dead(app, browser, *target)]
    assert len(found) > 30
    assert not dead, "\n".join(dead)


def sent_bytes(client: FlaskClient, address: str) -> int:
    """Return the size of an answer on the wire, or what it will be once the site is built."""
    with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        body = answer.get_data()
        return len(body) if answer.headers.get("Content-Encoding") == "gzip" else len(gzip.compress(body))


@pytest.mark.parametrize("address", FIRST_VIEWS)
def test_a_first_view_is_small(world: World, client: FlaskClient, address: str) -> None:
    path = address.format_map(world.ids)
    tree = html5lib.parse(client.get(path).text, namespaceHTMLElements=False)
    parts = {element.get("src") for element in tree.iter() if element.tag in {"script", "img"}}
    parts |= {link.get("href") for link in tree.iter("link") if link.get("rel") in {"stylesheet", "icon"}}
    parts -= {None}  # Data for machines, which is in the page itself.
    assert len(parts) + 1 <= MOST_REQUESTS
    assert sum(sent_bytes(client, str(part)) for part in {path, *parts}) <= LARGEST_FIRST_VIEW_BYTES


@pytest.mark.skipif(not list(STATIC.rglob("*.gz")), reason="not built; `python hatch_build.py` builds it")
def test_static_files_travel_compressed(world: World, client: FlaskClient) -> None:
    files = re.findall(r'"(/static/[^"]+)"', client.get("/").text)
    assert len(files) > 4
    for file in files:
        with client.get(file, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip", file
            packed = answer.get_data()
        with client.get(file, headers={"Accept-Encoding": "identity"}) as answer:
            assert gzip.decompress(packed) == answer.get_data(), f"{file} changed; build it again"


def test_macros_use_only_what_they_are_given(app: Flask) -> None:
    sources = {
        name: str(STATIC.parent.joinpath("templates", name).read_text())
        for name in app.jinja_env.list_templates()
    }
    trees = {name: app.jinja_env.parse(source) for name, source in sources.items()}
    imported = {
        node.template.as_const(): name
        for name, tree in trees.items()
        for node in tree.find_all(nodes.FromImport)
        if not node.with_context
    }
    faults = [
        f"{user} imports {name} without context, but that uses {', '.join(unknown)}"
        for name, user in imported.items()
        if (unknown := meta.find_undeclared_variables(trees[name]) - set(app.jinja_env.globals))
    ]
    assert not faults, "\n".join(faults)
