"""What the documentation tells people to run does what it says, against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from bench.site import free_port
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.adoption.models import Signal
from portal.api.keys import service
from portal.api.keys.rules import Scope
from portal.api.keys.service import KeyDraft
from portal.core.clock import utc_now
from portal.core.db import db
from tests.api.conftest import make_key, signal
from tests.factories import make_account
from tests.processes import answers, server, wait_until

DOCS = Path(__file__).parents[2] / "docs"
CURL = shutil.which("curl")

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def url(own_site: Flask, tmp_path: Path) -> Iterator[str]:
    """The address of a served site with the account `acme`."""
    make_account(db.session(), external_id="acme")
    port = free_port()
    with server(own_site.extensions["settings"], tmp_path / "server.log", port):
        wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Signal)) or 0


def report(url: str, key: str, file: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ENGAWA_URL": url, "ENGAWA_KEY": key}
    command = [sys.executable, "-I", str(DOCS / "examples" / "report_signals.py"), str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_example_reports_a_file_once(url: str, tmp_path: Path) -> None:
    key, file = make_key(db.session()), tmp_path / "signals.jsonl"
    signals = [signal(f"k{number}") for number in range(2500)] + [
        signal("new", account="nobody"),
        signal("bad", kind="no.such_kind"),
    ]
    file.write_text("\n".join(map(json.dumps, signals)))

    first, again = report(url, key, file), report(url, key, file)
    assert json.loads(first.stdout) == {"accepted": 2500, "duplicate": 0, "unmatched": 1, "rejected": 1}
    assert json.loads(again.stdout) == {"accepted": 0, "duplicate": 2501, "unmatched": 0, "rejected": 1}
    assert first.stderr == "bad: there is no kind of signal called no.such_kind\n"
    assert count() == 2500

    refused = report(url, "engawa_wrong", file)
    assert refused.returncode == 1
    assert refused.stderr.startswith("401: This key is not known")


def run_curl(line: str, key: str) -> Any:
    if not CURL:
        pytest.skip("curl is not installed: apt-get install curl")
    environment = os.environ | {"ENGAWA_KEY": key}
    shell = ["/bin/sh", "-c", line.replace("curl ", "curl -sS ", 1)]
    ran = subprocess.run(shell, env=environment, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_the_lines_of_the_page_and_the_new_key_can_be_run(own_site: Flask, url: str) -> None:
    lines = re.findall(r"^curl .*$", (DOCS / "api.md").read_text(), re.MULTILINE)
    told, changed = [
        run_curl(line.replace("http://127.0.0.1:5000", url), make_key(db.session())) for line in lines
    ]
    assert told == {"accepted": 1, "duplicate": 0, "unmatched": 0, "rejected": []}
    assert (changed["name"], changed["seats"]) == ("Acme Foods", 12)

    draft = KeyDraft(name="CRM", scopes=[Scope.SIGNALS_WRITE])
    made = service.make_key(db.session(), actor=SYSTEM, draft=draft, now=utc_now())
    db.session.commit()
    line = own_site.jinja_env.get_template("api/curl.txt").render(made=made, site_url=url)
    assert run_curl(line, "")["accepted"] == 1
    assert count() == 2
    assert db.session.scalars(select(Account.seats)).one() == 12
