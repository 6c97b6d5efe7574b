from collections.abc import Callable

import pytest

from portal.imports.sections import name_of
from portal.imports.source import SourceTree

Reader = Callable[..., SourceTree]


def outline(tree: SourceTree) -> list[tuple[str, str, str | None, int]]:
    return [(item.key, item.title, item.parent_key, item.position) for item in tree.sections]


def test_folders_become_sections_named_by_their_index_or_themselves(read: Reader) -> None:
    tree = read(
        {"en/guide/README.md": "# The guide", "en/guide/deep/web-api/a.md": "x", "en/about/b.md": "x"}
    )
    assert outline(tree) == [
        ("about", "About", None, 0),
        ("guide", "The guide", None, 1),
        ("guide/deep", "Deep", "guide", 0),
        ("guide/deep/web-api", "Web API", "guide/deep", 0),
    ]


def test_sections_stand_where_their_number_index_or_category_says(read: Reader) -> None:
    tree = read(
        {
            "en/10-z/a.md": "x",
            "en/2-y/a.md": "x",
            "en/b/index.md": "---\ntitle: B\norder: 5\n---\n",
            "en/b/a.md": "x",
            "en/a/_category_.json": '{"label": "First", "position": 1}',
            "en/a/a.md": "x",
            "en/c/_category_.yml": "position: 3\n",
            "en/c/a.md": "x",
            "en/none/a.md": "x",
        },
        source="docusaurus",
    )
    assert [item.title for item in tree.sections] == ["First", "Y", "C", "B", "Z", "None"]


def test_articles_stand_by_index_position_number_and_name(read: Reader) -> None:
    tree = read(
        {
            "en/x/b.md": "x",
            "en/x/a.md": "x",
            "en/x/03-c.md": "x",
            "en/x/d.md": "---\norder: 2\n---\nx",
            "en/x/index.md": "x",
        }
    )
    in_order = sorted(tree.articles, key=lambda article: article.position)
    assert [article.key for article in in_order] == ["x/index", "x/d", "x/03-c", "x/a", "x/b"]


@pytest.mark.parametrize(
    ("key", "name"),
    [("a/01-web-api", "Web API"), ("a/my_first.page", "My first.page"), ("sso/README", "SSO"), ("index", "")],
)
def test_names_without_a_title(key: str, name: str) -> None:
    assert name_of(key) == name
