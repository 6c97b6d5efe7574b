"""A letter becomes a message that every mail program can read, and nobody can add to its headers."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notifications.mail.letters import BadAddressError, Letter, message_of
from tests.notifications.conftest import part

SENDER = Address("Engawa", "no-reply", "engawa.example")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def made(subject: str = "Hello", name: str = "Kim", text: str = "Words.", **fields: str) -> EmailMessage:
    letter = Letter(subject=subject, text=text, html=f"<p>{text}</p>", **fields)
    return message_of(letter, sender=SENDER, to="kim@example.test", name=name, mail_id=7, at=NOW)


def test_what_a_message_carries() -> None:
    message = made(
        "請求書",
        "木村 千佳",
        thread="topic:5",
        list_name="watched_reply",
        unsubscribe_url="https://engawa.example/unsubscribe/x",
    )
    again = message_from_bytes(message.as_bytes(), policy=default)

    assert again["From"] == "Engawa <no-reply@engawa.example>"
    assert again["To"].addresses[0] == Address("木村 千佳", "kim", "example.test")
    assert again["Subject"] == "請求書"
    assert again["Message-ID"] == "<mail-7@engawa.example>"
    assert again["In-Reply-To"] == again["References"] == "<topic-5@engawa.example>"
    assert again["List-Id"] == "<watched-reply.engawa.example>"
    assert again["List-Unsubscribe"] == "<https://engawa.example/unsubscribe/x>"
    assert again["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert again["Auto-Submitted"] == "auto-generated"
    assert again["Date"].datetime == NOW
    assert again.get_content_type() == "multipart/alternative"


def test_what_programs_read_is_in_one_piece() -> None:
    url = f"https://engawa.example/unsubscribe/{'x' * 200}"
    raw = made(unsubscribe_url=url, thread=f"a b\r\nc:{'y' * 100}", list_name="daily").as_bytes()
    lines = raw.decode("ascii").split("\r\n")

    assert f"List-Unsubscribe: <{url}>" in lines
    assert f"References: <a-b-c-{'y' * 100}@engawa.example>" in lines
    assert "List-Id: <daily.engawa.example>" in lines
    assert "Message-ID: <mail-7@engawa.example>" in lines


def test_styles_stand_where_mail_programs_look() -> None:
    letter = Letter(subject="x", text="x", html="<style>p { color: red; }</style><p>x</p>")
    message = message_of(letter, sender=SENDER, to="kim@example.test", name="", mail_id=1, at=NOW)
    assert '<p style="color: red;">' in part(message, "html")


def test_a_letter_that_was_asked_for_offers_no_end() -> None:
    assert made()["List-Unsubscribe"] is None


@given(subject=st.text(max_size=300), name=st.text(max_size=300), text=st.text(max_size=300))
def test_nothing_that_people_write_becomes_a_header(subject: str, name: str, text: str) -> None:
    raw = made(f"{subject}\r\nBcc: a@b.test", f"{name}\nBcc: a@b.test", text.replace("\x00", "")).as_bytes()
    again = message_from_bytes(raw, policy=default)

    assert set(again.keys()) == set(made().keys())
    assert len(again["To"].addresses) == 1
    assert again["To"].addresses[0].addr_spec == "kim@example.test"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "kim@",
        "@example.test",
        "kim@example.test\r\nBcc: a@b.test",
        "a@b.test,c@d.test",
        "木@x.test",
    ],
)
def test_an_address_that_cannot_stand_in_a_message_is_refused(address: str) -> None:
    letter = Letter(subject="x", text="x", html="x")
    with pytest.raises(BadAddressError):
        message_of(letter, sender=SENDER, to=address, name="", mail_id=1, at=NOW)
