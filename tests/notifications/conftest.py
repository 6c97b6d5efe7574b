"""A site that sends mail into a folder, and what lies there afterwards."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from portal.notifications.mail.digests import ask_for_due
from portal.notifications.mail.sending import send_due
from portal.notifications.mail.transports import FileTransport, Transport
from tests.factories import NOW

Post = Callable[..., list[EmailMessage]]


def read_mails(folder: Path) -> list[EmailMessage]:
    """Return the mails in a folder, in the order in which they were asked for."""
    files = sorted(folder.glob("*.eml"), key=lambda path: int(path.name.split("@")[0].removeprefix("mail-")))
    mails = []
    for file in files:
        message = message_from_bytes(file.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        mails.append(message)
    return mails


def part(message: EmailMessage, kind: str) -> str:
    """Return the plain or HTML part of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


@pytest.fixture
def at_a_known_time(session: Session) -> Iterator[None]:
    """Let what the worker does before mails are due happen at a known time."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def post(app: Flask, session: Session, work: Callable[[], None], tmp_path: Path) -> Post:
    """Let the worker do its work, and send what is due a while later; return all mails so far."""

    def run(
        *, at: datetime = NOW + timedelta(minutes=3), transport: Transport | None = None
    ) -> list[EmailMessage]:
        session.commit()
        work()
        with time_machine.travel(at, tick=False):
            ask_for_due(now=at)
            send_due(transport or FileTransport(tmp_path / "mail"))
        session.rollback()
        session.expire_all()
        return read_mails(tmp_path / "mail")

    return run
