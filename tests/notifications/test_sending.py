"""One mail for a burst, none for what was read or hidden meanwhile, and no mail twice or lost."""

import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.forum.models import Board, Topic
from portal.forum.paths import path_of_topic
from portal.notifications import queries, service
from portal.notifications.kinds import Delivery
from portal.notifications.mail import queue
from portal.notifications.mail.models import Mail, MailAddress, MailState
from portal.notifications.mail.transports import LaterError, UnreachableError
from portal.notifications.models import Notice
from portal.reactions.subjects import named_for
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic
from tests.notifications.conftest import Post, part

Work = Callable[[], None]
LATER = NOW + timedelta(minutes=3)

pytestmark = pytest.mark.usefixtures("at_a_known_time")


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Kim Sato", language="en")


@pytest.fixture
def board(session: Session) -> Board:
    return make_board(session)


@pytest.fixture
def topic(session: Session, asker: User, board: Board) -> Topic:
    return make_topic(session, author=asker, board=board)


def states(session: Session) -> list[MailState]:
    session.rollback()
    return list(session.scalars(select(Mail.state).order_by(Mail.id)))


def test_a_burst_in_one_topic_is_one_mail(session: Session, asker: User, topic: Topic, post: Post) -> None:
    for number in range(3):
        helper = make_customer(session, name=f"Helper {number}")
        make_reply(session, author=helper, topic=topic, body=f"Answer {number}")
    (mail,) = [mail for mail in post() if mail["To"].addresses[0].addr_spec == asker.email]

    text = part(mail, "plain")
    assert mail["Subject"] == f"Re: {topic.title}"
    assert "3 replies in “How do I print labels?”, the latest by Helper 2." in text
    assert "> Answer 2" in text
    assert f"http://127.0.0.1:5000{path_of_topic(topic)}#post-" in text
    assert "You get this because you watch “How do I print labels?”." in text
    assert mail["References"] == f"<topic-{topic.id}@127.0.0.1>"
    html = part(mail, "html")
    assert "3 replies in “How do I print labels?”" in html
    assert "<style" not in html


def test_what_comes_later_is_another_mail(session: Session, topic: Topic, post: Post) -> None:
    helper = make_customer(session)
    make_reply(session, author=helper, topic=topic, body="First")
    assert len(post()) == 1
    make_reply(session, author=helper, topic=topic, body="Second")
    mails = post()

    assert len(mails) == 2
    assert "First" not in part(mails[1], "plain")


def test_nothing_leaves_before_the_burst_is_over(session: Session, topic: Topic, post: Post) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    assert post(at=NOW + timedelta(seconds=119)) == []
    assert len(post(at=NOW + timedelta(seconds=121))) == 1


