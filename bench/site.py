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
from typing import Self

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
AUTHOR = select(User).options(joinedload(User.account)).where(User.email == "staff@demo.example")


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
                with Visitor(port) as visitor:
                    visitor.get(path)
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


class Visitor:
    """A browser, as far as a benchmark needs one: it keeps its cookie."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def get(self, path: str) -> str:
        """Read a page."""
        return self._send("GET", path, None)

    def post(self, path: str, token: str, **fields: str) -> str:
        """Send a form."""
        return self._send("POST", path, urllib.parse.urlencode(fields | {"csrf_token": token}))

    def sign_in(self, email: str, password: str) -> None:
        """Sign in."""
        self.post("/sign-in", csrf_token(self.get("/sign-in")), email=email, password=password)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return what a form is sent with."""
        return (("Cookie", self.cookie), ("Content-Type", "application/x-www-form-urlencoded"))

    def _send(self, method: str, path: str, body: str | None) -> str:
        self._connection.request(method, path, body, dict(self.headers()))
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:  # noqa: PLR2004  # HTTP's own number.
            raise RuntimeError(f"{method} {path}: {response.status}")
        for header in response.headers.get_all("Set-Cookie", []):
            self.cookie = header.partition(";")[0]
        return text


def csrf_token(page: str) -> str:
    """Return the token that a page's forms carry."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if not found:
        raise RuntimeError("the page has no form token")
    return found[1]


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
