import json
from collections.abc import Callable
from typing import Any

Exports = Callable[..., Any]


def article(slug: str, **values: object) -> dict[str, object]:
    return {
        "title": slug.replace("-", " ").capitalize(),
        "slug": slug,
        "url": f"/en-US/kb/{slug}",
        "locale": "en-US",
        "topics": ["set-up"],
        "products": [],
        "summary": "What it is about",
        "html": "<p>Words.</p>",
        **values,
    }


def lines(*articles: dict[str, object]) -> str:
    return "\n".join(map(json.dumps, articles))


def test_articles_stand_in_their_first_topic(exported: Exports) -> None:
    found = exported(
        "kitsune",
        {
            "kb.jsonl": lines(
                article("print-labels", topics=["set-up", "printing"]), article("slips", topics=[])
            ),
            "one.json": article("more"),
            "list.json": {"count": 1, "results": [{"title": "Print labels", "slug": "print-labels"}]},
        },
    )
    one = found.article("kb/print-labels")
    assert (one.title, one.summary, one.section_key) == ("Print labels", "What it is about", "topic/set-up")
    assert one.path == "kb.jsonl#print-labels"
    assert found.article("kb/slips").section_key is None
    assert found.sections() == [("topic/set-up", "Set up", None)]
    assert found.dropped() == [("kb.jsonl#print-labels", "further topics")]
    assert found.skipped == [("list.json", "has no articles")]


def test_translations_share_a_slug_or_name_their_parent(exported: Exports) -> None:
    same = article("labels", locale="ja", title="ラベル", url="/ja/kb/labels")
    parent = {"slug": "slips", "url": "/en-US/kb/slips"}
    other = article("nouhinsho", locale="ja", parent=parent, html='<a href="/ja/kb/nouhinsho">これ</a>')
    address = article("other", locale="ja", parent="/en-US/kb/labels")
    found = exported(
        "kitsune", {"kb.jsonl": lines(article("labels"), article("slips"), same, other, address)}
    )
    assert {item.key for item in found.trees["ja"].articles} == {"kb/labels", "kb/slips"}
    assert found.article("kb/slips", "ja").body == "[これ](engawa:article/kb/slips)"
    assert found.skipped == [("kb.jsonl#other", "second text in ja")]


def test_links_need_no_host(exported: Exports) -> None:
    html = (
        '<a href="/en-US/kb/slips#w_paper">a</a> <a href="https://support.example/kb/slips">b</a> '
        '<a href="/en-US/kb/gone">c</a> <a href="https://support.example/kb/gone">d</a> '
        '<a href="/questions/new">e</a>'
    )
    slips = article("slips", html='<h1 id="w_paper">Which paper</h1><p>x</p>')
    found = exported("kitsune", {"kb.jsonl": lines(article("labels", html=html), slips)})
    assert found.article("kb/labels").body == (
        "[a](engawa:article/kb/slips#which-paper) [b](engawa:article/kb/slips) c "
        "[d](https://support.example/kb/gone) e"
    )
    assert [message for _, _, message in found.problems] == [
        "link to /en-US/kb/gone: no such page in the export",
        "link to /questions/new: no such page in the export",
    ]


def test_what_is_for_one_system_says_so(exported: Exports) -> None:
    html = (
        '<p>Choose <span class="for" data-for="win,linux"><span class="menu">Settings</span></span>'
        '<span class="for" data-for="mac"><span class="menu">Preferences</span></span>.</p>'
        '<div class="warning">Mind.</div>'
        '<p><img class="lazy" data-original-src="/media/a.png" src="wait.gif" alt="a"></p>'
    )
    found = exported("kitsune", {"kb.jsonl": lines(article("labels", html=html))})
    assert found.article("kb/labels").body == (
        "Choose  **Settings** (Windows, Linux) **Preferences** (macOS).\n\n> [!WARNING]\n> Mind."
    )
    assert found.problems == [("kb.jsonl#labels", 1, "image /media/a.png is missing")]
