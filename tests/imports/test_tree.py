from collections.abc import Callable
from pathlib import Path

import pytest

from portal.core.errors import InvalidError
from portal.imports.source import SourceTree
from portal.imports.tree import read_tree

Reader = Callable[..., SourceTree]


def problems(tree: SourceTree) -> list[tuple[str, int | None, str]]:
    return [(problem.path, problem.line, problem.message) for problem in tree.problems]


def test_an_article_says_what_its_file_says(read: Reader) -> None:
    tree = read(
        {
            "ja/guide/a.md": "---\ntitle: 題\nsummary: 要約\ndraft: true\n---\n## 見出し\n\n[b](b.md)",
            "ja/guide/b.md": "# B\n\nx",
        },
        language="ja",
    )
    article = tree.articles[0]
    assert (article.key, article.path, article.language) == ("guide/a", "guide/a.md", "ja")
    assert (article.title, article.summary, article.is_draft) == ("題", "要約", True)
    assert article.body == "## 見出し\n\n[b](engawa:article/guide/b)"
    assert (article.section_key, article.position) == ("guide", 0)
    assert (article.anchors, article.links, article.images) == (("見出し",), ("guide/b",), ())
    assert tree.problems == ()


def test_translations_share_their_key(read: Reader) -> None:
    files = {"en/x/a.md": "# A", "ja/x/a.md": "# あ"}
    assert read(files).articles[0].key == read(files, language="ja").articles[0].key == "x/a"


def test_a_title_comes_from_the_heading_the_file_or_the_folder(read: Reader) -> None:
    tree = read(
        {"en/a.md": "# First\n", "en/sso-for-all.md": "x", "en/02-web-api/index.md": "x", "en/README.md": "x"}
    )
    assert [article.title for article in tree.articles] == ["Product", "First", "SSO for all", "Web API"]


def test_images_are_found_beside_the_language_and_read_when_asked(read: Reader) -> None:
    tree = read(
        {
            "en/x/a.md": "![one](/img/a.png) ![two](./b.png) ![three](../../c.png)",
            "public/img/a.png": b"one",
            "en/x/b.png": b"two",
            "c.png": b"three",
        }
    )
    assert [(image.path, image.size_bytes, image.read()) for image in tree.images] == [
        ("public/img/a.png", 3, b"one"),
        ("en/x/b.png", 3, b"two"),
        ("c.png", 5, b"three"),
    ]
    assert tree.articles[0].images == ("public/img/a.png", "en/x/b.png", "c.png")
    assert "![one](engawa:image/public/img/a.png)" in tree.articles[0].body


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"en/a.md": "---\ntitle: [\n---\nx"}, ("a.md", 3, "front matter is not YAML")),
        ({"en/a.md": "---\ntitle: x\n\ntext"}, ("a.md", 1, "front matter is never closed")),
        ({"en/a.md": b"one\ntwo \xff\n"}, ("a.md", 2, "file is not UTF-8 (byte 0xff)")),
        ({"en/a.md": " \n\n"}, ("a.md", None, "file is empty")),
        ({"en/a.md": b"x" * 1_000_001}, ("a.md", None, "file has 1,000,001 bytes")),
        ({"en/a.md": "x", "en/a.mdx": "y"}, ("a.mdx", None, "second file for the article a")),
        ({"en/a.md": ">" * 5000 + "x"}, ("a.md", None, "text is nested too deeply")),
        ({"en/x/_category_.json": "{"}, ("x/_category_.json", None, "category cannot be read")),
    ],
)
def test_a_bad_file_is_reported_and_the_rest_goes_on(
    read: Reader, files: dict[str, str | bytes], expected: tuple[str, int | None, str]
) -> None:
    tree = read({**files, "en/good.md": "# Good\n\nx"})
    (path, line, message), *others = problems(tree)
    assert (path, line) == expected[:2]
    assert message.startswith(expected[2])
    assert others == []
    assert tree.skipped[0].path == path
    assert "good" in [article.key for article in tree.articles]


