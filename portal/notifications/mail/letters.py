"""Letters, and the messages that they become."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Final

from css_inline import CSSInliner

LONGEST_HEADER: Final = 200
_IN_ONE_PIECE: Final = frozenset({"Message-ID", "In-Reply-To", "References", "List-Id", "List-Unsubscribe"})
_inliner: Final = CSSInliner(load_remote_stylesheets=False)


class _Policy(EmailPolicy):
    """Leaves what programs read in one piece: Python would break long words up and encode the pieces."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name in _IN_ONE_PIECE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY: Final = _Policy(linesep="\r\n")


class BadAddressError(Exception):
    """No mail can be sent to this address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What a mail says: as plain text, and as HTML with a style sheet.

    Mail programs show letters of one `thread` together, and sort by `list_name`. `unsubscribe_url` stops
    more of the same by one POST; empty for what was asked for.
    """

    subject: str
    text: str
    html: str
    thread: str = ""
    list_name: str = ""
    unsubscribe_url: str = ""

    def as_json(self) -> Mapping[str, str]:
        """Return what the database keeps."""
        return asdict(self)


def message_of(
    letter: Letter, *, sender: Address, to: str, name: str, mail_id: int, at: datetime
) -> EmailMessage:
    """Put a message together; the same mail always has the same Message-ID.

    Raises:
        BadAddressError: the address cannot stand in a message.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _recipient(to, name)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = at
    message["Message-ID"] = f"<mail-{mail_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.thread:
        root = f"<{_token(letter.thread)}@{sender.domain}>"
        message["In-Reply-To"] = message["References"] = root
    if letter.list_name:
        message["List-Id"] = f"<{_token(letter.list_name)}.{sender.domain}>"
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(_inliner.inline(letter.html), subtype="html", cte="quoted-printable")
    return message


def _recipient(address: str, name: str) -> Address:
    username, _, domain = address.rpartition("@")
    if not (username and domain and address.isprintable() and address.isascii()) or set(address) & set(
        ' ,;<>"()'
    ):
        raise BadAddressError(address)
    return Address(display_name=_one_line(name), username=username, domain=domain)


def _one_line(text: str) -> str:
    """Return a text that can stand in a header: whatever it holds, it begins no other."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_HEADER]


def _token(subject: str) -> str:
    return re.sub(r"[^a-zA-Z0-9.]+", "-", subject)
