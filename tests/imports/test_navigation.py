import json
from collections.abc import Callable

import pytest

from portal.imports.source import SourceTree

Reader = Callable[..., SourceTree]

GROUPS = [
    {
        "group": "First",
        "root": "LANG/overview",
        "pages": ["LANG/b", {"group": "Inner", "pages": ["LANG/a", "GET /thing"]}, "LANG/gone"],
    },
    {"group": "Again", "pages": ["LANG/a"]},
    {"group": " ", "pages": ["LANG/top"]},
]
FILES = {f"en/{name}.mdx": "x" for name in ("overview", "a", "b", "top", "x/stray")}


def settings(groups: object = GROUPS) -> str:
    part = json.dumps({"language": "LANG", "tabs": [{"tab": "Tab LANG", "groups": groups}]})
    languages = [json.loads(part.replace("LANG", code)) for code in ("en", "ja")]
    return json.dumps({"navigation": {"languages": languages}})


def test_groups_become_sections(read: Reader) -> None:
    tree = read({**FILES, "docs.json": settings()}, source="mintlify")
    assert [(item.title, item.parent_key, item.position) for item in tree.sections] == [
        ("Tab en", None, 0),
        ("First", "overview@0", 0),
        ("Inner", "overview@1", 2),
        ("X", None, 1),
    ]
    places = {article.key: (article.section_key, article.position) for article in tree.articles}
    assert places == {
        "overview": ("overview@1", 0),
        "b": ("overview@1", 1),
        "a": ("a@2", 0),
        "top": ("overview@0", 1),
        "x/stray": ("x", 0),
    }


def test_pages_without_a_file_are_reported(read: Reader) -> None:
    tree = read({**FILES, "docs.json": settings()}, source="mintlify")
    assert [(problem.path, problem.message) for problem in tree.problems] == [
        ("docs.json", "no file for the page en/gone")
    ]
    assert [item.reason for item in tree.skipped] == ["GET /thing: made from an API description"]


def test_a_groups_key_is_the_same_in_every_language(read: Reader) -> None:
    files = {**FILES, **{path.replace("en/", "ja/"): "x" for path in FILES}, "docs.json": settings()}
    english, japanese = read(files, source="mintlify"), read(files, language="ja", source="mintlify")
    assert [item.key for item in english.sections] == [item.key for item in japanese.sections]
    assert japanese.sections[0].title == "Tab ja"


def test_an_article_beside_named_ones_stands_with_them(read: Reader) -> None:
    groups = [{"group": "Deep", "pages": ["LANG/x/y/a"]}]
    files = {"en/x/y/a.mdx": "x", "en/x/y/b.mdx": "x", "docs.json": settings(groups)}
    tree = read(files, source="mintlify")
    assert {article.section_key for article in tree.articles} == {"x/y/a@1"}


def test_a_broken_file_is_reported_by_line_and_folders_are_used(read: Reader) -> None:
    tree = read({"en/x/a.mdx": "x", "docs.json": '{\n  "navigation": [\n'}, source="mintlify")
    assert [(problem.path, problem.line) for problem in tree.problems] == [("docs.json", 3)]
    assert [item.key for item in tree.sections] == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "1",
        '{"navigation": 3}',
        '{"navigation": {"groups": [1, null, {"pages": [[]]}]}, "redirects": [1]}',
    ],
)
def test_any_shape_of_the_file_can_be_read(read: Reader, content: str) -> None:
    tree = read({"en/a.mdx": "x", "docs.json": content}, source="mintlify")
    assert [article.key for article in tree.articles] == ["a"]
