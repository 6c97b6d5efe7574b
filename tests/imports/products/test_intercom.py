from collections.abc import Callable
from typing import Any

Exports = Callable[..., Any]


def article(number: str, **values: object) -> dict[str, object]:
    return {
        "type": "article",
        "id": number,
        "title": f"Article {number}",
        "description": "What it is about",
        "body": '<p class="no-margin">Words.</p>',
        "state": "published",
        "parent_id": 5,
        "url": f"https://help.hakobu.example/en/articles/{number}-article",
        **values,
    }


def collection(number: str, **values: object) -> dict[str, object]:
    return {
        "id": number,
        "name": f"Collection {number}",
        "icon": "book",
        "order": 1,
        "parent_id": None,
        **values,
    }


def test_lists_single_objects_and_searches_are_read(exported: Exports) -> None:
    found = exported(
        "intercom",
        {
            "list.json": {"type": "list", "data": [article("1"), article("2", state="draft")]},
            "one.json": article("3", parent_id=None),
            "search.json": {"type": "list", "data": {"articles": [article("4")], "highlights": []}},
            "collections.json": {"type": "list", "data": [collection("6", parent_id="5"), collection("5")]},
            "ticket.json": {"type": "ticket", "id": "9"},
        },
    )
    assert [item.key for item in found.trees["en"].articles] == [
        *("article/1", "article/2", "article/3", "article/4"),
    ]
    one = found.article("article/1")
    assert (one.title, one.summary, one.body) == ("Article 1", "What it is about", "Words.")
    assert (one.section_key, one.is_draft) == ("collection/5", False)
    assert found.article("article/2").is_draft
    assert found.article("article/3").section_key is None
    assert found.sections() == [("collection/5", "Collection 5", None)]
    assert found.skipped == [("ticket.json", "not of a help center")]
    assert found.problems == []


def test_translated_content_becomes_translations(exported: Exports) -> None:
    content = {
        "type": "article_translated_content",
        "en": {
            "type": "article_content",
            "title": "Article 1",
            "body": "<p>Words.</p>",
            "state": "published",
        },
        "ja": {
            "type": "article_content",
            "title": "記事",
            "description": "概要",
            "body": '<p><a href="https://help.hakobu.example/ja/articles/1-x">これ</a></p>',
            "state": "draft",
            "url": "https://help.hakobu.example/ja/articles/1-x",
        },
        "fr": None,
    }
    names = {"type": "group_translated_content", "ja": {"name": "部", "description": ""}}
    found = exported(
        "intercom",
        {
            "a.json": article("1", translated_content=content, default_locale="en"),
            "c.json": collection("5", translated_content=names),
        },
    )
    japanese = found.article("article/1", "ja")
    assert (japanese.title, japanese.summary, japanese.is_draft) == ("記事", "概要", True)
    assert japanese.body == "[これ](engawa:article/article/1)"
    assert found.sections("ja") == [("collection/5", "部", None)]
    assert found.sections("en") == [("collection/5", "Collection 5", None)]
    assert found.skipped == []


def test_internal_articles_are_for_staff(exported: Exports) -> None:
    internal = {"id": "1", "title": "Refunds", "body": "<p>Ask.</p>", "owner_id": 4, "locale": "ja"}
    found = exported("intercom", {"a.json": {"type": "list", "data": [internal]}, "b.json": article("1")})
    assert found.article("internal/1", "ja").audience == "staff"
    assert found.article("article/1").audience == ""


def test_callouts_pictures_and_videos(exported: Exports) -> None:
    body = (
        '<div class="intercom-interblocks-callout" style="border-color: #fbc91633;"><p>Mind.</p></div>'
        '<div class="intercom-container"><img src="https://downloads.intercom.example/a.png?x=1"></div>'
        '<div class="intercom-interblocks-align-left"><iframe src="https://player.vimeo.com/video/12"></iframe></div>'
    )
    found = exported("intercom", {"a.json": article("1", body=body, parent_ids=[5, 6])})
    assert found.article("article/1").body == (
        "> [!WARNING]\n> Mind.\n\n![](https://downloads.intercom.example/a.png?x=1)\n\nhttps://vimeo.com/12"
    )
    assert ("a.json#1", "further collections") in found.dropped()
    assert ("a.json#1", "image on another site") in found.dropped()