def test_who_has_read_it_meanwhile_gets_no_mail(
    session: Session, asker: User, topic: Topic, post: Post, work: Work, browser_of: Callable[..., object]
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    service.read_thread(session, actor=actor_of(asker), thread=f"topic:{topic.id}", place=99, now=NOW)

    assert post() == []
    assert states(session) == [MailState.DROPPED]


def test_nothing_leaves_about_what_was_hidden_meanwhile(
    session: Session, topic: Topic, board: Board, post: Post, work: Work
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    session.execute(update(Board).where(Board.id == board.id).values(audience=STAFF))

    assert post() == []
    assert states(session) == [MailState.DROPPED]


@pytest.mark.parametrize("way", [Delivery.INBOX, Delivery.NOTHING])
def test_who_changed_their_mind_meanwhile_gets_no_mail(
    session: Session, asker: User, topic: Topic, post: Post, work: Work, way: Delivery
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    service.choose(session, actor=actor_of(asker), deliveries={"reply": way}, watches_own=True)
    assert post() == []


@pytest.mark.parametrize("values", [{"is_active": False}, {"email": None}])
def test_who_is_gone_gets_no_mail(
    session: Session, asker: User, topic: Topic, post: Post, work: Work, values: dict[str, object]
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    session.execute(update(User).where(User.id == asker.id).values(values))
    assert post() == []


def test_a_paused_address_gets_no_news(
    session: Session, asker: User, topic: Topic, post: Post, work: Work
) -> None:
    session.add(MailAddress(address=asker.email, refusals=3, error="550", paused_at=NOW))
    make_reply(session, author=make_customer(session), topic=topic)
    assert post() == []
    assert queries.unread_count_for(session, actor_of(asker), named_for) == 1


def test_mail_speaks_the_language_of_its_reader(session: Session, post: Post) -> None:
    asker = make_customer(session, language="ja")
    topic = make_topic(session, author=asker, title="ラベルを印刷するには")
    make_reply(session, author=make_customer(session, name="木村"), topic=topic)
    (mail,) = post()

    assert "さん" in part(mail, "plain") or "返信" in part(mail, "plain")
    assert '<html lang="ja">' in part(mail, "html")


def test_markup_in_titles_and_names_stays_text(session: Session, post: Post) -> None:
    asker = make_customer(session)
    topic = make_topic(session, author=asker, title="<img src=x> & co")
    make_reply(session, author=make_customer(session, name="<b>Kim"), topic=topic)
    (mail,) = post()

    assert "<img" not in part(mail, "html")
    assert "<b>" not in part(mail, "html")
    assert "<b>Kim replied in “<img src=x> & co”." in part(mail, "plain")


class Broken:
    """A way out on which every mail fails."""

    def __init__(self, error: Exception) -> None:
        self.error, self.tried = error, 0

    def deliver(self, message: EmailMessage) -> None:
        self.tried += 1
        raise self.error

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_what_could_not_leave_leaves_later(session: Session, topic: Topic, post: Post) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    post(transport=Broken(LaterError("busy")))
    assert states(session) == [MailState.QUEUED]
    assert post(at=LATER + timedelta(seconds=59)) == []
    assert len(post(at=LATER + timedelta(seconds=61))) == 1


def test_a_server_out_of_reach_is_asked_once_a_round(session: Session, post: Post) -> None:
    for _ in range(5):
        topic = make_topic(session, author=make_customer(session))
        make_reply(session, author=make_customer(session), topic=topic)
    broken = Broken(UnreachableError("no route"))
    post(transport=broken)
    post(transport=broken)
    assert broken.tried == 1
    assert len(post(at=LATER + timedelta(minutes=2))) == 5


def test_who_is_killed_while_sending_leaves_the_mail_to_another(
    session: Session, topic: Topic, post: Post, work: Work
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    with time_machine.travel(LATER, tick=False), transaction(wake=False) as writing:
        assert queue.take_up(writing, now=LATER) is not None  # And then nothing more is heard.
    assert post(at=LATER + queue.LEASE - timedelta(seconds=1)) == []
    assert len(post(at=LATER + queue.LEASE)) == 1


def test_news_that_come_while_a_mail_leaves_are_not_forgotten(
    session: Session, topic: Topic, post: Post, work: Work
) -> None:
    helper = make_customer(session)
    make_reply(session, author=helper, topic=topic, body="First")

    class Interrupted(Broken):
        def deliver(self, message: EmailMessage) -> None:
            make_reply(session, author=helper, topic=topic, body="Second")
            work()

    post(transport=Interrupted(LaterError("unused")))
    assert states(session) == [MailState.SENT, MailState.QUEUED]
    (mail,) = post(at=LATER + timedelta(minutes=3))
    assert "> Second" in part(mail, "plain")
    assert "First" not in part(mail, "plain")


def test_two_workers_never_take_up_the_same_mail(app: Flask, session: Session) -> None:
    for _ in range(20):
        asker = make_customer(session)
        queue.ask_for_news(session, [asker.id], "topic:1", now=NOW - timedelta(hours=1))
    session.commit()
    taken: list[int] = []

    def take() -> None:
        with app.app_context():
            while True:
                with transaction(wake=False) as writing:
                    mail = queue.take_up(writing, now=NOW)
                if mail is None:
                    break
                taken.append(mail.id)
            db.session.remove()

    workers = [threading.Thread(target=take) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(taken) == len(set(taken)) == 20


def test_a_site_without_mail_lets_none_pile_up(session: Session, topic: Topic, work: Work) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    with time_machine.travel(LATER, tick=False):
        worker.send_mail()
    assert states(session) == [MailState.DROPPED]
    assert session.scalars(select(Notice.mailed_at)).one() is None
    assert utc_now() == NOW
