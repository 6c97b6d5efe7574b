"""A real mail server takes mail, is down, is slow, refuses, or hangs up in the middle of a message."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Dialogue
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.site import free_port
from portal.core.clock import utc_now
from portal.notifications.mail import queue
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.models import Mail, MailAddress, MailState
from portal.notifications.mail.sending import send_due
from portal.notifications.mail.transports import SmtpTransport, UnreachableError
from portal.notifications.rules import MOST_ATTEMPTS

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass
class Mailman:
    """What the server answers, and what it has taken."""

    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"
    hangs_up: bool = False
    takes_forever: bool = False
    taken: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  # The library's own name.
        self, server: SMTP, dialogue: Dialogue, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.takes_forever:
            await asyncio.sleep(3600)
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, dialogue: Dialogue, envelope: Envelope) -> str:  # noqa: N802  # The library's own name.
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 OK"
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        return self.data_answer


@pytest.fixture
def mailman() -> Mailman:
    return Mailman()


@pytest.fixture
def port(mailman: Mailman) -> Iterator[int]:
    """The port of a mail server that works."""
    controller = Controller(mailman, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def send(session: Session, *addresses: str) -> list[int]:
    """Queue a letter to each address; return their ids."""
    letter = Letter(subject="Hello", text="Words.", html="<p>Words.</p>")
    mails = [queue.send(session, letter, to=address, now=utc_now()).id for address in addresses]
    session.commit()
    return mails


def deliver(port: int, *, tls: str = "none") -> None:
    send_due(SmtpTransport(f"smtp://127.0.0.1:{port}?tls={tls}", timeout=0.5))


def mails(session: Session) -> list[Mail]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def make_due(session: Session) -> None:
    """Let what waits be due now."""
    for mail in mails(session):
        if mail.state is MailState.QUEUED:
            mail.due_at = utc_now()
    session.commit()


def test_one_connection_carries_many_mails(session: Session, port: int, mailman: Mailman) -> None:
    send(session, "kim@example.test", "lee@example.test", "noor@example.test")
    deliver(port)

    assert len(mailman.taken) == 3
    assert {mail.state for mail in mails(session)} == {MailState.SENT}
    deliver(port)
    assert len(mailman.taken) == 3


def test_a_server_that_is_down_costs_no_attempt_and_loses_nothing(
    session: Session, port: int, mailman: Mailman
) -> None:
    send(session, "kim@example.test", "lee@example.test")
    before = utc_now()
    for _ in range(2 * MOST_ATTEMPTS):
        make_due(session)
        deliver(free_port())
    first, second = mails(session)
    assert (first.attempts, second.attempts) == (0, 0)
    assert all(mail.due_at and mail.due_at > before + timedelta(seconds=50) for mail in (first, second))
    assert "refused" in first.error

    make_due(session)
    deliver(port)
    assert len(mailman.taken) == 2


def test_a_slow_server_is_left_alone_for_a_while(session: Session, port: int, mailman: Mailman) -> None:
    mailman.takes_forever = True
    send(session, "kim@example.test")
    deliver(port)
    (mail,) = mails(session)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 1)
    assert "imed out" in mail.error

    mailman.takes_forever = False
    make_due(session)
    deliver(port)
    assert len(mailman.taken) == 1


def test_what_is_refused_for_now_is_tried_again_and_in_the_end_given_up(
    session: Session, port: int, mailman: Mailman
) -> None:
    mailman.recipient_answer = "451 Try again later"
    send(session, "kim@example.test")
    for _ in range(MOST_ATTEMPTS - 1):
        make_due(session)
        deliver(port)
        assert mails(session)[0].state is MailState.QUEUED
    make_due(session)
    deliver(port)
    (mail,) = mails(session)
    assert (mail.state, mail.attempts, mail.due_at) == (MailState.FAILED, MOST_ATTEMPTS, None)
    assert "451 Try again later" in mail.error


@pytest.mark.parametrize("step", ["recipient_answer", "data_answer"])
def test_an_address_that_refuses_three_times_is_paused(
    session: Session, port: int, mailman: Mailman, step: str
) -> None:
    setattr(mailman, step, "550 No such person here")
    for times in (1, 2, 3):
        send(session, "kim@example.test")
        deliver(port)
        found = session.get_one(MailAddress, "kim@example.test", populate_existing=True)
        assert (found.refusals, found.paused_at is None) == (times, times < 3)
        assert "No such person here" in found.error
    assert {mail.state for mail in mails(session)} == {MailState.FAILED}


def test_one_bad_address_keeps_no_other_waiting_and_success_forgives(
    session: Session, port: int, mailman: Mailman
) -> None:
    mailman.recipient_answer = "550 No such person here"
    send(session, "kim@example.test")
    deliver(port)
    mailman.recipient_answer = "250 OK"
    send(session, "not an address", "kim@example.test")
    deliver(port)

    assert [mail.state for mail in mails(session)] == [MailState.FAILED, MailState.FAILED, MailState.SENT]
    assert session.get(MailAddress, "kim@example.test") is None


def test_a_server_that_hangs_up_in_the_middle_gets_the_mail_again(
    session: Session, port: int, mailman: Mailman
) -> None:
    mailman.hangs_up = True
    send(session, "kim@example.test")
    deliver(port)
    (mail,) = mails(session)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 1)

    mailman.hangs_up = False
    make_due(session)
    deliver(port)
    assert mails(session)[0].state is MailState.SENT
    assert len(mailman.taken) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of this machine, and its key."""
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run(command, check=True, capture_output=True)
    return paths


@pytest.mark.parametrize("trust", ["trusted", "unknown"])
def test_starttls_trusts_only_whom_the_machine_trusts(
    session: Session,
    mailman: Mailman,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    trust: str,
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    controller = Controller(
        mailman, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True
    )
    controller.start()
    if trust == "trusted":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    send(session, "kim@example.test")
    deliver(controller.port, tls="starttls")
    controller.stop()

    states = {"trusted": MailState.SENT, "unknown": MailState.QUEUED}
    assert mails(session)[0].state is states[trust]
    assert len(mailman.taken) == (trust == "trusted")


def test_a_server_that_wants_another_password_is_out_of_reach(port: int) -> None:
    transport = SmtpTransport(f"smtp://kim:wrong@127.0.0.1:{port}", timeout=0.5)
    with pytest.raises(UnreachableError):
        transport.check()
    transport.close()
