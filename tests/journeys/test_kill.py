"""The server is killed while replies are being posted; what it acknowledged is there, once, and is found."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from bench.site import Visitor, csrf_token, free_port
from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM, Role
from portal.adoption.models import Signal
from portal.app import create_app
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.forum.models import Post
from portal.search import queries as search
from tests.conftest import make_settings
from tests.factories import make_account, make_topic, make_user

REPLIES = int(os.environ.get("ENGAWA_CHAOS_REPLIES", "40"))
PASSWORD = "correct horse battery"
FOUND_WITHIN_SECONDS = 15.0  # Five on a quiet machine; a shared one also starts three interpreters meanwhile.


@contextmanager
def server(folder: Path, port: int, url: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_DATABASE_URL": url,
        "PORTAL_SECRET_KEY": "only for tests",
    }
    command = [sys.executable, "-m", "portal", "serve", "--port", str(port)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with Visitor(port) as visitor:
                    visitor.get("/healthz")
                break
            except OSError:
                threading.Event().wait(0.1)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def post_replies(port: int, topic_id: int, path: str, acknowledged: list[str], start: int) -> None:
    """Post until the server is gone; note each text whose posting was answered."""
    with suppress(OSError, http.client.HTTPException), Visitor(port) as visitor:
        visitor.sign_in("writer@example.test", PASSWORD)
        token = csrf_token(visitor.get(path))
        for number in range(start, REPLIES, 4):
            text = f"reply zq{number:04d}"
            visitor.post(f"/community/topics/{topic_id}/posts", token, body=text)
            acknowledged.append(text)


@pytest.mark.slow
@pytest.mark.enable_socket
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    url = ""
    app = create_app(make_settings(tmp_path, PORTAL_DATABASE_URL=url))
    port = free_port()
    with app.app_context():
        upgrade()
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
        topic_id, path = topic.id, f"/community/topics/{topic.id}-{topic.slug}"
        db.session.rollback()

    acknowledged: list[str] = []
    with server(tmp_path, port, url) as process:
        writers = [
            threading.Thread(target=post_replies, args=(port, topic_id, path, acknowledged, start))
            for start in range(4)
        ]
        for writer in writers:
            writer.start()
        while len(acknowledged) < REPLIES // 2 and any(writer.is_alive() for writer in writers):
            threading.Event().wait(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        for writer in writers:
            writer.join()

    assert len(acknowledged) >= REPLIES // 2
    with server(tmp_path, port, url), app.app_context():
        started = time.monotonic()
        missing = set(acknowledged)
        while missing and time.monotonic() - started < FOUND_WITHIN_SECONDS:
            missing = {text for text in missing if not is_found(app, text, topic_id)}
        assert missing == set()
        wait_until(lambda: outbox.status(db.session(), now=utc_now()).waiting == 0)

        db.session.rollback()
        posts = {post.body: post.id for post in db.session.scalars(select(Post).where(Post.position > 1))}
        assert set(acknowledged) <= set(posts)
        told = db.session.scalars(select(Signal.subject).where(Signal.kind == "answer.posted")).all()
        assert sorted(filter(None, told)) == sorted(f"post:{post_id}" for post_id in posts.values())


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for the worker to finish."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        db.session.rollback()
        threading.Event().wait(0.1)


def is_found(app: Flask, text: str, topic_id: int) -> bool:
    """Tell whether search leads from a reply's own word to its topic."""
    question = search.Question(text=text.rsplit(maxsplit=1)[-1], reader_language="en")
    db.session.rollback()
    results = search.results_for(db.session(), SYSTEM, app.extensions["search_engine"], question)
    return any(f"/topics/{topic_id}-" in found.path for found in results.found) and not results.is_by_title
