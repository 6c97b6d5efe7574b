"""A site to measure: the demo, a topic with twenty posts, and a person who is signed in."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.accounts.models import User
from portal.app import create_app
from portal.core.config import load_settings
from portal.core.db import db, transaction
from portal.forum import queries as forum
from portal.forum import service
from portal.forum.models import Topic, TopicKind
from portal.forum.paths import path_of_topic

REPLY = """Thanks, that helped. In our case the **template** was the cause:

1. open it
2. save it again

`SSO-401`
"""
AUTHOR = select(User).options(joinedload(User.account)).where(User.email == "customer@demo.example")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], environment: Mapping[str, str], port: int, path: str) -> Iterator[int]:
    """Run a server until it is no longer needed; yield its process id once it answers."""
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
                connection.request("GET", path)
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def prepare(folder: Path) -> tuple[str, int]:
    """Add a topic of twenty posts to a demo site; return its path and id."""
    app = create_app(load_settings({"PORTAL_DATA_DIR": str(folder)}))
    with app.app_context():
        author = db.session.scalars(AUTHOR).one()
        person = author.as_actor()
        now = datetime.now(UTC)
        with transaction() as session:
            board = forum.boards_for(session, person)[0]
            draft = service.Draft(title="Twenty answers to one question", body=REPLY)
            topic: Topic = service.post_topic(
                session, actor=person, board_slug=board.slug, kind=TopicKind.QUESTION, draft=draft, now=now
            )
            for _ in range(19):
                service.reply(
                    session, actor=person, topic_id=topic.id, draft=service.Draft(body=REPLY), now=now
                )
            path, topic_id = path_of_topic(topic), topic.id
    return path, topic_id


def sign_in(port: int, email: str, password: str) -> str:
    """Sign in as a browser would; return the cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/sign-in")
    response = connection.getresponse()
    token = csrf_token(response.read().decode())
    cookie = str(response.headers["Set-Cookie"]).partition(";")[0]
    form = urllib.parse.urlencode({"email": email, "password": password, "csrf_token": token})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status not in {302, 303}:
        raise RuntimeError(f"cannot sign in: {answer.status}")
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def csrf_token(page: str) -> str:
    """Return the token that a page's forms carry."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if not found:
        raise RuntimeError("the page has no form token")
    return found[1]


def get(port: int, path: str, cookie: str = "") -> str:
    """Read one page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    return connection.getresponse().read().decode()


def serve_command(port: int) -> list[str]:
    """Return the command that serves the site."""
    return [sys.executable, "-m", "portal", "serve", "--port", str(port)]


def floor_command(port: int) -> list[str]:
    """Return the command that serves the floor under the same server."""
    flags = ["--interface", "wsgi", "--factory", "--workers", "1", "--blocking-threads", "4", "--no-log"]
    return [
        str(Path(sys.executable).parent / "granian"),
        *flags,
        "--port",
        str(port),
        "bench.floor:create_app",
    ]


def floor_environment(sizes: Mapping[str, int], folder: Path) -> dict[str, str]:
    """Return what the floor is told."""
    root = str(Path(__file__).parent.parent)
    return {
        "FLOOR_SIZES": json.dumps(dict(sizes)),
        "FLOOR_DATABASE": str(folder / "floor.db"),
        "PYTHONPATH": root,
    }
