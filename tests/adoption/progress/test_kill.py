"""The reading of a file is killed in the middle; the next run goes on, and every signal is there once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.adoption.models import Signal
from portal.core.db import db
from tests.factories import make_account
from tests.processes import environment_of, wait_until

LINES = 12_000

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


def recorded() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Signal)) or 0


def test_a_file_is_read_on_after_a_kill(own_site: Flask, tmp_path: Path) -> None:
    make_account(db.session(), external_id="acme")
    file = tmp_path / "signals.jsonl"
    fact = {"kind": "feature.used", "occurred_at": "2026-11-19T12:00:00Z", "account": "acme"}
    file.write_text("".join(json.dumps(fact | {"key": f"e-{number}"}) + "\n" for number in range(LINES)))
    command = [sys.executable, "-m", "portal", "signals", "ingest", str(file), "--json"]
    environment = environment_of(own_site.extensions["settings"])

    first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    wait_until(recorded)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(timeout=30)
    before = recorded()
    assert 0 < before < LINES

    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert f"read up to line {before:,} before" in second.stderr
    counts = {"accepted": LINES - before, "duplicate": before, "unmatched": 0, "rejected": 0}
    assert json.loads(second.stdout) == counts
    db.session.rollback()
    keys = db.session.scalars(select(Signal.key)).all()
    assert sorted(keys) == sorted(f"e-{number}" for number in range(LINES))
