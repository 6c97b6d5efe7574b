from collections.abc import Callable
from typing import Any

Exports = Callable[..., Any]


def faq(number: int, **values: object) -> dict[str, object]:
    return {
        "id": str(number),
        "lang": "en",
        "status": "published",
        "title": f"Question {number}?",
        "content": "<p>Answer.</p>",
        "dateStart": "00000000000000",
        "dateEnd": "99991231235959",
        **values,
    }


def category(number: int, **values: object) -> dict[str, object]:
    return {
        "id": number,
        "lang": "en",
        "parent_id": 0,
        "name": f"Category {number}",
        "description": "",
        **values,
    }


def test_questions_become_articles_in_their_categories_and_languages(exported: Exports) -> None:
    found = exported(
        "phpmyfaq",
        {
            "categories.json": {
                "data": [
                    category(2, parent_id=1),
                    category(1, description="First"),
                    category(1, lang="ja", name="一"),
                ]
            },
            "faqs-2.json": [{"record_id": 7, "record_lang": "en", "category_id": 2, "record_title": "x"}],
            "faqs.json": {"data": [faq(7), faq(7, lang="ja", title="質問", content="<p>答え。</p>")]},
            "one.json": faq(8, question="Eight &amp; nine?", answer="Yes", category_id=1, status="draft"),
        },
    )
    seven = found.article("faq/7")
    assert (seven.title, seven.body, seven.section_key) == ("Question 7?", "Answer.", "category/2")
    japanese = found.article("faq/7", "ja")
    assert (japanese.title, japanese.body) == ("質問", "答え。")
    eight = found.article("faq/8")
    assert (eight.title, eight.body, eight.is_draft) == ("Eight & nine?", "Yes", True)
    assert found.sections() == [
        ("category/1", "Category 1", None),
        ("category/2", "Category 2", "category/1"),
    ]
    assert found.sections("ja")[0] == ("category/1", "一", None)
    assert (found.skipped, found.problems) == ([], [])


def test_links_name_questions_by_their_number(exported: Exports) -> None:
    body = (
        '<a href="https://faq.example/content/1/8/en/eight.html">a</a> '
        '<a href="index.php?action=faq&amp;cat=1&amp;id=8&amp;artlang=en">b</a> <a href="/news/1">c</a>'
    )
    link = "https://faq.example/content/1/7/en/seven.html"
    found = exported("phpmyfaq", {"a.json": [faq(7, content=body, link=link), faq(8)]})
    assert found.article("faq/7").body == (
        "[a](engawa:article/faq/8) [b](engawa:article/faq/8) [c](https://faq.example/news/1)"
    )


def test_its_own_export_names_categories_by_their_path(exported: Exports) -> None:
    english = {
        "id": 7,
        "language": "en",
        "category": "Shipping >> Labels",
        "keywords": "a,b",
        "question": "Which paper?",
        "answer": "&lt;p&gt;Thick &amp;amp; white.&lt;/p&gt;",
    }
    japanese = {
        **english,
        "language": "ja",
        "category": "発送 >> ラベル",
        "question": "紙は？",
        "keywords": "",
    }
    found = exported("phpmyfaq", {"a.json": [{"faq": english}, {"faq": japanese}]})
    assert found.article("faq/7").body == "Thick & white."
    assert found.sections("ja") == [
        ("category/Shipping", "発送", None),
        ("category/Shipping/Labels", "ラベル", "category/Shipping"),
    ]
    assert found.article("faq/7", "ja").section_key == "category/Shipping/Labels"
    assert found.dropped() == [("a.json#7", "keywords")]


def test_rows_of_a_table(exported: Exports) -> None:
    table = (
        '1,Which paper?,"Thick, white",,en,Kim,kim@e.example,true,false\n'
        "1,Which ink?,Black,,en,Kim,kim@e.example,false,true\n"
        "1,Too few cells\n"
    )
    found = exported("phpmyfaq", {"a.csv": table, "c.json": [category(1)]})
    first, second = found.trees["en"].articles
    assert (first.title, first.body, first.section_key, first.is_draft) == (
        *("Which paper?", "Thick, white", "category/1"),
        False,
    )
    assert (second.title, second.is_draft) == ("Which ink?", True)
    assert first.key != second.key
    assert found.problems == [("a.csv", 3, "row has 2 cells instead of 9")]
    assert found.dropped() == [(second.path, "mark as sticky")]


def test_what_is_no_question_is_skipped(exported: Exports) -> None:
    news = {"id": 1, "lang": "en", "header": "News", "content": "x"}
    popular = [{"question": "Popular?", "answer": "Yes", "url": "https://e.example"}]
    found = exported("phpmyfaq", {"news.json": {"data": [news]}, "popular.json": popular, "x.json": "3"})
    assert found.trees == {}
    assert [path for path, _ in found.skipped] == ["news.json", "popular.json", "x.json"]
