"""Pages of the real help centres as a reader gets them, beside what their files say."""

import posixpath
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element  # Its type alone; html5lib parses.

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.knowledge.models import Article, Translation

CENTRES = Path(__file__).parents[2].parent / "shared/data/help-center"
PAGES_OF_EACH = 10
ARTICLE = re.compile(r"/help/\w+/articles/(\d+)-[^#]*#?(.*)")
FENCE = re.compile(
    r"^[ \t>]*(?:[-*+] |\d+[.)] )?[ \t]*(`{3,}|~{3,}).*?^[ \t>]*\1[ \t]*$", re.MULTILINE | re.DOTALL
)
SOURCE_LINK = re.compile(r"(?<!!)\[[^\[\]]*\]\(([^()\s]+)\)|href=\"([^\"{}]+)\"")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(not CENTRES.is_dir(), reason="needs ../shared/data/help-center"),
]


@pytest.fixture
def bring_in(app: Flask) -> Callable[[str], dict[str, Path]]:
    """Import a help centre; return the files of its articles by key."""

    def run(name: str) -> dict[str, Path]:
        root, language = CENTRES / name, posixpath.basename(name)
        arguments = ["kb", "import", str(root), "--language", language, "--publish"]
        result = app.test_cli_runner().invoke(args=arguments)
        assert " 0 failed, " in result.stdout
        return {path.relative_to(root).with_suffix("").as_posix(): path for path in root.rglob("*.md*")}

    return run


@pytest.mark.parametrize(
    "name",
    [
        "growi/en",
        "growi/ja",
        *(pytest.param(name, marks=pytest.mark.whole) for name in ("dify/en", "dify/ja", "sendgrid/en")),
    ],
)
def test_sampled_pages_are_whole(
    bring_in: Callable[[str], dict[str, Path]], client: FlaskClient, session: Session, name: str
) -> None:
    files = bring_in(name)
    product = posixpath.dirname(name)
    texts = session.execute(select(Article.source_key, Translation).join(Translation.article)).all()
    keys = {text.article_id: str(key).removeprefix(f"{product}/") for key, text in texts}
    addresses = {
        text.article_id: f"/help/{text.language}/articles/{text.article_id}-{text.slug}" for _, text in texts
    }
    for article_id in random.Random(20).sample(sorted(keys), PAGES_OF_EACH):  # noqa: S311  # The same ones each time.
        file = files[keys[article_id]]
        answer = client.get(addresses[article_id])
        assert answer.status_code == 200, file
        prose = prose_of(answer.text)
        assert_plain(prose, file)
        linked = set()
        for link in prose.iter("a"):
            if found := ARTICLE.fullmatch(link.attrib.get("href", "")):
                assert_leads_somewhere(client, addresses[int(found[1])], unquote(found[2]))
                linked.add(keys[int(found[1])])
        meant = {key for key in sound_links(file, CENTRES / name, files) if key in keys.values()}
        assert meant <= linked, (file, meant - linked)


def prose_of(page: str) -> Element:
    document = html5lib.parse(page, namespaceHTMLElements=False)
    return next(element for element in document.iter() if "prose" in element.attrib.get("class", "").split())


def assert_plain(prose: Element, file: Path) -> None:
    """Assert that headings are in order and that nothing of the source's format shows."""
    levels = [int(element.tag[1]) for element in prose.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert all(1 < level <= above + 1 for above, level in zip([1, *levels], levels, strict=False)), file
    for element in [*prose.iter("pre"), *prose.iter("code")]:
        element.text = ""
        del element[:]
    shown = "".join(prose.itertext())
    matter = r"^(?:---|title:.*|description:.*|layout:.*|seo:.*)$"
    assert not re.search(rf":::|</?[A-Z][a-z]+[ />]|\{{\{{|engawa:|{matter}", shown, re.MULTILINE), file


def assert_leads_somewhere(client: FlaskClient, address: str, anchor: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert not anchor or f'id="{anchor}"' in answer.text


def sound_links(file: Path, root: Path, files: dict[str, Path]) -> Iterator[str]:
    """Yield the keys of the articles that a file links to, by what is on the disk alone."""
    text = re.sub(r"`[^`\n]*`|<!--.*?-->", "", FENCE.sub("", file.read_text()), flags=re.DOTALL)
    places = {path: key for key, path in files.items()}
    for groups in SOURCE_LINK.findall(text):
        path = unquote(re.split("[#?]", "".join(groups).replace("{{root_url}}", ""))[0])
        if not path or re.match(r"[a-z]+:|//", path):
            continue
        whole = (
            path
            if path.startswith("/")
            else "/" + posixpath.relpath(posixpath.normpath(posixpath.join(file.parent, path)), root)
        )
        bare = re.sub(rf"^/+(?:{root.name}/)?|\.(?:html|mdx?)$|/$", "", whole)
        names = (f"{bare}.md", f"{bare}.mdx", f"{bare}/README.md", f"{bare}/index.md")
        yield from (places[root / name] for name in names if root / name in places)