def test_a_broken_link_leaves_its_text_and_a_problem_with_its_line(read: Reader) -> None:
    tree = read(
        {"en/a.md": "---\ntitle: A\n---\n\n[one](gone.md) and ![two](gone.png)\n\n![three](gone.png)"}
    )
    assert tree.articles[0].body == "one and two"
    assert problems(tree) == [
        ("a.md", 5, "link to gone.md: no such page"),
        ("a.md", 5, "image gone.png is missing"),
        ("a.md", 7, "image gone.png is missing"),
    ]


def test_nothing_outside_of_the_product_is_read(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.md").write_text("# B")
    product = tmp_path / "product"
    (product / "en" / "sub").mkdir(parents=True)
    (product / "en" / "linked.md").symlink_to(tmp_path / "secret.md")
    (product / "en" / "folder").symlink_to(tmp_path / "outside")
    (product / "en" / "circle.md").symlink_to("circle.md")
    (product / "en" / "linked.png").symlink_to(tmp_path / "secret.png")
    secret = "../../secret.png"
    links = f"[a](../../secret.md) ![b]({secret}) ![c](linked.png) ![d](/{secret}) [e](/../secret.png)"
    tree = read({"en/a.md": links})
    assert [article.key for article in tree.articles] == ["a"]
    assert tree.images == ()
    assert tree.articles[0].body == "a b c d e"
    assert problems(tree) == [
        ("folder", None, "links to folders are not followed"),
        ("circle.md", None, "file cannot be read: Too many levels of symbolic links"),
        ("linked.md", None, "link leaves the folder"),
        ("linked.png", None, "link leaves the folder"),
        ("a.md", 1, "link to ../../secret.md leaves the folder"),
        ("a.md", 1, "image ../../secret.png leaves the folder"),
        ("a.md", 1, "image linked.png leaves the folder"),
        ("a.md", 1, f"image /{secret} is missing"),
        ("a.md", 1, "image /../secret.png is missing"),
    ]


def test_a_folder_that_is_not_a_languages_is_its_own_product(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "beside.png").write_bytes(b"x")
    (tmp_path / "notes" / "a.md").write_text("![x](../beside.png) ![y](/beside.png)")
    tree = read_tree(tmp_path / "notes", language="en")
    assert tree.images == ()
    assert [message for _, _, message in problems(tree)] == [
        "image ../beside.png leaves the folder",
        "image /beside.png is missing",
    ]


def test_a_link_within_the_folder_may_be_followed(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "product" / "en").mkdir(parents=True)
    (tmp_path / "product" / "en" / "a.md").symlink_to("b.md")
    assert [article.title for article in read({"en/b.md": "# B"}).articles] == ["B", "B"]


def test_pages_without_text_name_their_section_or_are_kept_with_a_problem(read: Reader) -> None:
    tree = read(
        {"en/x/index.md": "---\ntitle: X\ndescription: All of X.\n---\n", "en/x/a.md": "<!-- soon -->"}
    )
    assert [(section.title, section.description) for section in tree.sections] == [("X", "All of X.")]
    assert [article.key for article in tree.articles] == ["x/a"]
    assert problems(tree) == [("x/a.md", None, "article has no text")]


def test_other_files_are_left_with_a_reason(read: Reader) -> None:
    tree = read(
        {"en/a.md": "x", "en/data.csv": "x", "en/_part.md": "x", "en/a.png": b"x", "en/.hidden/b.md": "x"}
    )
    assert {(item.path, item.reason) for item in tree.skipped} == {
        ("data.csv", "not an article"),
        ("_part.md", "part of other articles"),
    }


def test_control_characters_and_windows_line_ends_do_not_come_in(read: Reader) -> None:
    tree = read({"en/a.md": b"\xef\xbb\xbf# A\r\n\r\nb\x00c\x1b\xef\xb7\x90d"})
    assert (tree.articles[0].title, tree.articles[0].body) == ("A", "bcd")


def test_a_folder_or_format_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="is not a folder"):
        read_tree(tmp_path / "gone", language="en")
    with pytest.raises(InvalidError, match="No format word"):
        read_tree(tmp_path, language="en", format="word")
