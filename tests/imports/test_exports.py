import re
from pathlib import Path

import pytest

from portal.imports.exports import Export, ExportedArticle, ExportedSection, trees_of
from portal.imports.folder import Folder
from portal.imports.source import SourceTree


def article(key: str, html: str = "<p>x</p>", **values: object) -> ExportedArticle:
    given = {"path": f"a.json#{key}", "locale": "en", "title": key.title(), **values}
    return ExportedArticle(key=key, html=html, **given)  # type: ignore[arg-type]  # Its fields.


def tree(
    tmp_path: Path, *articles: ExportedArticle, sections: tuple[ExportedSection, ...] = ()
) -> SourceTree:
    export = Export(
        articles=[*articles],
        sections=[*sections],
        address=re.compile(r"/kb/(?P<name>[^/?#]+)"),
        names={item.key: item.key for item in articles},
    )
    trees, _ = trees_of(export, product="x", folder=Folder(tmp_path, language=""), languages=["en", "ja"])
    return trees["en"]


def problems(tree: SourceTree) -> list[tuple[str, int | None, str]]:
    return [(item.path, item.line, item.message) for item in tree.problems]


def test_images_beside_the_export_come_in(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img/a b.png").write_bytes(b"x")
    found = tree(
        tmp_path, article("one", '<img src="img/a%20b.png"><img src="/img/a b.png"><img src="../b.png">')
    )
    assert found.articles[0].images == ("img/a b.png",)
    assert found.articles[0].body.count("engawa:image/img/a%20b.png") == 2
    assert found.images[0].read() == b"x"
    assert problems(found) == [("a.json#one", 1, "image ../b.png is missing")]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/kb/two", "engawa:article/two"),
        ("https://old.example/kb/two?x=1#there", "engawa:article/two#there"),
        ("https://OLD.example/kb/two", "engawa:article/two"),
        ("../kb/two", "engawa:article/two"),
        ("https://old.example/other", "https://old.example/other"),
        ("//other.example/kb/two", "https://other.example/kb/two"),
        ("mailto:a@e.example", "mailto:a@e.example"),
        ("/kb/gone", None),
        ("https://old.example/kb/gone", None),
        ("http://[", None),
    ],
)
def test_links(tmp_path: Path, url: str, target: str | None) -> None:
    address = "https://old.example/kb/one"
    found = tree(
        tmp_path,
        article("one", f'<p><a href="{url}">a</a></p>', url=address),
        article("two", '<h2 id="there">There</h2>', url="https://old.example/kb/two"),
    )
    assert found.articles[0].body == ("a" if target is None else f"[a]({target})")
    assert bool(found.problems) == (target is None)


def test_pictures_kept_inside_of_the_text_are_left_out(tmp_path: Path) -> None:
    found = tree(tmp_path, article("one", '<p>a <img alt="b" src="data:image/png;base64,AAAA"></p>'))
    assert found.articles[0].body == "a b"
    assert [item.construct for item in found.dropped] == ["image inside the text"]


def test_sections_that_stand_in_each_other_end_somewhere(tmp_path: Path) -> None:
    found = tree(
        tmp_path,
        article("one", section_key="a"),
        article("two", section_key="nothing"),
        sections=(
            ExportedSection(key="a", names={"ja": "あ"}, parent_key="b"),
            ExportedSection(key="b", names={}, parent_key="a"),
            ExportedSection(key="empty", names={"en": "Empty"}),
        ),
    )
    assert [(item.key, item.title, item.parent_key) for item in found.sections] == [
        ("b", "b", None),
        ("a", "あ", "b"),
    ]
    assert [item.section_key for item in found.articles] == ["a", None]


@pytest.mark.parametrize("html", ["<div>" * 5_000 + "x" + "</div>" * 5_000, "<![if x"])
def test_html_that_cannot_be_read_is_reported_and_the_rest_goes_on(tmp_path: Path, html: str) -> None:
    found = tree(tmp_path, article("one", html), article("two"))
    assert "two" in [item.key for item in found.articles]
    assert len(found.articles) + len(found.problems) == 2
