"""Whoever makes the digests is killed, again and again; in the end each person has had exactly one."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.db import db, transaction
from portal.notifications.kinds import Delivery
from portal.notifications.mail.models import Mail, MailState
from portal.notifications.models import Notice
from tests.factories import make_customer, make_topic
from tests.notifications.conftest import read_mails
from tests.processes import environment_of, wait_until

PEOPLE = 120
KILLS = 4

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


def tell_everyone() -> list[str]:
    """Tell many people of a topic the day before yesterday; return their addresses."""
    session = db.session()
    topic = make_topic(session, author=make_customer(session))
    people = [make_customer(session) for _ in range(PEOPLE)]
    rows = [
        {
            "user_id": person.id,
            "kind": "watched_topic",
            "params": {"name": "Kim", "title": topic.title},
            "path": "/",
            "cause": f"topic:{topic.id}:{person.id}",
            "subject": f"topic:{topic.id}",
            "thread": f"topic:{topic.id}",
            "delivery": Delivery.DAILY,
            "created_at": utc_now() - timedelta(days=2),
        }
        for person in people
    ]
    with transaction(wake=False) as writing:
        writing.execute(insert(Notice), rows)
    return [str(person.email) for person in people]


def test_nobody_is_skipped_and_nobody_hears_twice(own_site: Flask, tmp_path: Path) -> None:
    settings: Settings = own_site.extensions["settings"]
    folder = tmp_path / "mail"
    environment = environment_of(settings) | {"PORTAL_MAIL_URL": f"file:{folder}"}
    addresses = tell_everyone()
    command = [sys.executable, "-m", "portal", "mail", "send"]

    for kill in range(KILLS):
        wanted = (kill + 1) * PEOPLE // (2 * KILLS)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        wait_until(partial(has_mails, folder, wanted))
        threading.Event().wait(kill / 1000)  # Not always at the same step.
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert sent() < PEOPLE
    with transaction(wake=False) as session:  # What was under way is taken up again once its time is over.
        session.execute(update(Mail).where(Mail.due_at.is_not(None)).values(due_at=utc_now()))
    subprocess.run(command, env=environment, check=True, capture_output=True)

    assert sent() == PEOPLE
    received = Counter(mail["To"].addresses[0].addr_spec for mail in read_mails(folder))
    assert received == Counter(addresses)
    db.session.rollback()
    keys = db.session.scalars(select(Mail.key)).all()
    assert len(set(keys)) == len(keys) == PEOPLE
    assert db.session.scalars(select(Notice.id).where(Notice.mailed_at.is_(None))).all() == []


def has_mails(folder: Path, wanted: int) -> bool:
    return len(list(folder.glob("*"))) >= wanted


def sent() -> int:
    """Return how many mails the database knows to have left."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Mail.state == MailState.SENT)) or 0
