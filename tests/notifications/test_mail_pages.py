"""Staff see what could not be delivered, and the person sees that their address refuses mail."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.notifications.mail import queue
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.models import Mail, MailAddress, MailState
from portal.notifications.mail.queries import MAILS_A_PAGE
from tests.factories import NOW, make_customer, make_user

Browse = Callable[[User], FlaskClient]
LETTER = Letter(subject="Hello", text="Words.", html="<p>Words.</p>")


def make_failed(session: Session, user: User, error: str = "550 No such person") -> Mail:
    mail = queue.send(session, LETTER, to=user.email or "", user_id=user.id, now=NOW)
    queue.note_refusal(session, mail=mail, error=error, now=NOW)
    session.commit()
    session.refresh(mail)
    return mail


@pytest.fixture
def kim(session: Session) -> User:
    return make_customer(session, name="Kim Sato")


def state_of(session: Session, mail: Mail) -> MailState:
    session.rollback()
    return session.scalars(select(Mail.state).where(Mail.id == mail.id)).one()


def test_staff_see_failed_mail_and_try_it_again(session: Session, kim: User, browser_of: Browse) -> None:
    mail, other = make_failed(session, kim), make_failed(session, make_customer(session), "<b>550")
    staff = browser_of(make_user(session))
    page = staff.get("/staff/mail/").text
    assert "Kim Sato" in page
    assert "550 No such person" in page
    assert "&lt;b&gt;550" in page

    staff.post("/staff/mail/attempts", data={"mail": mail.id})
    assert (state_of(session, mail), state_of(session, other)) == (MailState.QUEUED, MailState.FAILED)
    staff.post("/staff/mail/attempts")
    assert state_of(session, other) is MailState.QUEUED


def test_a_mail_under_way_is_not_sent_twice_by_trying_again(session: Session, kim: User) -> None:
    queue.send(session, LETTER, to=kim.email or "", now=NOW)
    assert queue.take_up(session, now=utc_now()) is not None
    assert queue.retry(session, now=utc_now()) == 0


def test_staff_resume_a_paused_address(session: Session, kim: User, browser_of: Browse) -> None:
    for _ in range(3):
        make_failed(session, kim)
    staff = browser_of(make_user(session))
    assert "Addresses that refuse mail" in staff.get("/staff/mail/").text

    staff.post("/staff/mail/addresses", data={"address": kim.email})
    session.rollback()
    assert session.scalars(select(MailAddress)).all() == []
    assert "Addresses that refuse mail" not in staff.get("/staff/mail/").text


def test_a_person_sees_that_their_own_address_refuses_and_resumes_it(
    session: Session, kim: User, browser_of: Browse
) -> None:
    lee = make_customer(session)
    for user in (kim, lee):
        for _ in range(3):
            make_failed(session, user)
    browser = browser_of(kim)
    assert "came back 3 times" in browser.get("/me/notifications/settings").text

    browser.post("/me/notifications/address")
    session.rollback()
    assert session.scalars(select(MailAddress.address)).all() == [lee.email]
    (letter,) = session.scalars(select(Mail).where(Mail.state == MailState.QUEUED))
    assert (letter.address, (letter.letter or {})["subject"]) == (kim.email, "You get mail again")
    assert "came back" not in browser.get("/me/notifications/settings").text


def test_long_lists_have_pages(session: Session, kim: User, browser_of: Browse) -> None:
    for _ in range(MAILS_A_PAGE + 1):
        queue.send(session, LETTER, to="kim@example.test", user_id=kim.id, now=NOW)
    session.commit()
    staff = browser_of(make_user(session))
    page = staff.get("/staff/mail/?state=queued").text
    assert page.count("kim@example.test") == MAILS_A_PAGE
    cursor = page.partition("after=")[2].partition('"')[0]
    assert staff.get(f"/staff/mail/?state=queued&after={cursor}").text.count("kim@example.test") == 1


@pytest.mark.parametrize("query", ["state=unknown", "after=%00", "after=zzz", "state=failed&after=x"])
def test_a_damaged_address_breaks_nothing(
    app: Flask, session: Session, browser_of: Browse, query: str
) -> None:
    staff = browser_of(make_user(session))
    for path in ("/staff/mail/", "/me/watches/", "/me/notifications/"):
        assert staff.get(f"{path}?{query}").status_code in {200, 422}
    for sent in ({"mail": "9" * 30}, {"mail": "x"}):
        assert staff.post("/staff/mail/attempts", data=sent).status_code == 303
    for subject in ("topic:" + "9" * 30, "topic:", "topic:-1", "topic:٣", "x" * 100_000, "section:1.5"):
        assert staff.post("/me/watches/", data={"subject": subject}).status_code == 404
