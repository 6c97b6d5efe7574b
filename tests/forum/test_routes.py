"""The community's pages, each three ways: it works, it is forbidden, it is not there."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.forum.forms import LONGEST_BODY
from portal.forum.models import Board, Post, PostFlag, Topic
from portal.forum.paths import path_of_topic
from tests.factories import make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def board(session: Session) -> Board:
    return make_board(session, slug="printing")


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Kim Sato")


@pytest.fixture
def helper(session: Session) -> User:
    return make_customer(session, name="Lee Park")


@pytest.fixture
def topic(session: Session, asker: User, board: Board) -> Topic:
    return make_topic(session, author=asker, board=board)


@pytest.fixture
def answer(session: Session, helper: User, topic: Topic) -> Post:
    return make_reply(session, author=helper, topic=topic)


@pytest.fixture
def hidden(session: Session) -> Post:
    staff = make_user(session)
    secret = make_topic(
        session, author=staff, board=make_board(session, audience=STAFF, slug="secret"), title="Secret plan"
    )
    return make_reply(session, author=staff, topic=secret)


def test_visitors_read(client: FlaskClient, topic: Topic, answer: Post, hidden: Post) -> None:
    for path in ("/community/", "/community/printing/"):
        page = client.get(path).text
        assert path_of_topic(topic) in page
        assert "Secret plan" not in page
    page = client.get(path_of_topic(topic)).text
    assert ("The printer prints nothing." in page, "Turn it off and on." in page) == (True, True)
    assert 'name="body"' not in page


def test_what_is_for_staff_is_not_there(browser_of: Browse, asker: User, hidden: Post) -> None:
    browser = browser_of(asker)

    for path in (
        "/community/secret/",
        f"/community/topics/{hidden.topic_id}",
        f"/community/topics/{hidden.topic_id}-secret-plan",
        "/community/no-such-board/",
        "/community/topics/999999",
        f"/community/topics/{10**30}",
    ):
        assert browser.get(path).status_code == 404, path
    for path in (
        f"/community/topics/{hidden.topic_id}/posts",
        f"/community/topics/{hidden.topic_id}/reads",
        f"/community/posts/{hidden.id}/acceptance",
        f"/community/posts/{hidden.id}/votes",
        f"/community/posts/{hidden.id}/flags",
    ):
        assert browser.post(path, data={"body": "x", "reason": "spam"}).status_code == 404, path


def test_visitors_are_asked_to_sign_in_before_they_write(
    client: FlaskClient, topic: Topic, answer: Post
) -> None:
    assert client.get("/community/topics/new").headers["Location"].startswith("/sign-in")
    for path in (
        "/community/topics/new",
        "/community/preview",
        f"/community/topics/{topic.id}/posts",
        f"/community/posts/{answer.id}/acceptance",
        f"/community/posts/{answer.id}/votes",
        f"/community/posts/{answer.id}/flags",
    ):
        assert client.post(path).headers["Location"].startswith("/sign-in"), path


def test_old_and_short_addresses_lead_to_the_topic(client: FlaskClient, topic: Topic) -> None:
    for path in (f"/community/topics/{topic.id}", f"/community/topics/{topic.id}-old-title"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (301, path_of_topic(topic))


def test_a_japanese_title_has_a_japanese_address(session: Session, client: FlaskClient, asker: User) -> None:
    topic = make_topic(session, author=asker, title="ラベルを 印刷できません！", body="何も出ません。")

    assert path_of_topic(topic).endswith("-ラベルを-印刷できません")
    assert client.get(quote(path_of_topic(topic))).status_code == 200


def test_a_question_is_asked(browser_of: Browse, asker: User, board: Board) -> None:
    browser = browser_of(asker)
    form = browser.get("/community/topics/new?title=Labels&board=printing").text
    assert 'value="Labels"' in form

    answer = browser.post(
        "/community/topics/new",
        data={"title": "Labels?", "body": "**How?**", "board": "printing", "kind": "question"},
    )

    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "<strong>How?</strong>" in page
    assert answer.headers["Location"] in browser.get("/community/?queue=mine").text


@pytest.mark.parametrize(
    "form",
    [
        {"body": ""},
        {"title": ""},
        {"board": "secret"},
        {"board": ""},
        {"kind": "rumour"},
        {"title": "x" * 301},
        {"body": "x" * (LONGEST_BODY + 1)},
    ],
)
def test_what_was_typed_stays_when_it_cannot_be_used(
    browser_of: Browse, asker: User, board: Board, hidden: Post, form: dict[str, str]
) -> None:
    typed = {"title": "Typed title", "body": "Typed text", "board": "printing", "kind": "question"} | form

    answer = browser_of(asker).post("/community/topics/new", data=typed)

    assert answer.status_code == 422
    assert f'value="{typed["title"]}"' in answer.text
    assert typed["body"] in answer.text
    assert "secret" not in answer.text


def test_a_reply_lands_on_itself(browser_of: Browse, helper: User, topic: Topic) -> None:
    answer = browser_of(helper).post(f"/community/topics/{topic.id}/posts", data={"body": "Try *this*."})

    path, _hash, anchor = answer.headers["Location"].partition("#")
    page = browser_of(helper).get(path).text
    assert answer.status_code == 303
    assert f'id="{anchor}"' in page
    assert "<em>this</em>" in page


def test_an_empty_reply_keeps_the_topic_on_the_page(browser_of: Browse, helper: User, topic: Topic) -> None:
    answer = browser_of(helper).post(f"/community/topics/{topic.id}/posts", data={"body": " \n"})

    assert answer.status_code == 422
    assert "The printer prints nothing." in answer.text


def test_a_too_long_reply_is_not_lost(browser_of: Browse, helper: User, topic: Topic) -> None:
    text = "word " * (LONGEST_BODY // 5 + 1)

    answer = browser_of(helper).post(f"/community/topics/{topic.id}/posts", data={"body": text})

    assert answer.status_code == 422
    assert text in answer.text


XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))"


def test_texts_are_no_markup(
    session: Session, browser_of: Browse, helper: User, asker: User, board: Board
) -> None:
    topic = make_topic(session, author=asker, board=board, title=f"{XSS}", body=XSS)
    make_reply(session, author=helper, topic=topic, body=XSS)
    browser = browser_of(asker)
    pages = [browser.get(path).text for path in ("/community/", path_of_topic(topic))]
    pages.append(browser.post("/community/preview", data={"body": XSS}).text)
    pages.append(browser.post("/community/topics/new", data={"title": XSS, "body": f"</textarea>{XSS}"}).text)

    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page


def accept(browser: FlaskClient, post: Post, **form: str) -> int:
    return browser.post(f"/community/posts/{post.id}/acceptance", data=form).status_code


def test_the_asker_accepts_and_takes_it_back(
    session: Session, browser_of: Browse, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    browser = browser_of(asker)

    assert accept(browser_of(helper), answer) == 403
    assert accept(browser, answer) == 303
    page = browser.get(path_of_topic(topic)).text
    assert page.partition("<main")[2].count("Turn it off and on.") == 1
    assert "Accepted answer" in page
    assert path_of_topic(topic) in browser.get("/community/?queue=solved").text

    assert accept(browser, answer, _method="delete") == 303
    assert "Accepted answer" not in browser.get(path_of_topic(topic)).text


def test_a_discussion_has_no_solution(
    session: Session, browser_of: Browse, asker: User, topic: Topic
) -> None:
    opening = session.scalars(select(Post).where(Post.topic_id == topic.id)).one()

    assert accept(browser_of(asker), opening) == 409


def vote(browser: FlaskClient, post: Post, **form: str) -> int:
    return browser.post(f"/community/posts/{post.id}/votes", data=form).status_code


def test_a_vote_is_given_and_taken_back(
    session: Session, browser_of: Browse, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    browser = browser_of(asker)

    assert vote(browser_of(helper), answer) == 403
    assert vote(browser, answer) == 303
    assert "Useful 1" in " ".join(browser.get(path_of_topic(topic)).text.split())
    assert vote(browser, answer, _method="delete") == 303
    assert "Useful 0" in " ".join(browser.get(path_of_topic(topic)).text.split())


def test_htmx_gets_the_button_alone(browser_of: Browse, asker: User, answer: Post) -> None:
    path = f"/community/posts/{answer.id}/votes"

    page = browser_of(asker).post(path, headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert 'aria-pressed="true"' in page.text
    assert "<html" not in page.text


def test_a_post_is_flagged_once(session: Session, browser_of: Browse, asker: User, answer: Post) -> None:
    browser, path = browser_of(asker), f"/community/posts/{answer.id}/flags"

    assert browser.post(path, data={"reason": "because"}).status_code == 422
    assert browser.post(path, data={"reason": "spam", "comment": "An advert."}).status_code == 303
    assert browser.post(path, data={"reason": "spam"}).status_code == 409
    session.rollback()
    assert session.scalars(select(PostFlag.comment)).one() == "An advert."


def test_a_damaged_page_address_is_told(client: FlaskClient, board: Board) -> None:
    assert client.get("/community/?after=%7Bnonsense").status_code == 422
    assert client.get("/community/printing/?after=AAAA").status_code == 422


def test_pages_out_of_range_are_not_there(client: FlaskClient, topic: Topic) -> None:
    for page in ("2", "0", "-1", str(10**30)):
        assert client.get(f"{path_of_topic(topic)}?page={page}").status_code == 404, page


def test_the_community_in_japanese(app: Flask, client: FlaskClient, topic: Topic) -> None:
    page = client.get("/community/", headers={"Accept-Language": "ja"}).text

    assert topic.board.name("ja") in page


def path_of_opening(session: Session, topic: Topic) -> str:
    query = select(Post.id).where(Post.topic_id == topic.id, Post.position == 1)
    return f"/community/posts/{session.scalars(query).one()}"


def test_a_text_is_changed_on_a_page_of_its_own(
    session: Session, browser_of: Browse, asker: User, topic: Topic
) -> None:
    browser, path = browser_of(asker), path_of_opening(session, topic)
    text = f"{path}/text"
    assert topic.title in browser.get(text).text

    sent = browser.post(text, data={"title": "Labels?", "body": "Which **one**?", "edition": "1"})
    page = browser.get(sent.location).text

    assert "<strong>one</strong>" in page
    assert "Labels?" in page
    assert "Which **one**?</ins>" in browser.get(f"{path}/revisions").text


def test_who_saves_on_an_old_text_sees_both(
    session: Session, browser_of: Browse, asker: User, topic: Topic
) -> None:
    browser, text = browser_of(asker), f"{path_of_opening(session, topic)}/text"
    browser.post(text, data={"title": topic.title, "body": "First window.", "edition": "1"})

    late = browser.post(text, data={"title": topic.title, "body": "Second window.", "edition": "1"})

    assert late.status_code == 409
    assert "<del>First</del>" in late.text
    assert 'name="edition" value="2"' in late.text
    assert ">\nSecond window.</textarea>" in late.text.replace("\r", "")
    assert "First window." in browser.get(path_of_topic(topic)).text


def test_a_removal_can_be_undone_at_once(
    browser_of: Browse, client: FlaskClient, helper: User, topic: Topic, answer: Post
) -> None:
    browser, removal = browser_of(helper), f"/community/posts/{answer.id}/removal"

    page = browser.get(browser.post(removal).location).text

    assert f'action="{removal}"' in page
    assert answer.body in page
    assert answer.body not in client.get(path_of_topic(topic)).text
    browser.post(removal, data={"_method": "delete"})
    assert answer.body in client.get(path_of_topic(topic)).text


def test_a_merged_topic_leads_to_the_one_that_took_it_over(
    session: Session, browser_of: Browse, client: FlaskClient, asker: User, topic: Topic, board: Board
) -> None:
    other = make_topic(session, author=asker, board=board, title="Labels again")
    browser = browser_of(make_user(session))
    moderation = f"/community/topics/{other.id}/moderation"
    assert "Labels again" in browser.get(moderation).text

    sent = browser.post(f"/community/topics/{other.id}/merger", data={"into": path_of_topic(topic)})

    assert sent.location == path_of_topic(topic)
    for path in (path_of_topic(other), f"/community/topics/{other.id}"):
        assert client.get(path).location == path_of_topic(topic)
    assert (
        "Took over the posts of “Labels again”"
        in browser.get(f"/community/topics/{topic.id}/moderation").text
    )


def test_what_is_pinned_stands_first_on_its_board(
    session: Session, browser_of: Browse, client: FlaskClient, asker: User, topic: Topic, board: Board
) -> None:
    make_topic(session, author=asker, board=board, title="A later one")
    browser_of(make_user(session)).post(f"/community/topics/{topic.id}/marks", data={"mark": "pinned"})

    page = client.get("/community/printing/").text

    assert page.count(f'href="{path_of_topic(topic)}"') == 1
    assert page.index(path_of_topic(topic)) < page.index("A later one")
    assert path_of_topic(topic) in client.get("/community/").text


def test_a_closed_topic_says_so_and_has_no_form(
    session: Session, browser_of: Browse, asker: User, topic: Topic
) -> None:
    browser_of(make_user(session)).post(f"/community/topics/{topic.id}/marks", data={"mark": "closed"})

    page = browser_of(asker).get(path_of_topic(topic)).text

    assert "This topic is closed." in page
    assert 'name="body"' not in page
    sent = browser_of(asker).post(f"/community/topics/{topic.id}/posts", data={"body": "Still?"})
    assert sent.status_code == 403
    assert ">\nStill?</textarea>" in sent.text.replace("\r", "")


def test_what_was_typed_stays_when_nothing_can_be_changed_any_more(
    session: Session, browser_of: Browse, asker: User, topic: Topic
) -> None:
    browser, path = browser_of(asker), path_of_opening(session, topic)
    browser_of(make_user(session)).post(f"/community/topics/{topic.id}/marks", data={"mark": "archived"})

    changed = browser.post(f"{path}/text", data={"title": "Labels?", "body": "Typed <here>", "edition": "1"})
    commented = browser.post(f"{path}/comments", data={"body": "Typed <here>"})

    assert changed.status_code == commented.status_code == 403
    assert "This cannot be changed any more." in changed.text
    assert 'value="Labels?"' in changed.text
    assert "This topic was closed meanwhile." in commented.text
    for page in (changed, commented):
        assert ">\nTyped &lt;here&gt;</textarea>" in page.text.replace("\r", "")
