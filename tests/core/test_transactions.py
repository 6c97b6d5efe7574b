"""No update is lost, however many processes write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.db import db, transaction
from portal.core.errors import ConflictError
from portal.forum.models import Topic
from tests.factories import make_account, make_customer, make_topic

ROOT = Path(__file__).parents[2]
PROCESSES, TIMES = 4, 200

INCREMENT = """
import sys
from portal.accounts.models import Account
from portal.app import create_app
from portal.core.db import transaction

app = create_app()
with app.app_context():
    for _ in range(int(sys.argv[2])):
        with transaction(wake=False) as session:
            account = session.get_one(Account, int(sys.argv[1]), with_for_update=True)
            account.seats = account.seats + 1
"""


@pytest.mark.slow
def test_read_then_update_from_several_processes_loses_nothing(app: Flask, session: Session) -> None:
    account = make_account(session, seats=0)
    settings = app.extensions["settings"]
    environment = os.environ | {
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", INCREMENT, str(account.id), str(TIMES)]
    running = [subprocess.Popen(command, env=environment) for _ in range(PROCESSES)]
    assert [process.wait(timeout=300) for process in running] == [0] * PROCESSES
    session.rollback()
    session.expire_all()
    assert session.get_one(Account, account.id).seats == PROCESSES * TIMES


def test_an_error_leaves_nothing_behind(app: Flask, session: Session) -> None:
    account = make_account(session, seats=3)
    with pytest.raises(RuntimeError), transaction() as writing:
        writing.get_one(Account, account.id).seats = 99
        writing.flush()
        raise RuntimeError
    session.expire_all()
    assert session.get_one(Account, account.id).seats == 3


def test_a_stale_row_is_a_conflict(app: Flask, session: Session) -> None:
    topic_id = make_topic(session, author=make_customer(session)).id
    session.rollback()
    with pytest.raises(ConflictError), transaction() as writing:
        topic = writing.get_one(Topic, topic_id)
        table = Topic.__table__
        writing.execute(table.update().where(table.c.id == topic_id).values(version=99))  # type: ignore[attr-defined]
        topic.title = "Changed meanwhile"
        writing.flush()
    assert db.session.get_one(Topic, topic_id).title != "Changed meanwhile"
