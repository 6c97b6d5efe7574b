"""The worker sends mail beside its other work: it needs no waking, and a silent server holds nothing up."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from bench.site import free_port
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.notifications.mail import queue
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.models import Mail, MailState
from tests.factories import make_customer, make_reply, make_topic
from tests.processes import environment_of, wait_until

LETTER = Letter(subject="Hello", text="Words.", html="<p>Words.</p>")

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


@contextmanager
def worker(site: Flask, mail_url: str) -> Iterator[None]:
    """Run a worker of a site."""
    settings: Settings = site.extensions["settings"]
    environment = environment_of(settings) | {"PORTAL_MAIL_URL": mail_url}
    command = [sys.executable, "-m", "portal", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def send() -> int:
    with transaction(wake=False) as session:
        return queue.send(session, LETTER, to="kim@example.test", now=utc_now()).id


def mail(mail_id: int) -> Mail:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Mail).where(Mail.id == mail_id)).one()


def test_mail_leaves_by_itself(own_site: Flask, tmp_path: Path) -> None:
    with worker(own_site, f"file:{tmp_path / 'mail'}"):
        mail_id = send()
        wait_until(lambda: mail(mail_id).state is MailState.SENT)
    assert len(list((tmp_path / "mail").iterdir())) == 1


def is_all_done() -> bool:
    db.session.rollback()
    return outbox.status(db.session(), now=utc_now()).waiting == 0


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port at which one is let in, and hears nothing."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server.getsockname()[1]


def test_a_silent_server_holds_nothing_else_up(own_site: Flask, silent_port: int) -> None:
    with worker(own_site, f"smtp://127.0.0.1:{silent_port}"):
        mail_id = send()
        wait_until(lambda: mail(mail_id).attempts == 1)
        topic = make_topic(db.session(), author=make_customer(db.session()))
        make_reply(db.session(), author=make_customer(db.session()), topic=topic)
        own_site.extensions["jobs"].wake()
        wait_until(is_all_done, seconds=15)
        assert mail(mail_id).state is MailState.QUEUED
        assert mail(mail_id).error == ""  # Still waiting for the server's first word.
