"""A link in a mail stops just these mails: by one POST, without signing in, and never by being looked at."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.forum.models import Topic
from portal.notifications import queries
from portal.notifications.kinds import Delivery
from portal.notifications.mail.unsubscribing import unsubscribe_url
from portal.reactions.subjects import named_for
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic
from tests.notifications.conftest import Post, part
from tests.notifications.test_watching import watch

LATER = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("at_a_known_time")


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def link_in(mail: EmailMessage) -> str:
    """Return the path that the header of a mail names; its text and HTML name it too."""
    url = str(mail["List-Unsubscribe"]).strip("<>")
    assert url in part(mail, "plain")
    assert url in part(mail, "html")
    return url.removeprefix("http://127.0.0.1:5000")


def stop(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def overrides(session: Session, user: User) -> object:
    session.rollback()
    session.expire_all()
    return queries.overrides_of(session, user.id)


def settings(session: Session, user: User) -> dict[str, Delivery]:
    session.rollback()
    session.expire_all()
    return dict(queries.settings_of(session, user.id))


def test_it_stops_mail_about_this_topic_and_nothing_else(
    app: Flask,
    session: Session,
    asker: User,
    topic: Topic,
    post: Post,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    other = make_topic(session, author=asker)
    helper = make_customer(session)
    make_reply(session, author=helper, topic=topic)
    (mail,) = post()
    before = settings(session, asker)
    stop(client, link_in(mail))

    assert overrides(session, asker) == {f"topic:{topic.id}": Delivery.INBOX}
    assert settings(session, asker) == before
    for each in (topic, other):
        make_reply(session, author=helper, topic=each)
    (_, new) = post(at=NOW + LATER)
    assert f"topic-{other.id}@" in new["References"]
    assert queries.unread_count_for(session, actor_of(asker), named_for) == 2


def test_looking_at_the_link_stops_nothing_but_asks(
    session: Session, asker: User, topic: Topic, post: Post, client: FlaskClient
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    path = link_in(post()[0])
    page = client.get(path).text

    assert overrides(session, asker) == {}
    assert topic.title in page
    assert re.search(r'<form method="post">', page)


def test_a_kind_without_a_watch_is_stopped_by_itself(
    app: Flask, session: Session, asker: User, client: FlaskClient
) -> None:
    path = unsubscribe_url(asker.id, "kind:accepted").removeprefix("http://127.0.0.1:5000")
    before = settings(session, asker)
    stop(client, path)
    assert settings(session, asker) == before | {"accepted": Delivery.INBOX}


def test_a_digest_stops_with_all_that_it_holds(app: Flask, session: Session, client: FlaskClient) -> None:
    reader, board = make_customer(session), make_board(session)
    watch(session, reader, f"board:{board.id}", Delivery.DAILY)
    path = unsubscribe_url(reader.id, "daily").removeprefix("http://127.0.0.1:5000")
    before = settings(session, reader)
    stop(client, path)

    stopped = {kind: Delivery.INBOX for kind, way in before.items() if way is Delivery.DAILY}
    assert stopped
    assert settings(session, reader) == before | stopped
    assert overrides(session, reader) == {f"board:{board.id}": Delivery.INBOX}


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: t.partition(".")[0], lambda _: "x"],
)
def test_a_link_that_we_did_not_make_stops_nothing(
    app: Flask, session: Session, asker: User, client: FlaskClient, change: Callable[[str], str]
) -> None:
    token = unsubscribe_url(asker.id, "kind:reply").rpartition("/")[2]
    before = settings(session, asker)
    assert client.post(f"/unsubscribe/{change(token)}").status_code == 404
    assert settings(session, asker) == before
