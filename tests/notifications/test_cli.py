"""`portal mail`, and what the doctor says about it."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from bench.site import free_port
from portal.core.clock import utc_now
from portal.core.config import SettingError
from portal.notifications.mail import queue
from portal.notifications.mail.letters import Letter
from tests.conftest import make_settings
from tests.notifications.conftest import read_mails

LETTER = Letter(subject="Hello", text="Words.", html="<p>Words.</p>")


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the site's mail goes."""
    folder = tmp_path / "mail"
    monkeypatch.setitem(app.extensions, "settings", make_settings(tmp_path, PORTAL_MAIL_URL=f"file:{folder}"))
    return folder


def send(session: Session) -> None:
    queue.send(session, LETTER, to="kim@example.test", now=utc_now())
    session.commit()


def test_mail_is_sent_and_counted(app: Flask, session: Session, folder: Path) -> None:
    send(session)
    run = app.test_cli_runner()
    assert run.invoke(args=["mail", "send"]).output == "0 digests asked for, 1 mails taken up, 0 wait\n"
    assert json.loads(run.invoke(args=["mail", "status", "--json"]).output) == {
        "queued": 0,
        "sent": 1,
        "dropped": 0,
        "failed": 0,
        "paused_addresses": [],
    }
    assert [mail["Subject"] for mail in read_mails(folder)] == ["Hello"]


def test_a_test_mail_leaves_at_once(app: Flask, folder: Path) -> None:
    run = app.test_cli_runner()
    assert run.invoke(args=["mail", "test", "kim@example.test"]).output == "kim@example.test has mail\n"
    assert read_mails(folder)[0]["To"] == "kim@example.test"
    assert run.invoke(args=["mail", "test", "nobody"]).exit_code == 1


def test_without_a_server_there_is_nothing_to_send_with(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["mail", "send"])
    assert (answer.exit_code, "PORTAL_MAIL_URL" in answer.output) == (1, True)


def test_what_failed_is_due_again(app: Flask, session: Session, folder: Path) -> None:
    mail = queue.send(session, LETTER, to="kim@example.test", now=utc_now())
    queue.note_refusal(session, mail=mail, error="550", now=utc_now())
    session.commit()
    run = app.test_cli_runner()
    doctor = run.invoke(args=["doctor"]).output
    assert "1 mails could not be delivered" in doctor
    assert run.invoke(args=["mail", "retry"]).output == "1 mails are due again\n"
    assert "could not be delivered" not in run.invoke(args=["doctor"]).output


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_doctor_tells_that_mail_cannot_leave(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"smtp://kim:secret@127.0.0.1:{free_port()}"
    monkeypatch.setitem(app.extensions, "settings", make_settings(tmp_path, PORTAL_MAIL_URL=url))
    run = app.test_cli_runner()
    assert "Mail cannot leave (ConnectionRefusedError" in run.invoke(args=["doctor"]).output
    shown = run.invoke(args=["settings"]).output
    assert "PORTAL_MAIL_URL=smtp://kim:…@127.0.0.1" in shown
    assert "secret" not in shown.partition("PORTAL_MAIL_URL")[2]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORTAL_MAIL_URL", "smtp://"),
        ("PORTAL_MAIL_URL", "smtp://host:port"),
        ("PORTAL_MAIL_URL", "smtp://host?tls=perhaps"),
        ("PORTAL_MAIL_URL", "smtp://host?ssl=yes"),
        ("PORTAL_MAIL_URL", "smtps://host"),
        ("PORTAL_MAIL_URL", "file:"),
        ("PORTAL_MAIL_URL", "pigeon:"),
        ("PORTAL_MAIL_FROM", "Engawa"),
        ("PORTAL_MAIL_FROM", "a@b.example, c@d.example"),
        ("PORTAL_MAIL_FROM", "Engawa\n<a@b.example>"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable):
        make_settings(tmp_path, **{variable: value})


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("", "Engawa <no-reply@help.example>"),
        ("hi@b.example", "Engawa <hi@b.example>"),
        ("縁側 <hi@b.example>", "縁側 <hi@b.example>"),
    ],
)
def test_who_mails_come_from(tmp_path: Path, given: str, sender: str) -> None:
    settings = make_settings(tmp_path, PORTAL_MAIL_FROM=given, PORTAL_BASE_URL="https://help.example")
    assert str(settings.mail_sender) == sender
