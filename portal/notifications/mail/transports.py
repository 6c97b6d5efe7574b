"""How mail leaves: to an SMTP server, into a folder, or onto the console."""

import smtplib
import ssl
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS: Final = 20.0
PERMANENT: Final = 500
PORTS: Final = {"none": 25, "starttls": 587, "implicit": 465}


class UnreachableError(Exception):
    """The server cannot be used at all for now; this is no fault of any one mail."""


class LaterError(Exception):
    """This mail did not get through, but may another time."""


class RefusedError(Exception):
    """This mail will not get through, however often it is tried."""


class Transport(Protocol):
    """A way for mails to leave."""

    def deliver(self, message: EmailMessage) -> None:
        """Hand a message over.

        Raises:
            UnreachableError: no mail can leave for now.
            LaterError: this one cannot leave for now.
            RefusedError: this one will never leave.
        """

    def check(self) -> None:
        """Find out whether mail could leave, without sending any.

        Raises:
            UnreachableError: it could not.
        """

    def close(self) -> None:
        """Say goodbye, if anyone is listening."""


class SmtpTransport:
    """An SMTP server; one connection carries many mails."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._tls = parse_qs(parts.query).get("tls", ["none"])[0]
        self._host, self._port = parts.hostname or "", parts.port or PORTS[self._tls]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._timeout = timeout
        self._server: smtplib.SMTP | None = None

    def deliver(self, message: EmailMessage) -> None:
        """Hand a message to the server, on the connection there is or on a new one."""
        server = self._server or self._connect()
        try:
            server.send_message(message)
        except smtplib.SMTPSenderRefused as error:
            self._drop()
            raise UnreachableError(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise _refusal(code, words) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise LaterError(_words_of(error)) from error

    def check(self) -> None:
        """Connect and sign in."""
        self._connect()

    def _connect(self) -> smtplib.SMTP:
        try:
            context = ssl.create_default_context()
            if self._tls == "implicit":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=self._timeout, context=context
                )
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
            self._server = server
            if self._tls == "starttls":
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UnreachableError(_words_of(error)) from error
        return server

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server:
            server.close()

    def close(self) -> None:
        """End the connection, if there is one."""
        server, self._server = self._server, None
        if server:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()


class FileTransport:
    """A folder that takes one file a mail, named by its Message-ID."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: EmailMessage) -> None:
        """Write the file."""
        self.check()
        name = f"{message['Message-ID'].strip('<>')}.eml"
        try:
            (self._folder / name).write_bytes(message.as_bytes())
        except OSError as error:
            raise UnreachableError(_words_of(error)) from error

    def check(self) -> None:
        """Make the folder."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnreachableError(_words_of(error)) from error

    def close(self) -> None:
        """Do nothing: each file is whole already."""


class ConsoleTransport:
    """Standard output."""

    def deliver(self, message: EmailMessage) -> None:
        """Print the plain part under the headers that people read."""
        body = message.get_body(("plain",))
        words = body.get_content() if body else ""
        sys.stdout.write(f"To: {message['To']}\nSubject: {message['Subject']}\n\n{words}\n")
        sys.stdout.flush()

    def check(self) -> None:
        """Do nothing: it is there."""

    def close(self) -> None:
        """Do nothing: it goes on."""


def make_transport(url: str) -> Transport | None:
    """Return the way that `PORTAL_MAIL_URL` names; None when no mail is sent."""
    parts = urlsplit(url)
    match parts.scheme:
        case "smtp":
            return SmtpTransport(url)
        case "file":
            return FileTransport(Path(unquote(parts.path)).absolute())
        case "console":
            return ConsoleTransport()
    return None


def _refusal(code: int, words: bytes | str) -> Exception:
    kind = RefusedError if code >= PERMANENT else LaterError
    return kind(_said(code, words))


def _said(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"


def _words_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
