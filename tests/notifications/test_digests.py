"""Digests come in the morning of each person, once, with what they have not seen and may see."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.forum.models import Board
from portal.notifications import service
from portal.notifications.kinds import Delivery
from portal.notifications.mail.digests import ask_for_due
from portal.notifications.mail.models import Mail
from portal.notifications.models import Notice, Watch
from tests.factories import actor_of, make_board, make_customer, make_reply, make_topic
from tests.notifications.conftest import Post, part
from tests.notifications.test_watching import watch

THURSDAY = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)  # Noon in Tokyo.
FRIDAY_MORNING = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)  # 08:00 on the 27th in Tokyo.
MONDAY_MORNING = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _on_thursday(session: Session) -> object:
    with time_machine.travel(THURSDAY, tick=False):
        yield


def reader_of(session: Session, board: Board, **values: object) -> User:
    """Make someone who watches a board."""
    reader = make_customer(session, **({"language": "en", "time_zone": "Asia/Tokyo"} | values))
    watch(session, reader, f"board:{board.id}")
    session.execute(update(Watch).values(created_at=THURSDAY - timedelta(days=1)))
    session.commit()
    return reader


def write(session: Session, board: Board, *titles: str) -> None:
    author = make_customer(session, name="Lee Park")
    for title in titles:
        make_topic(session, author=author, board=board, title=title, now=THURSDAY)


def to(mails: list[EmailMessage], reader: User) -> list[EmailMessage]:
    return [mail for mail in mails if mail["To"].addresses[0].addr_spec == reader.email]


def test_a_digest_comes_at_eight_with_everything_in_it(session: Session, post: Post) -> None:
    board = make_board(session)
    reader = reader_of(session, board)
    write(session, board, "First", "Second", "Third")
    assert post(at=FRIDAY_MORNING - MINUTE) == []
    (mail,) = to(post(at=FRIDAY_MORNING), reader)

    text = part(mail, "plain")
    assert mail["Subject"] == "First, and 2 more"
    assert text.startswith("What is new, Friday, November 27, 2026")
    assert text.index("Lee Park started the topic “First”.") < text.index("“Third”")
    assert mail["References"] is None
    assert mail["List-Id"] == "<daily.127.0.0.1>"


def test_each_zone_has_a_morning_of_its_own(session: Session, post: Post) -> None:
    board = make_board(session)
    east, west = reader_of(session, board), reader_of(session, board, time_zone="America/Los_Angeles")
    somewhere = reader_of(session, board, time_zone=None)
    write(session, board, "First")
    morning_in_the_west = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
    assert post(at=morning_in_the_west - MINUTE) == []
    (mail,) = post(at=morning_in_the_west)
    assert to([mail], west)
    assert "What is new, Thursday" in part(mail, "plain")
    mails = post(at=FRIDAY_MORNING)
    assert (len(to(mails, east)), len(to(mails, west)), len(to(mails, somewhere))) == (1, 1, 1)


def test_nobody_gets_a_second_one_that_day_or_an_empty_one(session: Session, post: Post) -> None:
    board = make_board(session)
    reader = reader_of(session, board)
    write(session, board, "First")
    for minutes in (0, 1, 60, 600):
        assert len(post(at=FRIDAY_MORNING + minutes * MINUTE)) == 1
    assert len(to(post(at=FRIDAY_MORNING + timedelta(days=1)), reader)) == 1
    assert session.scalars(select(Mail.key)).all() == [f"daily:2026-11-27:{reader.id}"]


def test_what_happens_after_the_morning_waits_for_the_next(
    session: Session, post: Post, work: Callable[[], None]
) -> None:
    board = make_board(session)
    reader = reader_of(session, board)
    with time_machine.travel(FRIDAY_MORNING + MINUTE, tick=False):
        write(session, board, "First")
        work()
    assert post(at=FRIDAY_MORNING + 2 * MINUTE) == []
    assert len(to(post(at=FRIDAY_MORNING + timedelta(days=1)), reader)) == 1


def test_a_morning_that_the_worker_slept_through_is_made_up_for(session: Session, post: Post) -> None:
    board = make_board(session)
    reader_of(session, board)
    write(session, board, "First")
    assert len(post(at=FRIDAY_MORNING + timedelta(hours=5))) == 1


def test_what_was_read_or_hidden_is_left_out(session: Session, post: Post, work: Callable[[], None]) -> None:
    board, secret = make_board(session), make_board(session)
    reader = reader_of(session, board)
    watch(session, reader, f"board:{secret.id}")
    session.execute(update(Watch).values(created_at=THURSDAY - timedelta(days=1)))
    write(session, board, "Read", "Kept")
    write(session, secret, "Hidden")
    work()
    read = update(Notice).where(Notice.params["title"].as_string() == "Read").values(read_at=THURSDAY)
    session.execute(read)
    session.execute(update(Board).where(Board.id == secret.id).values(audience=STAFF))
    (mail,) = post(at=FRIDAY_MORNING)

    assert mail["Subject"] == "Kept"
    assert "Read" not in part(mail, "plain")
    assert "Hidden" not in part(mail, "plain")


def test_each_topic_stands_there_once_with_counts(session: Session, post: Post) -> None:
    asker = make_customer(session, language="en", time_zone="Asia/Tokyo")
    choices = {"reply": Delivery.DAILY}
    service.choose(session, actor=actor_of(asker), deliveries=choices, watches_own=True)
    topic = make_topic(session, author=asker, title="Labels", now=THURSDAY)
    for _ in range(3):
        make_reply(session, author=make_customer(session, name="Lee Park"), topic=topic, now=THURSDAY)
    (mail,) = to(post(at=FRIDAY_MORNING), asker)
    text = part(mail, "plain")
    assert text.count("Labels\n") == 1
    assert "3 replies in “Labels”, the latest by Lee Park." in text


def test_a_weekly_digest_comes_on_monday_and_takes_the_daily_one_along(session: Session, post: Post) -> None:
    daily, weekly = make_board(session), make_board(session)
    reader = reader_of(session, daily)
    watch(session, reader, f"board:{weekly.id}", Delivery.WEEKLY)
    session.execute(update(Watch).values(created_at=THURSDAY - timedelta(days=1)))
    write(session, weekly, "Of the week")
    assert post(at=FRIDAY_MORNING) == []
    write(session, daily, "Of the day")
    (mail,) = to(post(at=MONDAY_MORNING), reader)

    assert mail["List-Id"] == "<weekly.127.0.0.1>"
    assert {"Of the week", "Of the day"} <= set(part(mail, "plain").splitlines())


def test_a_long_digest_says_how_much_more_there_is(session: Session, post: Post) -> None:
    board = make_board(session)
    reader = reader_of(session, board)
    write(session, board, *(f"Topic {number}" for number in range(43)))
    (mail,) = to(post(at=FRIDAY_MORNING), reader)
    assert "3 more in your inbox" in part(mail, "plain")
    assert part(mail, "plain").count("Lee Park started") == 40


def test_asking_again_and_again_asks_once(session: Session, work: Callable[[], None]) -> None:
    board = make_board(session)
    for _ in range(3):
        reader_of(session, board)
    write(session, board, "First")
    work()
    assert [ask_for_due(now=FRIDAY_MORNING) for _ in range(3)] == [3, 0, 0]
