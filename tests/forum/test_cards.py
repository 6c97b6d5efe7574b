"""What the community's pages tell search engines and link previews."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.audience import SIGNED_IN
from portal.accounts.models import User
from portal.forum.paths import path_of_topic
from tests.factories import make_board, make_customer, make_reply, make_topic
from tests.machines import BASE, Head, head_of


def head(client: FlaskClient, path: str) -> Head:
    answer = client.get(path)
    assert answer.status_code == 200
    return head_of(answer.text)


def test_a_topic_says_where_it_stands(client: FlaskClient, session: Session) -> None:
    topic = make_topic(session, author=make_customer(session), title="印刷できません")
    told = head(client, f"{path_of_topic(topic)}?q=labels")
    assert told.is_for_robots
    assert told.of("canonical")[0].startswith(f"{BASE}/community/topics/{topic.id}-%E5%8D%B0")
    assert told.of("alternate", "application/atom+xml") == ["/community/feed.atom"]
    assert (told.metas["og:title"], told.metas["og:locale"]) == (["印刷できません"], ["ja_JP"])
    steps = told.things["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == ["Community", topic.board.name("en"), "印刷できません"]


def test_a_later_page_of_a_topic_is_a_page_of_its_own(client: FlaskClient, session: Session) -> None:
    asker = make_customer(session)
    topic = make_topic(session, author=asker)
    for _ in range(26):
        make_reply(session, author=asker, topic=topic)
    path = f"{path_of_topic(topic)}?page=2"
    assert head(client, path).of("canonical") == [BASE + path]


@pytest.mark.parametrize("query", ["?queue=solved", "?after=WyIyMDI2LTExLTIwVDAzOjAwOjAwKzAwOjAwIiwgMV0"])
def test_lists_are_for_robots_from_their_start_only(
    client: FlaskClient, session: Session, query: str
) -> None:
    board = make_board(session)
    for path in ("/community/", f"/community/{board.slug}/"):
        assert head(client, path).of("canonical") == [BASE + path]
        assert not head(client, path + query).is_for_robots


def test_a_board_that_is_not_for_everyone_tells_machines_nothing(
    session: Session, browser_of: Callable[[User], FlaskClient]
) -> None:
    asker, board = make_customer(session), make_board(session, audience=SIGNED_IN)
    topic = make_topic(session, author=asker, board=board)
    browser = browser_of(asker)
    for path in (f"/community/{board.slug}/", path_of_topic(topic)):
        assert not head(browser, path).is_for_robots
        assert head(browser, path).of("canonical") == []
