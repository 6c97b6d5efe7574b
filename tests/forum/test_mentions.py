"""People are named and quoted; who is named hears of it, if they may read it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR
from portal.accounts.models import User
from portal.core.errors import ForbiddenError
from portal.forum import mentions, service
from portal.forum.models import Topic
from portal.forum.paths import path_of_topic
from portal.notifications.models import Notice
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Kim Sato")


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    board = make_board(session, audience=frozenset({f"account:{asker.account_id}"}))
    return make_topic(session, author=asker, board=board)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("Ask [@Kim](/people/3) or [@李](/people/12), [@Kim](/people/3)!", [3, 12]),
        ("[Kim](/people/3) [@Kim](/people/x) [@Kim](https://a.test/people/3) @Kim", []),
        ("[@](/people/3) [@a\nb](/people/3)", []),
        (" ".join(f"[@x](/people/{number})" for number in range(1, 40)), list(range(1, 21))),
    ],
)
def test_who_is_named(body: str, named: list[int]) -> None:
    assert mentions.named_in(body) == named


@pytest.mark.parametrize("name", ["Kim Sato", "木村 千佳", "K]i[m\\"])
def test_what_names_a_person_is_read_as_that(session: Session, name: str) -> None:
    person = make_customer(session, name=name)
    assert mentions.named_in(f"Thanks, {mentions.mention_of(person)}!") == [person.id]


def test_only_readers_of_the_topic_are_proposed_and_writers_first(
    session: Session, asker: User, topic: Topic
) -> None:
    make_customer(session, name="Kira Stranger")
    colleague = make_user(session, account=asker.account, name="Kia Colleague")
    staff = make_user(session, name="Kiwi Staff")
    make_reply(session, author=staff, topic=topic)

    people = mentions.people_to_name_for(session, actor_of(asker), topic.id, beginning="ki")

    assert people == [staff, colleague]
    with pytest.raises(ForbiddenError):
        public = make_topic(session, author=asker)
        mentions.people_to_name_for(session, VISITOR, public.id, beginning="ki")


def test_who_is_named_and_may_read_it_hears_once(
    session: Session, asker: User, topic: Topic, work: Callable[[], None]
) -> None:
    colleague = make_user(session, account=asker.account)
    stranger = make_customer(session)
    names = " ".join(mentions.mention_of(person) for person in (colleague, colleague, stranger, asker))
    post = make_reply(session, author=asker, topic=topic, body=f"Do you know, {names}?")
    service.comment(
        session, actor=actor_of(asker), post_id=post.id, body=mentions.mention_of(colleague), now=NOW
    )
    session.commit()
    work()

    told = session.scalars(select(Notice.user_id).where(Notice.kind == "mention")).all()
    assert told == [colleague.id, colleague.id]


def test_the_list_for_completion(
    session: Session, asker: User, topic: Topic, browser_of: Browse, client: FlaskClient
) -> None:
    staff = make_user(session, name="Kiwi Staff")
    path = f"/community/topics/{topic.id}/people?q=Kiw"
    assert browser_of(asker).get(path).json == {
        "people": [{"name": "Kiwi Staff", "text": f"[@Kiwi Staff](/people/{staff.id})"}]
    }
    assert browser_of(make_customer(session)).get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_a_reply_begins_with_what_it_quotes(
    session: Session, asker: User, topic: Topic, browser_of: Browse
) -> None:
    post = make_reply(session, author=make_user(session, name="Kiwi"), topic=topic, body="One.\n\nTwo.")
    elsewhere = make_reply(session, author=asker, topic=make_topic(session, author=asker), body="Elsewhere")
    browser, path = browser_of(asker), path_of_topic(topic)

    page = browser.get(f"{path}?quote={post.id}").text.replace("\r", "")
    assert f"[@Kiwi](/people/{post.author_id}) wrote:\n\n&gt; One.\n&gt; \n&gt; Two.\n" in page
    assert "&gt; Elsewhere" not in browser.get(f"{path}?quote={elsewhere.id}").text
    assert browser.get(f"{path}?quote=x").status_code == 200
    assert browser.get(f"{path}?quote=424242").status_code == 404
