import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.knowledge.portable.layout import (
    ArticleName,
    Layout,
    name_of_file,
    shortened,
    split_rest,
)
from portal.knowledge.portable.links import Target

KEY = "0123456789abcdef0123456789abcdef01234567"


def article(key: str, number: int, slug: str, *languages: str, section: str = "printing") -> ArticleName:
    return ArticleName(
        key=key,
        article_id=number,
        section=section,
        slug=slug,
        language=(languages or ("en",))[0],
        languages=languages or ("en",),
    )


def layout(*articles: ArticleName) -> Layout:
    made = Layout()
    made.add_sections({item.section for item in articles})
    made.add_articles(articles)
    return made


def test_names_that_are_taken_get_the_id_as_well() -> None:
    made = layout(article("b", 2, "labels"), article("a", 1, "labels"), article("c", 3, "labels-2"))
    assert made.texts == {
        ("a", "en"): "articles/printing/labels.en.md",
        ("b", "en"): "articles/printing/labels-2.en.md",
        ("c", "en"): "articles/printing/labels-2-3.en.md",
    }


@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=200)), min_size=1, max_size=8))
def test_any_names_make_paths_that_files_can_have(names: list[tuple[str, str]]) -> None:
    items = [article(f"{n}", n, slug, section=section) for n, (section, slug) in enumerate(names, 1)]
    made = layout(*items)
    made.add_file(KEY, names[0][0])
    made.add_shared("templates", {name: ["en"] for name, _slug in names})
    paths = [*made.texts.values(), *made.files.values(), *made.shared.values()]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path in paths:
        parts = path.split("/")
        assert all(part not in {"", ".", ".."} and len(part.encode()) < 200 for part in parts), path
        assert not set('\\\0:*?"<>|\n') & set(path)


def test_links_are_relative_and_keep_what_they_say() -> None:
    made = layout(article("a", 1, "labels", "en", "ja"), article("b", 2, "ラベル", "ja", section="紙"))
    made.add_file(KEY, "how to (1).png")
    here = made.texts["a", "en"]

    def way(url: str) -> str | None:
        return made.relative(url, path=here, language="en")

    assert way("engawa:article/a/ja#h-x") == "labels.ja.md#h-x"
    assert way("engawa:article/b/ja?plan=team#h") == "../紙/ラベル.ja.md?plan=team#h"
    assert way("engawa:article/b/en?plan=team#h") == "../紙/ラベル.ja.md?language=en&plan=team#h"
    assert way("engawa:article/a/any") == "labels.en.md?language=any"
    assert way("engawa:section/printing/en") == "./"
    assert way("engawa:section/%E7%B4%99/ja#x") == "../紙/?language=ja#x"
    assert way(f"engawa:file/{KEY}") == "../../files/how%20to%20%281%29-01234567.png"
    assert way("engawa:article/none/en") is None
    assert way("https://example.com/") is None


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", ("", "")),
        ("#h", ("", "#h")),
        ("?plan=team", ("", "?plan=team")),
        ("?language=any", ("any", "")),
        ("?language=ja#h", ("ja", "#h")),
        ("?language=ja&plan=team#h", ("ja", "?plan=team#h")),
        ("?language=japanese", ("", "?language=japanese")),
    ],
)
def test_the_language_of_a_link_is_told_from_the_rest(rest: str, expected: tuple[str, str]) -> None:
    assert split_rest(rest) == expected


def test_long_names_end_with_a_whole_character() -> None:
    assert shortened("ラ" * 60) == "ラ" * 40
    assert shortened("aラ" * 60).encode().decode() == ("aラ" * 60)[:60]


@pytest.mark.parametrize("name", ["a.png", "my-picture (2).JPG", "no ending", "絵.webp"])
def test_files_get_their_names_back(name: str) -> None:
    made = Layout()
    made.add_file(KEY, name)
    assert name_of_file(made.files[KEY].removeprefix("files/"), KEY) == name


def test_targets_are_read_as_they_are_written() -> None:
    target = Target(kind="article", name="growi/ガイド/a b?#", language="ja", rest="?x#y")
    assert Target.of(str(target)) == target


def test_names_that_are_not_taken_everywhere_are_not_used() -> None:
    made = layout(article("a", 7, "con", section="node_modules"))
    assert made.texts == {("a", "en"): "articles/node_modules-0/con-7.en.md"}
