"""The portfolio: the same on its page and in the mail on Monday morning, for whoever wants it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.site import free_port
from portal.accounts.models import Account, User
from portal.health.actions.models import NextAction
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.portfolio import weekly
from portal.notifications import queries, service
from portal.notifications.kinds import Delivery
from portal.notifications.mail.models import Mail, MailState
from portal.notifications.mail.sending import send_due
from portal.notifications.mail.transports import FileTransport, SmtpTransport, Transport
from portal.notifications.models import NoticeSetting
from tests.factories import make_account, make_customer, make_topic, make_user
from tests.health.staff import DAY, make_score
from tests.notifications.conftest import part, read_mails
from tests.notifications.test_transports import Mailman
from tests.onboarding.factories import draft, make_checklist

Browse = Callable[[User], FlaskClient]

MONDAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # 08:00 in Tokyo.
TODAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _clock(session: Session) -> object:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def mio(session: Session) -> User:
    return make_user(session, name="Mio", language="en", time_zone="Asia/Tokyo")


@pytest.fixture
def acme(session: Session, mio: User) -> Account:
    return make_account(session, name="Acme", manager_id=mio.id, renews_on=TODAY + 40 * DAY)


def plan(session: Session, account: Account, owner: User, *, due_on: date = TODAY) -> None:
    action = {"what": "Call them", "due_on": due_on, "made_at": MONDAY}
    session.add(NextAction(account_id=account.id, owner_id=owner.id, **action))
    session.commit()


def send(session: Session, folder: Path, *, at: datetime = MONDAY, transport: Transport | None = None) -> int:
    session.rollback()
    with time_machine.travel(at, tick=False):
        count = weekly.ask_for_due(now=at)
        send_due(transport or FileTransport(folder))
    session.rollback()
    session.expire_all()
    return count


def fill(session: Session, acme: Account, mio: User) -> None:
    """Let there be one of each thing that a portfolio tells."""
    plan(session, acme, mio, due_on=TODAY - DAY)
    make_score(session, acme, 60.0, ago=4)
    make_score(session, acme, 52.5, ago=-3)
    rising = make_account(session, name="Globex", manager_id=mio.id)
    make_score(session, rising, 40.0, ago=4)
    make_score(session, rising, 52.0, ago=-3)
    facts = {"days": 21}
    old, new = MONDAY - 8 * DAY, MONDAY - 2 * DAY
    session.add_all(
        [
            AccountAlert(account_id=acme.id, rule=AlertRule.SILENT, facts=facts, opened_at=new),
            AccountAlert(account_id=rising.id, rule=AlertRule.SILENT, facts=facts, opened_at=old),
        ]
    )
    asker = make_user(session, account=acme, name="Kim")
    make_topic(session, author=asker, title="Where is the scanner?", now=MONDAY - DAY)
    make_checklist(session, acme, [draft("Print the labels")], started_on=TODAY - 60 * DAY)
    session.commit()


def test_the_mail_says_all_that_the_page_says(
    session: Session, acme: Account, mio: User, tmp_path: Path, browser_of: Browse
) -> None:
    fill(session, acme, mio)

    assert send(session, tmp_path) == 1

    (mail,) = read_mails(tmp_path)
    text = part(mail, "plain")
    assert mail["Subject"] == "Your accounts on November 23, 2026"
    for line in (
        "* Call them: Acme, overdue since Nov 22, 2026",
        "* Acme: Nobody of Acme has been seen for 21 days.",
        "* Acme: -7.5 points, now 52.5",
        "* Globex: +12.0 points, now 52.0",
        "* Acme: Jan 2, 2027, Watch",
        "* Where is the scanner?: asked by Kim",
        "* Print the labels: Acme, due on ",
        f"http://127.0.0.1:5000/staff/accounts/{acme.id}\n",
    ):
        assert line in text, text
    assert "Nobody of Globex" not in text
    page = browser_of(mio).get("/staff/accounts/portfolio").text
    html = part(mail, "html")
    for words in ("Call them", "-7.5 points, now 52.5", "Where is the scanner?", "Print the labels"):
        assert words in page
        assert words in html
    assert mail["List-Id"] == "<portfolio.127.0.0.1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_mail_server_takes_it(session: Session, acme: Account, mio: User, tmp_path: Path) -> None:
    fill(session, acme, mio)
    mailman = Mailman()
    server = Controller(mailman, hostname="127.0.0.1", port=free_port())
    server.start()

    send(session, tmp_path, transport=SmtpTransport(f"smtp://127.0.0.1:{server.port}"))
    server.stop()

    (content,) = mailman.taken
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert message["To"].addresses[0].addr_spec == mio.email
    assert "Call them: Acme" in part(message, "plain")
    assert session.scalars(select(Mail.state)).all() == [MailState.SENT]


def test_its_link_stops_it_and_nothing_else(
    session: Session, acme: Account, mio: User, tmp_path: Path, client: FlaskClient
) -> None:
    plan(session, acme, mio)
    send(session, tmp_path)
    (mail,) = read_mails(tmp_path)
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:5000")

    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    assert send(session, tmp_path, at=MONDAY + 7 * DAY) == 0
    settings = session.scalars(select(NoticeSetting).where(NoticeSetting.user_id == mio.id)).all()
    assert [each.kind for each in settings if each.delivery is not Delivery.NOTHING] == ["portfolio"]


def test_each_zone_has_a_monday_of_its_own(
    session: Session, mio: User, acme: Account, tmp_path: Path
) -> None:
    west = make_user(session, name="Theo", time_zone="America/Los_Angeles")
    for person in (mio, west):
        plan(session, acme, person)

    assert send(session, tmp_path, at=MONDAY - MINUTE) == 0
    assert send(session, tmp_path) == 1
    assert send(session, tmp_path, at=MONDAY + MINUTE) == 0
    assert send(session, tmp_path, at=MONDAY + timedelta(hours=17)) == 1
    assert {mail["To"].addresses[0].addr_spec for mail in read_mails(tmp_path)} == {mio.email, west.email}


def test_a_site_that_was_down_in_the_morning_sends_nothing_late(
    session: Session, mio: User, acme: Account, tmp_path: Path
) -> None:
    plan(session, acme, mio)

    assert send(session, tmp_path, at=MONDAY + weekly.LATE) == 0
    assert send(session, tmp_path, at=MONDAY + weekly.LATE - MINUTE) == 1


def test_what_a_mail_server_took_too_late_is_not_sent(
    session: Session, mio: User, acme: Account, tmp_path: Path
) -> None:
    plan(session, acme, mio)
    weekly.ask_for_due(now=MONDAY)

    send(session, tmp_path, at=MONDAY + 2 * DAY)

    assert read_mails(tmp_path) == []
    assert session.scalars(select(Mail.state)).all() == [MailState.DROPPED]


def test_the_mail_keeps_the_days_of_its_reader(session: Session, acme: Account, tmp_path: Path) -> None:
    west = make_user(session, name="Theo", language="en", time_zone="Pacific/Honolulu")
    monday = MONDAY + timedelta(hours=19)  # 08:00 there, while it is Tuesday in Tokyo.
    plan(session, acme, west, due_on=TODAY)
    acme.manager_id = west.id
    for rule, opened_at in (
        (AlertRule.SILENT, monday - 7 * DAY),
        (AlertRule.OVERRIDE_ENDS, monday - 7 * DAY - MINUTE),
    ):
        facts = {"days": 21, "day": "2026-11-25"}
        session.add(AccountAlert(account_id=acme.id, rule=rule, facts=facts, opened_at=opened_at))
    session.commit()

    send(session, tmp_path, at=monday + timedelta(hours=5))

    (mail,) = read_mails(tmp_path)
    text = part(mail, "plain")
    assert "* Call them: Acme, by Nov 23, 2026" in text
    assert "Nobody of Acme" in text
    assert "Nov 25, 2026" not in text


def test_nothing_to_say_is_no_mail(session: Session, mio: User, tmp_path: Path) -> None:
    make_account(session, manager_id=mio.id, renews_on=None)

    assert send(session, tmp_path) == 1

    assert read_mails(tmp_path) == []
    assert session.scalars(select(Mail.state)).all() == [MailState.DROPPED]


def test_it_comes_in_the_readers_language(session: Session, mio: User, acme: Account, tmp_path: Path) -> None:
    mio.language = "ja"
    plan(session, acme, mio)

    send(session, tmp_path)

    (mail,) = read_mails(tmp_path)
    assert mail["Subject"] == "担当顧客企業の状況（2026年11月23日）"
    assert "期限の近い次のアクション" in part(mail, "plain")


def test_who_is_not_staff_any_more_gets_none(
    session: Session, acme: Account, mio: User, tmp_path: Path
) -> None:
    plan(session, acme, mio)
    mio.is_active = False
    session.commit()

    assert send(session, tmp_path) == 0


def test_the_weekly_digest_can_be_stopped_without_it(session: Session, mio: User) -> None:
    service.stop_mail(session, user_id=mio.id, scope="weekly")

    assert queries.settings_of(session, mio.id)["portfolio"] is Delivery.WEEKLY


def test_it_comes_on_monday_or_not_at_all(session: Session, mio: User, browser_of: Browse) -> None:
    staff = browser_of(mio)
    page = staff.get("/me/notifications/settings").text
    choices = page.partition('name="portfolio"')[2].partition("</select>")[0]
    assert ("weekly" in choices, "nothing" in choices, "daily" in choices) == (True, True, False)

    form = {"portfolio": "daily", "watches_own": "y", "time_zone": ""}
    assert staff.post("/me/notifications/settings", data=form).status_code == 422
    assert staff.post("/me/notifications/settings", data=form | {"portfolio": "nothing"}).status_code == 303


def test_staff_look_at_each_others_and_customers_at_none(
    session: Session, mio: User, acme: Account, browser_of: Browse
) -> None:
    plan(session, acme, mio)
    other = browser_of(make_user(session, name="Theo"))

    assert "A quiet week" in other.get("/staff/accounts/portfolio").text
    assert "Call them" in other.get(f"/staff/accounts/portfolio?manager={mio.id}").text
    customer = make_customer(session)
    assert browser_of(customer).get("/staff/accounts/portfolio").status_code == 403
    assert other.get(f"/staff/accounts/portfolio?manager={customer.id}").status_code == 404
