"""Several people at the same moment, served by several processes: one outcome, nothing lost or doubled."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from bench.site import Visitor, csrf_token, free_port
from portal.accounts.models import User
from portal.accounts.passwords import hash_password
from portal.core.db import db
from portal.core.outbox import OutboxEvent
from portal.forum.models import Post, PostRevision, PostVote, Topic
from tests.factories import make_customer, make_reply, make_topic, make_user
from tests.processes import answers, server, wait_until

PASSWORD = "correct horse battery"
PROCESSES = 3
ROUNDS = 5
REFUSED = "409"

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


@contextmanager
def served(app: Flask, log: Path) -> Iterator[int]:
    """Let several processes serve the site; yield their port."""
    port = free_port()
    with server(app.extensions["settings"], log, port, processes=PROCESSES):
        wait_until(lambda: answers(port))
        yield port


def let_sign_in(user: User) -> str:
    """Give someone the password; return their e-mail address."""
    user.password_hash = hash_password(PASSWORD)
    db.session.commit()
    return str(user.email)


class Window:
    """A browser window in which someone is signed in, ready to send a form."""

    def __init__(self, port: int, email: str) -> None:
        self._port = port
        with Visitor(port) as visitor:
            visitor.sign_in(email, PASSWORD)
            self._token = csrf_token(visitor.get("/"))
            self._cookie = visitor.cookie

    def send(self, path: str, **fields: str) -> str:
        """Send a form; return what was answered, or the error's number."""
        with Visitor(self._port) as visitor:
            visitor.cookie = self._cookie
            try:
                return visitor.post(path, self._token, **fields)
            except RuntimeError as error:
                return str(error).rpartition(" ")[2]


Deed = tuple[Window, str, dict[str, str]]


def at_once(deeds: Sequence[Deed]) -> list[str]:
    """Let each window send its form at the same moment; return what each was answered."""
    ready = threading.Barrier(len(deeds))

    def act(deed: Deed) -> str:
        window, path, fields = deed
        ready.wait(timeout=20)
        return window.send(path, **fields)

    with ThreadPoolExecutor(len(deeds)) as threads:
        answered = list(threads.map(act, deeds))
    db.session.rollback()
    db.session.expire_all()
    return answered


def recorded(event: str) -> int:
    """Return how often an event was recorded."""
    query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == event)
    return db.session.scalar(query) or 0


def make_answer(topic: Topic, *, author: User | None = None) -> int:
    return make_reply(db.session(), author=author or make_customer(db.session()), topic=topic).id


def test_two_people_accept_two_answers(own_site: Flask, tmp_path: Path) -> None:
    asker = make_customer(db.session())
    topics = [make_topic(db.session(), author=asker) for _ in range(ROUNDS)]
    choices = {topic.id: [make_answer(topic) for _ in range(2)] for topic in topics}
    people = [let_sign_in(asker), let_sign_in(make_user(db.session()))]
    with served(own_site, tmp_path / "log") as port:
        windows = [Window(port, email) for email in people]
        for number, (topic_id, ids) in enumerate(choices.items()):
            paths = [f"/community/posts/{post_id}/acceptance" for post_id in ids]

            at_once([(window, path, {}) for window, path in zip(windows, paths, strict=True)] * 2)

            assert db.session.get_one(Topic, topic_id).accepted_post_id in ids
            assert all(db.session.get_one(Post, post_id).is_accepted for post_id in ids)
            assert recorded("AnswerAccepted") == 2 * (number + 1)


def test_people_vote_in_many_windows(own_site: Flask, tmp_path: Path) -> None:
    topic = make_topic(db.session(), author=make_customer(db.session()))
    posts = [make_answer(topic) for _ in range(ROUNDS)]
    people = [make_customer(db.session()) for _ in range(3)]
    ids = sorted(person.id for person in people)
    emails = [let_sign_in(person) for person in people]
    with served(own_site, tmp_path / "log") as port:
        windows = [Window(port, email) for email in emails for _ in range(2)]
        for number, post_id in enumerate(posts):
            at_once([(window, f"/community/posts/{post_id}/votes", {}) for window in windows])

            voters = db.session.scalars(select(PostVote.user_id).where(PostVote.post_id == post_id)).all()
            assert sorted(voters) == ids
            assert db.session.get_one(Post, post_id).vote_count == len(ids)
            assert recorded("PostVoted") == len(ids) * (number + 1)


def test_two_people_change_the_same_post(own_site: Flask, tmp_path: Path) -> None:
    author = make_customer(db.session())
    post_id = make_answer(make_topic(db.session(), author=make_customer(db.session())), author=author)
    said = [db.session.get_one(Post, post_id).body]
    people = [let_sign_in(author), let_sign_in(make_user(db.session()))]
    with served(own_site, tmp_path / "log") as port:
        windows = [Window(port, email) for email in people]
        for number in range(ROUNDS):
            texts = [f"Round {number}: as {email} puts it" for email in people]
            forms = [{"body": text, "edition": str(number + 1)} for text in texts]

            path = f"/community/posts/{post_id}/text"
            answered = at_once([(window, path, form) for window, form in zip(windows, forms, strict=True)])

            kept = [text for text, answer in zip(texts, answered, strict=True) if answer != REFUSED]
            assert [db.session.get_one(Post, post_id).body] == kept
            assert db.session.get_one(Post, post_id).edition == number + 2
            before = select(PostRevision.body).where(PostRevision.post_id == post_id)
            assert db.session.scalars(before.order_by(PostRevision.edition)).all() == said
            said += kept
