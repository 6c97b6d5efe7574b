"""Who is told what."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.forum import service as forum
from portal.forum.models import Topic
from portal.forum.paths import path_of_post
from portal.notifications.models import Notice
from portal.support import service as support
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_customer,
    make_reply,
    make_request,
    make_topic,
    make_user,
)

Told = Callable[[], list[tuple[int, str, str]]]


@pytest.fixture
def told(session: Session, work: Callable[[], None]) -> Told:
    """Return who was told which kind of thing, and where it leads."""

    def read() -> list[tuple[int, str, str]]:
        session.commit()
        work()
        rows = session.execute(select(Notice.user_id, Notice.kind, Notice.path).order_by(Notice.id))
        return [(user_id, kind, path) for user_id, kind, path in rows]

    return read


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def test_the_asker_hears_of_a_reply(session: Session, asker: User, topic: Topic, told: Told) -> None:
    helper = make_customer(session, name="Lee Park")
    post = make_reply(session, author=helper, topic=topic)
    expected = [(asker.id, "reply", path_of_post(topic, post))]

    assert told() == expected
    assert session.scalars(select(Notice.params)).one() == {"name": "Lee Park", "title": topic_title(session)}


def topic_title(session: Session) -> str:
    return session.scalars(select(Topic.title)).one()


def test_nobody_hears_of_their_own_deeds(session: Session, asker: User, topic: Topic, told: Told) -> None:
    post = make_reply(session, author=asker, topic=topic)
    forum.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)

    assert told() == []


def test_who_helped_hears_that_it_worked_once(
    session: Session, asker: User, topic: Topic, told: Told
) -> None:
    helper = make_customer(session)
    post, actor = make_reply(session, author=helper, topic=topic), actor_of(asker)
    for hours in (0, 1):
        at = NOW + timedelta(hours=hours)
        forum.accept_answer(session, actor=actor, post_id=post.id, now=at)
        forum.withdraw_acceptance(session, actor=actor, post_id=post.id, now=at)
    expected = (helper.id, "accepted", path_of_post(topic, post))

    assert [row for row in told() if row[1] == "accepted"] == [expected]


def test_the_manager_hears_of_a_request_and_the_author_of_its_answer(session: Session, told: Told) -> None:
    manager = make_user(session)
    kim = make_user(session, account=make_account(session, manager_id=manager.id))
    request = make_request(session, author=kim)
    support.reply(session, actor=actor_of(manager), request_id=request.id, body="Which file?", now=NOW)
    support.reply(session, actor=actor_of(kim), request_id=request.id, body="This one.", now=NOW)
    path = f"/support/requests/{request.id}"
    expected = [(manager.id, "request_opened", path), (kim.id, "request_answered", path)]

    assert told() == expected


def test_an_account_without_a_manager_waits_in_the_list(session: Session, asker: User, told: Told) -> None:
    make_request(session, author=asker)

    assert told() == []
