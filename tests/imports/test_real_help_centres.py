import posixpath
import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import html5lib
import pytest

from portal.content.markdown import render
from portal.imports.source import SourceArticle, SourceTree
from portal.imports.targets import replace_targets
from portal.imports.tree import read_tree

HELP_CENTRES = Path(__file__).parents[2].parent / "shared/data/help-center"
TREES = ["growi/en", "growi/ja", "dify/en", "dify/ja", "sendgrid/en"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real,
    pytest.mark.skipif(not HELP_CENTRES.is_dir(), reason="needs ../shared/data/help-center"),
]


@cache
def tree(name: str) -> SourceTree:
    return read_tree(HELP_CENTRES / name, language=posixpath.basename(name))


def without_code(body: str) -> str:
    """Return a body without fenced blocks, inline code and targets, told by rules of its own."""
    lines, fence = [], ""
    for line in body.split("\n"):
        bare = line.lstrip(" >-*1234567890.")
        if fence:
            fence = "" if bare.rstrip() == fence else fence
        elif re.match("`{3,}[^`]*$", bare):
            fence = bare[: len(bare) - len(bare.lstrip("`"))]
        else:
            lines.append(line)
    assert not fence
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", "\n".join(lines), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("name", "source", "articles"),
    [
        ("growi/en", "vuepress", 154),
        ("growi/ja", "vuepress", 168),
        ("dify/en", "mintlify", 287),
        ("dify/ja", "mintlify", 287),
        ("sendgrid/en", "markdown", 473),
    ],
)
def test_every_file_becomes_an_article(name: str, source: str, articles: int) -> None:
    files = {
        path.relative_to(HELP_CENTRES / name).as_posix() for path in (HELP_CENTRES / name).rglob("*.md*")
    }
    assert tree(name).format == source
    assert {article.path for article in tree(name).articles} == files
    assert len(files) == articles


@pytest.mark.parametrize(("product", "pairs"), [("growi", 150), ("dify", 287)])
def test_translations_are_joined(product: str, pairs: int) -> None:
    english, japanese = (
        {article.key for article in tree(f"{product}/{code}").articles} for code in ("en", "ja")
    )
    assert len(english & japanese) == pairs


@pytest.mark.parametrize("name", TREES)
def test_every_article_has_a_title_and_a_section_that_is_there(name: str) -> None:
    sections = {section.key for section in tree(name).sections}
    assert all(section.parent_key in {None, *sections} and section.title for section in tree(name).sections)
    assert all(article.title and article.section_key in {None, *sections} for article in tree(name).articles)
    places = Counter((article.section_key, article.position) for article in tree(name).articles)
    assert max(places.values()) == 1


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize(
    "construct",
    [
        r"^\s*:::",
        r"<[A-Z][A-Za-z]+[ />]",
        r"\{\{",
        r"^(?:layout|seo|sidebarTitle):",
        r"<!--",
        r"\[\[toc",
        "\ufdd0",
        r"^import ",
        r"^[ >]*</?(?:blockquote|details|div|dl|figure|h\d|iframe|li|ol|p|pre|section|summary|t\w+|ul)\b",
    ],
)
def test_no_construct_of_the_source_is_left(name: str, construct: str) -> None:
    left = [
        (article.path, match[0])
        for article in tree(name).articles
        if (match := re.search(construct, without_code(article.body).replace("&lt;", ""), re.MULTILINE))
    ]
    assert left == []


@pytest.mark.parametrize("name", TREES)
def test_headings_are_in_order_and_named(name: str) -> None:
    for article in tree(name).articles:
        lines = without_code(article.body).split("\n")
        levels = [
            len(match[1]) for line in lines if (match := re.match(r"[ >]*(?:[-*] |\d+[.)] )?(#{1,6}) ", line))
        ]
        assert all(1 < level <= above + 1 for above, level in zip([1, *levels], levels, strict=False)), (
            article.path
        )
        assert len(article.anchors) == len(levels) == len({*article.anchors}), article.path


@pytest.mark.parametrize("name", TREES)
def test_links_lead_to_articles_headings_and_images_that_are_there(name: str) -> None:
    product = posixpath.dirname(name)
    others = [tree(other) for other in TREES if other.startswith(product) and other != name]
    articles = {article.key: article for part in (*others, tree(name)) for article in part.articles}
    images = {image.path for image in tree(name).images}
    for article in tree(name).articles:
        assert {*article.links} <= articles.keys()
        assert {*article.images} <= images
        for key, anchor in re.findall(r"engawa:article/([^#)]+)#([^)]+)", article.body):
            assert unquote(anchor) in articles[unquote(key)].anchors


