"""Ideas, reviews and use cases: what they hold, how they are ordered, and who hears of what."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.adoption.service import Fact, record
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.forum import ideas, verdicts
from portal.forum.models import IdeaStatus, Post, Topic, TopicKind
from portal.forum.paths import path_of_topic
from portal.notifications.models import Notice
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]


def make_idea(session: Session, title: str = "Dark mode", *, author: User | None = None) -> Topic:
    return make_topic(session, author=author or make_customer(session), title=title, kind=TopicKind.IDEA)


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


def vote(session: Session, topic: Topic, *voters: User) -> None:
    post_id = opening_of(session, topic).id
    for voter in voters:
        verdicts.vote(session, actor=actor_of(voter), post_id=post_id, now=NOW)
    session.commit()


def ship(session: Session, topic: Topic, actor: Actor | None = None, **values: object) -> Topic:
    fields: dict[str, object] = {"status": IdeaStatus.SHIPPED, "note": ""}
    return ideas.set_status(
        session,
        actor=actor or actor_of(make_user(session)),
        topic_id=topic.id,
        now=NOW,
        **(fields | values),  # type: ignore[arg-type]  # Values are arguments.
    )


def test_the_most_wanted_come_first_page_by_page(session: Session) -> None:
    voters = [make_customer(session) for _ in range(3)]
    topics = [make_idea(session, f"Idea {number}") for number in range(5)]
    make_topic(session, author=voters[0])
    for topic, count in zip(topics, (1, 3, 0, 3, 2), strict=True):
        vote(session, topic, *voters[:count])

    seen: list[str] = []
    after = None
    while True:
        page = ideas.ideas_for(session, VISITOR, after=after, size=2)
        seen += [topic.title for topic in page.rows]
        if page.next_cursor is None:
            break
        votes, number = page.next_cursor.split("-")
        after = int(votes), int(number)

    assert seen == ["Idea 3", "Idea 1", "Idea 4", "Idea 0", "Idea 2"]


def test_a_vote_taken_back_counts_no_more(session: Session) -> None:
    topic, voter = make_idea(session), make_customer(session)
    vote(session, topic, voter)
    verdicts.withdraw_vote(session, actor=actor_of(voter), post_id=opening_of(session, topic).id)
    session.commit()
    assert session.get_one(Topic, topic.id).vote_count == 0


def test_votes_for_replies_are_not_votes_for_the_idea(session: Session) -> None:
    topic = make_idea(session)
    post = make_reply(session, author=make_customer(session), topic=topic)
    verdicts.vote(session, actor=actor_of(make_customer(session)), post_id=post.id, now=NOW)
    session.commit()
    assert session.get_one(Topic, topic.id).vote_count == 0


def test_ideas_of_a_status_are_those_of_it_that_one_may_see(session: Session) -> None:
    make_idea(session, "Not yet")
    shipped = make_idea(session, "Shipped")
    ship(session, shipped)
    hidden = make_topic(
        session,
        author=make_user(session),
        board=make_board(session, audience=STAFF),
        kind=TopicKind.IDEA,
    )
    ship(session, hidden)
    session.commit()

    assert list(ideas.ideas_for(session, VISITOR, status=IdeaStatus.SHIPPED).rows) == [shipped]


def test_a_status_is_for_ideas_and_from_staff(session: Session) -> None:
    author = make_customer(session)
    idea, question = make_idea(session, author=author), make_topic(session, author=author)
    with pytest.raises(ForbiddenError):
        ship(session, idea, actor_of(author))
    with pytest.raises(ConflictError):
        ship(session, question)
    with pytest.raises(InvalidError):
        ship(session, idea, status=IdeaStatus.NOT_PLANNED, note=" ")


def test_who_wants_it_hears_once_that_it_is_there(session: Session, work: Callable[[], None]) -> None:
    author, voter, same, searcher, stranger = (make_customer(session) for _ in range(5))
    topic = make_idea(session, author=author)
    vote(session, topic, voter)
    again = make_idea(session, "Black mode", author=same)
    again.duplicate_of_id = topic.id
    opened = Fact(
        kind="search.result_opened",
        key="opened",
        occurred_at=NOW,
        user_id=searcher.id,
        account_id=searcher.account_id,
        subject=f"topic:{topic.id}",
    )
    record(session, [opened], now=NOW)
    session.commit()
    for status in (IdeaStatus.SHIPPED, IdeaStatus.IN_PROGRESS, IdeaStatus.SHIPPED):
        ship(session, topic, status=status)
        session.commit()
        work()

    told = session.scalars(select(Notice.user_id).where(Notice.kind == "idea_shipped")).all()
    assert sorted(told) == sorted([author.id, voter.id, same.id, searcher.id])
    assert stranger.id not in told


@pytest.mark.parametrize(
    ("kind", "signal"),
    [
        (TopicKind.IDEA, "idea.posted"),
        (TopicKind.REVIEW, "review.posted"),
        (TopicKind.USE_CASE, "use_case.published"),
    ],
)
def test_each_kind_is_a_signal_of_its_own(
    session: Session, browser_of: Browse, work: Callable[[], None], kind: TopicKind, signal: str
) -> None:
    author, board = make_customer(session), make_board(session)
    form = {"title": "It works", "body": "Very well.", "board": board.slug, "kind": kind, "rating": "4"}

    assert browser_of(author).post("/community/topics/new", data=form).status_code == 303
    work()
    topic = session.scalars(select(Topic)).one()
    vote(session, topic, make_customer(session))
    work()

    kinds = session.scalars(select(Signal.kind).order_by(Signal.id)).all()
    voted = "idea.voted" if kind is TopicKind.IDEA else "post.voted"
    assert kinds == [signal, voted, "post.was_voted"]
    assert topic.rating == (4 if kind is TopicKind.REVIEW else None)


def test_a_review_has_stars_and_says_who_speaks(session: Session, browser_of: Browse) -> None:
    browser, board = browser_of(make_customer(session)), make_board(session)
    form = {
        "title": "A year with it",
        "body": "It prints.",
        "board": board.slug,
        "kind": "review",
        "writer_role": "I plan routes",
    }
    refused = browser.post("/community/topics/new", data=form)
    assert refused.status_code == 422
    assert "Choose from one to five stars." in refused.text
    assert 'value="I plan routes"' in refused.text

    page = browser.get(browser.post("/community/topics/new", data=form | {"rating": "5"}).location).text
    assert "★★★★★" in page
    assert "I plan routes" in page


def test_a_question_begins_with_the_template_of_its_board(session: Session, browser_of: Browse) -> None:
    board = make_board(session, slug="printing")
    board.templates = {"en": "Printer model:"}
    session.commit()
    browser = browser_of(make_customer(session))

    page = browser.get("/community/topics/new?board=printing").text.replace("\r", "")
    assert ">\nPrinter model:</textarea>" in page
    assert (
        "Printer model:</textarea>" not in browser.get("/community/topics/new?board=printing&kind=idea").text
    )
    assert 'data-template="Printer model:"' in browser.get("/community/topics/new").text


def test_the_pages_of_ideas(session: Session, browser_of: Browse, client: FlaskClient) -> None:
    topic = make_idea(session)
    staff = browser_of(make_user(session))
    assert "Dark mode" in client.get("/community/topics/ideas").text
    assert client.get("/community/topics/ideas?status=nonsense&after=x").status_code == 200

    sent = staff.post(
        f"/community/topics/{topic.id}/status", data={"status": "planned", "note": "In the spring."}
    )

    assert sent.location == path_of_topic(topic)
    page = client.get(path_of_topic(topic)).text
    assert "Planned" in page
    assert "In the spring." in page
    assert "Dark mode" in client.get("/community/topics/ideas?status=planned").text
    assert "Dark mode" not in client.get("/community/topics/ideas?status=shipped").text
