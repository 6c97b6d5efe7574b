from collections.abc import Callable
from typing import Any

import pytest

Exports = Callable[..., Any]
HOST = "https://hakobu.zendesk.example"


def article(number: int, **values: object) -> dict[str, object]:
    return {
        "id": number,
        "locale": "en-us",
        "source_locale": "en-us",
        "title": f"Article {number}",
        "body": "<p>Words.</p>",
        "section_id": 20,
        "html_url": f"{HOST}/hc/en-us/articles/{number}-Article",
        "user_segment_id": None,
        **values,
    }


CATEGORIES = {"categories": [{"id": 10, "name": "Shipping", "locale": "en-us", "position": 3}]}
SECTIONS = {
    "sections": [
        {"id": 21, "name": "Printers", "category_id": 10, "parent_section_id": 20, "position": 1},
        {
            "id": 20,
            "name": "Labels",
            "category_id": 10,
            "translations": [
                {"locale": "en-us", "title": "Labels", "body": "All about labels"},
                {"locale": "ja", "title": "ラベル", "body": ""},
            ],
        },
    ]
}


def test_articles_stand_in_sections_in_categories(exported: Exports) -> None:
    found = exported(
        "zendesk",
        {
            "categories.json": CATEGORIES,
            "sections.json": SECTIONS,
            "articles.json": {"articles": [article(1, section_id=21, position=4), article(2)], "count": 2},
        },
    )
    assert found.sections() == [
        ("category/10", "Shipping", None),
        ("section/20", "Labels", "category/10"),
        ("section/21", "Printers", "section/20"),
    ]
    assert found.trees["en"].sections[1].description == "All about labels"
    one = found.article("article/1")
    assert (one.title, one.body, one.section_key, one.position) == ("Article 1", "Words.", "section/21", 4)
    assert (one.path, one.is_draft, one.audience) == ("articles.json#1", False, "")
    assert (found.skipped, found.problems) == ([], [])


@pytest.mark.parametrize("inside", [True, False])
def test_translations_are_joined_wherever_they_are_kept(exported: Exports, *, inside: bool) -> None:
    said: list[dict[str, object]] = [
        {"locale": "ja", "title": "記事", "body": "<p>言葉。</p>", "draft": True, "outdated": True},
        {"locale": "en-us", "title": "Article", "body": "<p>Words.</p>"},
    ]
    beside = [{**text, "source_type": "Article", "source_id": 1} for text in said]
    found = exported(
        "zendesk",
        {
            "sections.json": SECTIONS,
            "articles-page-2.json": {"articles": [article(1, translations=said) if inside else article(1)]},
            "translations.json": {"translations": [] if inside else beside},
        },
    )
    assert found.article("article/1", "en").title == "Article"
    japanese = found.article("article/1", "ja")
    assert (japanese.title, japanese.body, japanese.is_draft) == ("記事", "言葉。", True)
    assert found.sections("ja") == [("section/20", "ラベル", None)]
    assert found.dropped("ja") == [("articles-page-2.json#1", "mark as outdated")]


def test_the_source_comes_before_other_locales_of_its_language(exported: Exports) -> None:
    said = [
        {"locale": "en-gb", "title": "Colour", "body": "x"},
        {"locale": "en-us", "title": "Color", "body": "x"},
    ]
    more = {"locale": "fr", "title": "Couleur", "body": "x"}
    found = exported("zendesk", {"a.json": {"articles": [article(1, translations=[*said, more])]}})
    assert found.article("article/1").title == "Color"
    assert found.skipped == [
        ("a.json#1", "second text in en"),
        ("a.json#1", "fr is no language of this site"),
    ]


@pytest.mark.parametrize(
    ("segments", "audience"),
    [
        ([{"id": 7, "user_type": "signed_in_users", "built_in": True}], "signed-in"),
        ([{"id": 7, "user_type": "staff", "built_in": True}], "staff"),
        ([{"id": 7, "user_type": "staff", "group_ids": [3]}], "staff"),
    ],
)
def test_user_segments_are_audiences(exported: Exports, segments: list[object], audience: str) -> None:
    found = exported(
        "zendesk",
        {"a.json": {"articles": [article(1, user_segment_id=7)]}, "s.json": {"user_segments": segments}},
    )
    assert (found.article("article/1").audience, found.problems) == (audience, [])


@pytest.mark.parametrize(
    "segments", [[], [{"id": 7, "user_type": "signed_in_users", "organization_ids": [1]}]]
)
def test_a_segment_that_cannot_be_known_keeps_the_article_for_staff(
    exported: Exports, segments: list[object]
) -> None:
    found = exported(
        "zendesk",
        {"a.json": {"articles": [article(1, user_segment_id=7)]}, "s.json": {"user_segments": segments}},
    )
    assert found.article("article/1").audience == "staff"
    assert found.problems == [("a.json#1", None, "user segment 7 is not known here: for staff alone")]


def test_links_lead_to_articles_and_their_headings(exported: Exports) -> None:
    body = f"""<p><a href="/hc/en-us/articles/2-Article#h_01">a</a>
      <a href="{HOST}/hc/articles/2">b</a> <a href="#h_9">c</a> <a href="/hc/en-us/articles/99">d</a>
      <a href="/hc/en-us/requests/new">e</a> <a href="https://other.example/hc/articles/2">f</a></p>
      <h2 id="h_9">Here</h2><p><img src="/hc/article_attachments/5/a.png" alt="g"></p>"""
    target = article(2, body='<h2 id="h_01">Where it goes</h2><p>x</p>')
    found = exported("zendesk", {"a.json": {"articles": [article(1, body=body), target]}})
    assert found.article("article/1").body == (
        "[a](engawa:article/article/2#where-it-goes) [b](engawa:article/article/2) "
        f"[c](engawa:article/article/1#here) d [e]({HOST}/hc/en-us/requests/new) "
        "[f](https://other.example/hc/articles/2)\n\n## Here\n\n"
        f"![g]({HOST}/hc/article_attachments/5/a.png)"
    )
    assert found.problems == [("a.json#1", 2, "link to /hc/en-us/articles/99: no such page in the export")]
    assert found.dropped() == [
        ("a.json#1", "link to the old site"),
        ("a.json#1", "image on another site"),
    ]


def test_what_has_no_place_here_is_reported(exported: Exports) -> None:
    marked = article(1, label_names=["a"], vote_sum=-2, promoted=True, content_tag_ids=["01"])
    found = exported("zendesk", {"a.json": {"articles": [marked]}, "b.json": {"topics": []}, "c.json": "[1]"})
    assert [construct for _, construct in found.dropped()] == ["labels", "content tags", "votes", "promotion"]
    assert found.skipped == [("b.json", "not of a help center"), ("c.json", "not of a help center")]