@pytest.mark.parametrize(
    ("name", "pages", "headings", "images"),
    [
        ("growi/en", 8, 7, 272),
        ("growi/ja", 4, 7, 289),
        ("dify/en", 185, 0, 272),
        ("dify/ja", 185, 0, 270),
        ("sendgrid/en", 85, 55, 281),
    ],
)
def test_only_what_is_broken_in_the_source_is_reported(
    name: str, pages: int, headings: int, images: int
) -> None:
    problems = tree(name).problems
    missing = [
        match for item in problems if (match := re.fullmatch(r"link to (\S+): no such page", item.message))
    ]
    assert [match[1] for match in missing if exists(match[1].split("#")[0], HELP_CENTRES / name)] == []
    assert len(missing) == pages
    assert sum(item.message.endswith("no such heading") for item in problems) == headings
    lost = [match[1] for item in problems if (match := re.fullmatch(r"image (\S+) is missing", item.message))]
    files = [path.as_posix() for path in (HELP_CENTRES / name).parent.rglob("*.*")]
    assert [path for path in lost if any(file.endswith(path) for file in files)] == []
    assert len(lost) == images


def exists(url: str, root: Path) -> bool:
    """Tell by the disk alone whether there is a page at an address of the site."""
    path = re.sub(rf"^/(?:{root.name}/)?", "", unquote(url)).rstrip("/")
    bare = re.sub(r"\.(html|mdx?)$", "", path)
    names = (f"{bare}.md", f"{bare}.mdx", f"{bare}/README.md", f"{bare}/index.md")
    return url.startswith("/") and any((root / name).is_file() for name in names)


@pytest.mark.parametrize("name", TREES)
def test_rendered_pages_show_nothing_of_the_source_format(name: str) -> None:
    articles = tree(name).articles
    for article in articles[:: len(articles) // 10]:
        document = html5lib.parse(rendered(article), namespaceHTMLElements=False)
        levels = [
            int(element.tag[1]) for element in document.iter() if re.fullmatch("h[1-6]", str(element.tag))
        ]
        assert all(1 < level <= above + 1 for above, level in zip([1, *levels], levels, strict=False))
        for element in [*document.iter("pre"), *document.iter("code")]:
            element.text = ""
            del element[:]
        text = "".join(document.itertext())
        assert not re.search(r"^\s*:::|</?(?:Card|Tab|Step|Note)\b|\{\{|engawa:|^---$", text, re.MULTILINE), (
            article.path
        )


def rendered(article: SourceArticle) -> str:
    body = replace_targets(
        article.body, article_url=lambda key, _: f"/{key}", image_url=lambda path: f"/{path}"
    )
    return render(body).html


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize(
    ("written", "construct"),
    [
        ("<!--", "<!-- -->"),
        (r"^import .* from ", "import"),
        (r"^export (?:const|default) ", "export"),
        (r"\{/\*", "{/* */}"),
        (r"(?<!\\)<(?:iframe|video|style|script|svg)\b", "<"),
        (r"<(?!/)(?:div|span|font)\b[^<>]* style=", "styling"),
        (r"<Icon\b", "<Icon>"),
        (r"^\[\[_?toc", "[[toc]]"),
        (r"!\[[^\]]*\]\(https?:", "image on another site"),
    ],
)
def test_every_construct_that_is_left_out_is_reported(name: str, written: str, construct: str) -> None:
    reported = {item.path for item in tree(name).dropped if construct in item.construct}
    skipped = {item.path for item in tree(name).skipped}
    files = {path.relative_to(HELP_CENTRES / name).as_posix(): path for path in pages_of(name)}
    having = {
        path
        for path, file in files.items()
        if re.search(written, source_without_code(file), re.MULTILINE) and path not in skipped
    }
    assert having <= reported


def pages_of(name: str) -> list[Path]:
    return sorted((HELP_CENTRES / name).rglob("*.md*"))


def source_without_code(file: Path) -> str:
    """Return a file without front matter, fences, inline code and videos that are shown."""
    text = re.sub(r"\A---\n.*?\n---\n", "", file.read_text(), flags=re.DOTALL)
    text = re.sub(r"(?ms)^[ \t>]*(?:[-*] |\d+\. )?[ \t]*(`{3,}|~{3,})(?![`~]).*?^[ \t>]*\1[ \t]*$", "", text)
    text = re.sub(r"<iframe[^<>]*(?:youtube|vimeo)[^<>]*>", "", text)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)|<pre>.*?</pre>|<code>.*?</code>", "", text, flags=re.DOTALL)
