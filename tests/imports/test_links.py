from collections.abc import Callable

import pytest

from portal.imports.source import SourceTree

Reader = Callable[..., SourceTree]

FILES = {
    "en/README.md": "# Home\n\nx",
    "en/guide/README.md": "# Guide\n\nx",
    "en/guide/01-start.md": "---\ntitle: Start\nslug: /begin\n---\n## A & B\n## A & B\n## 通知 {#explicit}",
    "en/guide/日本.md": "# 日本\n\nx",
    "ja/guide/only.md": "# のみ\n\nx",
    "public/a.png": b"x",
}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("start.md", "engawa:article/guide/01-start"),
        ("01-start.md", "engawa:article/guide/01-start"),
        ("./01-start", "engawa:article/guide/01-start"),
        ("01-start.html?x=1", "engawa:article/guide/01-start"),
        ("/en/guide/01-start.html", "engawa:article/guide/01-start"),
        ("/guide/01-start/", "engawa:article/guide/01-start"),
        ("/Guide/START", "engawa:article/guide/01-start"),
        ("/begin", "engawa:article/guide/01-start"),
        ("/guide/", "engawa:article/guide/README"),
        ("../", "engawa:article/README"),
        ("/", "engawa:article/README"),
        ("%E6%97%A5%E6%9C%AC.md", "engawa:article/guide/%E6%97%A5%E6%9C%AC"),
        ("../../ja/guide/only.md", "engawa:article/guide/only"),
        ("/ja/guide/only", "engawa:article/guide/only"),
        ("01-start.md#a--b", "engawa:article/guide/01-start#a-b"),
        ("01-start.md#a-b-2", "engawa:article/guide/01-start#a-b-1"),
        ("01-start.md#explicit", "engawa:article/guide/01-start#%E9%80%9A%E7%9F%A5"),
        ("01-start.md#start", "engawa:article/guide/01-start"),
        ("/a.png", "engawa:image/public/a.png"),
        ("https://e.example/a_(b)", "https://e.example/a_%28b%29"),
        ("mailto:a@e.example", "mailto:a@e.example"),
        ("/gone", None),
        ("a%00b", None),
        ("/fr/guide", None),
        ("https://e.example/{{page.path}}", None),
    ],
)
def test_links_lead_to_what_they_meant(read: Reader, url: str, target: str | None) -> None:
    tree = read({**FILES, "en/guide/page.md": f"See [this]({url})."})
    body = next(article.body for article in tree.articles if article.key == "guide/page")
    assert body == ("See this." if target is None else f"See [this]({target}).")
    assert bool(tree.problems) == (target is None)


def test_a_missing_heading_is_reported_and_the_link_leads_to_the_article(read: Reader) -> None:
    tree = read({"en/a.md": "[b](b.md#gone)", "en/b.md": "# B\n\nx"})
    assert tree.articles[0].body == "[b](engawa:article/b)"
    assert [(problem.line, problem.message) for problem in tree.problems] == [
        (1, "link to b.md#gone: no such heading")
    ]


def test_a_link_around_a_missing_image_keeps_its_words(read: Reader) -> None:
    tree = read({"en/a.md": "[![alt](gone.png)](https://e.example)"})
    assert tree.articles[0].body == "[alt](https://e.example)"


@pytest.mark.parametrize("url", ["guide/01-start.md", "en/guide/01-start.md"])
def test_a_file_may_be_named_from_the_folder_or_from_the_site(read: Reader, url: str) -> None:
    tree = read({**FILES, "en/guide/deep/page.md": f"See [this]({url})."}, source="docusaurus")
    body = next(article.body for article in tree.articles if article.key == "guide/deep/page")
    assert body == "See [this](engawa:article/guide/01-start)."


def test_images_on_other_sites_are_reported(read: Reader) -> None:
    tree = read({"en/a.md": "x\n\n![b](https://e.example/b.png)"})
    assert tree.articles[0].body == "x\n\n![b](https://e.example/b.png)"
    assert [(item.line, item.construct) for item in tree.dropped] == [(3, "image on another site")]


def test_redirects_of_the_site_are_followed(read: Reader) -> None:
    tree = read(
        {
            "docs.json": '{"redirects": [{"source": "/old", "destination": "/older/a"},'
            ' {"source": "/older/:slug*", "destination": "/en/:slug*"},'
            ' {"source": "/round", "destination": "/round"}]}',
            "en/a.mdx": "# A",
            "en/b.mdx": "[one](/old) [two](/older/a) [three](/round)",
        },
        source="mintlify",
    )
    assert tree.articles[1].body == "[one](engawa:article/a) [two](engawa:article/a) three"
