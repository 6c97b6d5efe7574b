"""`portal import discourse`: bodies of its API become boards, topics and posts."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.audience import PUBLIC, STAFF
from portal.forum.models import Post, PostVote, Topic
from portal.imports.conversion.page import Page
from portal.imports.discourse.text import from_html, from_markdown

REAL = Path(__file__).parents[3].parent / "shared/data/imports/discourse"
FORUM = "https://forum.example"
Body = dict[str, Any]
Run = Callable[..., Result]


def post(number: int, **values: object) -> Body:
    fields = {
        "id": 100 + number,
        "post_number": number,
        "post_type": 1,
        "username": "kim",
        "created_at": f"2024-05-0{number}T10:00:00.000Z",
        "cooked": f"<p>Text <strong>{number}</strong></p>",
    }
    return fields | values


def topic(*posts: Body, **values: object) -> Body:
    fields = {"id": 7, "title": "How do I print?", "category_id": 2, "post_stream": {"posts": list(posts)}}
    return fields | values


CATEGORIES: Body = {
    "category_list": {
        "categories": [
            {"id": 2, "name": "Printing", "description": "All <b>about</b> it"},
            {"id": 3, "name": "Staff room", "read_restricted": True},
        ]
    }
}


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    def run(files: Mapping[str, object], *words: str) -> Result:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text)
        return app.test_cli_runner().invoke(args=["import", "discourse", str(tmp_path), *words])

    return run


def topics(session: Session) -> list[Topic]:
    session.rollback()
    return list(session.scalars(select(Topic).options(joinedload(Topic.board), joinedload(Topic.author))))


def bodies(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Post.body).order_by(Post.topic_id, Post.position)))


def test_a_topic_comes_to_its_board_with_its_posts_in_order(run: Run, session: Session) -> None:
    body = topic(post(3, accepted_answer=True), post(1), post(2, username="mori"), tags=["Paper", "印刷"])
    result = run({"categories.json": CATEGORIES, "7.json": body | {"closed": True}})

    (came,) = topics(session)
    assert result.exit_code == 0, result.stderr
    assert bodies(session) == ["Text **1**", "Text **2**", "Text **3**"]
    assert (came.board.slug, came.board.audience) == ("printing", PUBLIC)
    assert came.board.descriptions == {"en": "All about it"}
    assert (came.title, came.author.name, came.tag_words) == ("How do I print?", "kim", ["paper", "印刷"])
    assert (came.is_question, came.is_solved, came.is_open) == (True, True, False)
    accepted = session.get(Post, came.accepted_post_id)
    assert accepted
    assert accepted.body == "Text **3**"


def test_a_second_run_changes_nothing(run: Run, session: Session) -> None:
    files = {"categories.json": CATEGORIES, "7.json": topic(post(1), post(2))}
    run(files)
    before = bodies(session)
    result = run(files, "--json")
    told = json.loads(result.stdout)
    assert (told["imported"], told["unchanged"]) == (0, 1)
    assert bodies(session) == before


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"deleted_at": "2024-06-01T00:00:00Z"}, "post: deleted"),
        ({"user_deleted": True}, "post: deleted"),
        ({"hidden": True}, "post: hidden"),
        ({"post_type": 3, "action_code": "closed.enabled"}, "post: notice of an action"),
        ({"post_type": 2}, "post: notice of a moderator"),
        ({"post_type": 4}, "post: whisper among staff"),
    ],
)
def test_what_readers_did_not_see_is_left_out_and_counted(
    run: Run, session: Session, values: Body, reason: str
) -> None:
    result = run({"7.json": topic(post(1), post(2, **values), post(3))}, "--json")
    assert json.loads(result.stdout)["skipped_because"] == {reason: 1}
    assert bodies(session) == ["Text **1**", "Text **3**"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"deleted_at": "2024-06-01T00:00:00Z"}, "topic: deleted"),
        ({"archetype": "private_message"}, "topic: private message"),
        ({"visible": False}, "topic: unlisted"),
    ],
)
def test_topics_that_were_not_for_everyone_do_not_come(
    run: Run, session: Session, values: Body, reason: str
) -> None:
    result = run({"7.json": topic(post(1), **values)}, "--json")
    assert json.loads(result.stdout)["skipped_because"] == {reason: 1}
    assert topics(session) == []


@pytest.mark.parametrize(
    ("category", "words", "audience"),
    [
        (2, (), PUBLIC),
        (3, (), STAFF),
        (9, (), STAFF),
        (9, ("--board", "Old"), PUBLIC),
        (3, ("--board", "Old"), STAFF),
    ],
)
def test_nobody_reads_what_they_could_not_read_there(
    run: Run, session: Session, category: int, words: tuple[str, ...], audience: frozenset[str]
) -> None:
    run({"categories.json": CATEGORIES, "7.json": topic(post(1), category_id=category)}, *words)
    assert [came.board.audience for came in topics(session)] == [audience]


def test_likes_are_votes_of_those_whom_the_files_name(run: Run, session: Session) -> None:
    likes = {
        "user_actions": [
            {
                "action_type": 1,
                "post_id": 101,
                "acting_username": "mori",
                "created_at": "2024-05-02T00:00:00Z",
            },
            {
                "action_type": 2,
                "post_id": 101,
                "acting_username": "mori",
                "created_at": "2024-05-02T00:00:00Z",
            },
            {
                "action_type": 5,
                "post_id": 101,
                "acting_username": "lee",
                "created_at": "2024-05-02T00:00:00Z",
            },
        ]
    }
    body = topic(post(1, actions_summary=[{"id": 2, "count": 3}]))
    result = run({"7.json": body, "likes.json": likes}, "--json")
    session.rollback()
    assert len(session.scalars(select(PostVote)).all()) == 1
    assert json.loads(result.stdout)["dropped"] == {"like of someone unnamed": 2}


def test_later_pages_and_single_posts_join_their_topic(run: Run, session: Session) -> None:
    whole = topic(post(1))
    whole["post_stream"]["stream"] = [101, 102, 103, 104]
    more = {"id": 7, "post_stream": {"posts": [post(2)]}}
    single = post(3, topic_id=7, raw="As *written*")
    result = run({"7.json": whole, "7-2.json": more, "post.json": single})
    assert bodies(session) == ["Text **1**", "Text **2**", "As *written*"]
    assert result.exit_code == 1
    assert "7.json#7: 1 of its posts are in none of the files" in result.stderr


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (topic(post(1), title=""), "“title” is missing"),
        (topic(post(1), post(2, username=None)), "#102: “username” is missing"),
        (topic(post(1), post(2, created_at="soon")), "#102: “created_at” is no ISO 8601 time"),
        (topic(post(1), post(2, cooked=None)), "#102: “cooked” is missing"),
        ("{", "wrong.json:1: not JSON"),
        (topic(post(1), id="x" * 30, category_id=[]), ""),
        ({"post_stream": {"posts": [[], 4, None]}, "topic_list": 4, "categories": {"id": []}}, ""),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    run: Run, session: Session, wrong: Body, message: str
) -> None:
    good = topic(post(1, id=900), id=8, title="Good")
    result = run({"8.json": good, "wrong.json": wrong})
    assert result.exit_code == (1 if message else 0), result.output
    assert message in result.stderr
    assert "Good" in {came.title for came in topics(session)}


QUOTE = (
    '<aside class="quote no-group" data-username="mori" data-post="2" data-topic="5"><div class="title">'
    '<div class="quote-controls"></div><img src="/a.png" class="avatar"> mori:</div><blockquote><p>No.</p>'
    "</blockquote></aside><p>Yes.</p>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (QUOTE, "> **mori:**\n>\n> No.\n\nYes."),
        ('<p>Ask <a class="mention" href="/u/kim">@kim</a></p>', "Ask @kim"),
        ('<p>Yes <img src="/e.png" title=":wrench:" class="emoji" alt=":wrench:"></p>', "Yes :wrench:"),
        ('<p><img src="/uploads/a.png" alt="plan"></p>', f"[plan]({FORUM}/uploads/a.png)"),
        ('<p><a href="/t/x/5">there</a></p>', f"[there]({FORUM}/t/x/5)"),
        (
            '<aside class="onebox x" data-onebox-src="https://a.example/"><p>Long</p></aside>',
            "[https://a.example/](https://a.example/)",
        ),
        (
            '<a class="lightbox" href="/big.png" title="x"><img src="/small.png" alt="plan"></a>',
            f"[plan]({FORUM}/small.png)",
        ),
        ("<script>alert(1)</script><p>a</p>", "a"),
    ],
)
def test_what_was_rendered_becomes_markdown(html: str, markdown: str) -> None:
    assert from_html(html, Page("x"), address=FORUM) == markdown


def test_a_link_that_leads_nowhere_leaves_its_words_and_is_told() -> None:
    page = Page("x")
    assert from_html('<p><a href="/t/x/5">there</a></p>', page, address="") == "there"
    assert [item.construct for item in page.dropped] == [
        "link within the forum, whose --address is not given"
    ]


@pytest.mark.parametrize(
    ("raw", "markdown"),
    [
        ('[quote="mori, post:2, topic:5"]\nNo.\n[/quote]\nYes.', "> **mori:**\n>\n> No.\n\nYes."),
        ("[quote]No.[/quote]", "> No."),
        (
            '[quote="a"]\n[quote="b"]\nIn\n[/quote]\nOut\n[/quote]',
            "> **a:**\n>\n>\n> > **b:**\n> >\n> > In\n>\n> Out",
        ),
        ("![plan|690x388](upload://abc.png)", f"[plan]({FORUM}/uploads/short-url/abc.png)"),
        ("[quote] never closed", "[quote] never closed"),
    ],
)
def test_what_was_written_becomes_plain_markdown(raw: str, markdown: str) -> None:
    assert from_markdown(raw, Page("x"), address=FORUM) == markdown


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data/imports/discourse")
def test_real_bodies_come_as_far_as_they_go(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=["import", "discourse", str(REAL), "--json"])
    told = json.loads(result.stdout)
    assert (told["imported"], told["problems"], told["replies"]) == (4, 1, {"imported": 4})
    assert result.stderr.splitlines() == [f"{REAL.resolve()}/post.json#8: “title” is missing"]
    assert told["skipped_because"]["post: notice of a moderator"] == 1
    assert len(topics(session)) == 4
