"""The server is killed while replies are being posted; what it acknowledged is there, once, and is found."""

import http.client
import os
import signal
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from bench.site import Visitor, csrf_token, free_port
from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM, Role
from portal.adoption.models import Signal
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.forum.models import Post
from portal.search import queries as search
from tests.factories import make_account, make_topic, make_user
from tests.processes import answers, server, wait_until, worker_began_at

REPLIES = int(os.environ.get("ENGAWA_CHAOS_REPLIES", "40"))
PASSWORD = "correct horse battery"
FOUND_WITHIN = timedelta(seconds=5)  # Counted from the moment at which the new worker begins.

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the server that runs says."""
    return tmp_path / "server.log"


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(own_site: Flask, log: Path) -> None:
    settings: Settings = own_site.extensions["settings"]
    topic_id, path = make_topic_and_writer()
    port = free_port()
    with server(settings, log, port) as process:
        wait_until(lambda: answers(port))
        acknowledged = replies_until_killed(process.pid, port, topic_id, path)
    assert len(acknowledged) >= REPLIES // 2

    with server(settings, log, port):
        began = wait_until(lambda: worker_began_at(log))
        missing = set(acknowledged)
        while missing:
            assert utc_now() - began < FOUND_WITHIN, missing
            missing = {text for text in missing if not is_found(own_site, text, topic_id)}
        wait_until(lambda: waiting() == 0)

    posts = {post.body: post.id for post in db.session.scalars(select(Post).where(Post.position > 1))}
    assert set(acknowledged) <= set(posts)
    told = db.session.scalars(select(Signal.subject).where(Signal.kind == "answer.posted")).all()
    assert sorted(filter(None, told)) == sorted(f"post:{post_id}" for post_id in posts.values())


def replies_until_killed(process_id: int, port: int, topic_id: int, path: str) -> list[str]:
    """Let four windows post, and kill the server in the middle of it; return what it acknowledged."""
    acknowledged: list[str] = []
    windows = [
        threading.Thread(target=post_replies, args=(port, topic_id, path, acknowledged, start))
        for start in range(4)
    ]
    for window in windows:
        window.start()
    while len(acknowledged) < REPLIES // 2 and any(window.is_alive() for window in windows):
        threading.Event().wait(0.005)
    os.killpg(process_id, signal.SIGKILL)
    for window in windows:
        window.join()
    return acknowledged


def post_replies(port: int, topic_id: int, path: str, acknowledged: list[str], start: int) -> None:
    """Post until the server is gone; note each text whose posting was answered."""
    with suppress(OSError, http.client.HTTPException), Visitor(port) as visitor:
        visitor.sign_in("writer@example.test", PASSWORD)
        token = csrf_token(visitor.get(path))
        for number in range(start, REPLIES, 4):
            text = f"reply zq{number:04d}"
            visitor.post(f"/community/topics/{topic_id}/posts", token, body=text)
            acknowledged.append(text)


def make_topic_and_writer() -> tuple[int, str]:
    """Make a topic, and someone who may reply; return the topic's number and its page."""
    account = make_account(db.session())
    topic = make_topic(db.session(), author=make_user(db.session(), account=account))
    with transaction(wake=False) as session:
        accounts.add_user(
            session,
            email="writer@example.test",
            name="Writer",
            role=Role.STAFF,
            account=None,
            password=PASSWORD,
            now=utc_now(),
        )
    return topic.id, f"/community/topics/{topic.id}-{topic.slug}"


def waiting() -> int:
    """Return how many events wait for the worker."""
    db.session.rollback()
    return outbox.status(db.session(), now=utc_now()).waiting


def is_found(app: Flask, text: str, topic_id: int) -> bool:
    """Tell whether search leads from a reply's own word to its topic."""
    question = search.Question(text=text.rsplit(maxsplit=1)[-1], reader_language="en")
    db.session.rollback()
    results = search.results_for(db.session(), SYSTEM, app.extensions["search_engine"], question)
    return any(f"/topics/{topic_id}-" in found.path for found in results.found) and not results.is_by_title
