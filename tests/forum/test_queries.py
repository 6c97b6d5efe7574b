from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, Audience
from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.core.paging import Cursor
from portal.forum import queries, queues, service, verdicts
from portal.forum.models import Topic, TopicKind
from portal.forum.nod_models import Nod
from portal.forum.paths import path_of_post
from portal.forum.reading import POSTS_A_PAGE, page_of
from portal.forum.service import Draft
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


def make_replies(session: Session, topic: Topic, author: User, count: int) -> None:
    for number in range(count):
        draft = Draft(body=f"Reply {number}")
        service.write_post(session, topic=topic, author_id=author.id, account_id=None, draft=draft, at=NOW)
    session.commit()


@given(position=st.integers(min_value=2, max_value=10_000))
def test_a_page_holds_so_many_replies(position: int) -> None:
    assert page_of(position + POSTS_A_PAGE) == page_of(position) + 1
    assert page_of(position) <= page_of(position + 1)


def test_the_question_stands_on_the_first_page() -> None:
    assert [page_of(position) for position in (1, 2, POSTS_A_PAGE + 1, POSTS_A_PAGE + 2)] == [1, 1, 1, 2]


def test_links_land_on_the_page_with_the_post(session: Session, asker: User) -> None:
    topic = make_topic(session, author=asker)
    make_replies(session, topic, asker, POSTS_A_PAGE + 1)
    seen: list[int | None] = []
    for number in (1, 2):
        page = read_topic(session, VISITOR, topic.id, number=number)
        seen += [post.position for post in page.replies]
        suffix = "?page=2" if number == 2 else ""
        for post in page.replies:
            assert path_of_post(topic, post).endswith(f"{topic.slug}{suffix}#post-{post.id}")
    assert seen == list(range(2, POSTS_A_PAGE + 3))
    assert page.pages == 2


def test_the_solution_stands_under_the_question_and_not_again(session: Session, asker: User) -> None:
    topic = make_topic(session, author=asker)
    make_replies(session, topic, asker, POSTS_A_PAGE + 1)
    solution = read_topic(session, VISITOR, topic.id, number=2).replies[-1]
    verdicts.settle(session, topic=topic, answer=solution, at=NOW)
    session.commit()

    first, second = (read_topic(session, VISITOR, topic.id, number=n) for n in (1, 2))

    assert first.accepted is solution
    assert solution not in first.replies
    assert (second.accepted, list(second.replies)) == (None, [solution])


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_there_are_no_other_pages(session: Session, asker: User, number: int) -> None:
    topic = make_topic(session, author=asker)

    with pytest.raises(NotFoundError):
        read_topic(session, VISITOR, topic.id, number=number)


def walk(session: Session, actor: Actor, *, queue: str = "all", size: int = 3) -> list[str]:
    """Follow the pages of a list to its end."""
    titles: list[str] = []
    after = ""
    while True:
        page = queues.topics_for(session, actor, queue=queue, after=Cursor.decode(after), size=size)
        titles += [topic.title for topic in page.rows]
        if page.next_cursor is None:
            return titles
        after = page.next_cursor


def test_a_walk_through_the_pages_meets_every_topic_once(session: Session, asker: User) -> None:
    board = make_board(session)
    for number in range(10):
        at = NOW + timedelta(minutes=number // 4)
        make_topic(session, author=asker, board=board, title=f"Topic {number}", now=at)

    assert walk(session, VISITOR) == [f"Topic {number}" for number in reversed(range(10))]
    assert walk(session, VISITOR, size=5) == walk(session, VISITOR, size=100)


def test_a_topic_posted_meanwhile_shifts_no_page(session: Session, asker: User) -> None:
    board = make_board(session)
    for number in range(4):
        make_topic(session, author=asker, board=board, title=f"Topic {number}")
    first = queues.topics_for(session, VISITOR, size=2)
    make_topic(session, author=asker, board=board, title="New", now=NOW + timedelta(hours=1))

    second = queues.topics_for(session, VISITOR, after=Cursor.decode(first.next_cursor or ""), size=2)

    assert [topic.title for topic in second.rows] == ["Topic 1", "Topic 0"]


def test_the_queues(session: Session, asker: User) -> None:
    board, helper = make_board(session), make_customer(session)
    silent = make_topic(session, author=asker, board=board, title="Silent")
    answered = make_topic(session, author=asker, board=board, title="Answered")
    make_reply(session, author=helper, topic=answered)
    solved = make_topic(session, author=helper, board=board, title="Solved")
    verdicts.settle(session, topic=solved, answer=make_reply(session, author=asker, topic=solved), at=NOW)
    make_topic(session, author=asker, board=board, title="Talk", kind=TopicKind.DISCUSSION)
    session.commit()

    def queue(name: str, actor: Actor = VISITOR) -> set[str]:
        return set(walk(session, actor, queue=name))

    assert silent.answer_count == 0
    assert queue("unanswered") == {"Silent"}
    assert queue("unsolved") == {"Silent", "Answered"}
    assert queue("solved") == {"Solved"}
    assert queue("mine", actor_of(asker)) == {"Silent", "Answered", "Talk"}
    assert queue("mine") == set()
    assert queue("made up") == queue("all") == {"Silent", "Answered", "Solved", "Talk"}


@pytest.mark.parametrize(
    ("audience", "seen"),
    [
        (PUBLIC, ["visitor", "customer", "staff"]),
        (SIGNED_IN, ["customer", "staff"]),
        (STAFF, ["staff"]),
        (frozenset({"plan:team"}), ["customer", "staff"]),
        (frozenset({"plan:business"}), ["staff"]),
    ],
)
def test_a_boards_audience_is_that_of_all_it_holds(
    session: Session, audience: Audience, seen: list[str]
) -> None:
    staff, board = make_user(session), make_board(session, audience=audience)
    topic = make_topic(session, author=staff, board=board)
    post = make_reply(session, author=staff, topic=topic)
    actors = {
        "visitor": VISITOR,
        "customer": actor_of(make_customer(session)),
        "staff": actor_of(staff),
    }
    for name, actor in actors.items():
        visible = [topic] if name in seen else []
        assert list(queries.boards_for(session, actor)) == [topic.board for topic in visible]
        assert list(queues.topics_for(session, actor).rows) == visible
        assert list(queries.topics_of_person_for(session, actor, staff.id)) == visible
        assert queries.topic_counts_for(session, actor) == ({board.id: 1} if visible else {})
        if visible:
            assert queries.post_for(session, actor, post.id) is post
            continue
        with pytest.raises(NotFoundError):
            queries.board_for(session, actor, board.slug)
        with pytest.raises(NotFoundError):
            read_topic(session, actor, topic.id)
        with pytest.raises(NotFoundError):
            queries.post_for(session, actor, post.id)


def test_readers_see_what_they_voted_for(session: Session, asker: User) -> None:
    topic = make_topic(session, author=asker)
    post, _other = (make_reply(session, author=asker, topic=topic) for _ in range(2))
    voter = actor_of(make_customer(session))
    verdicts.vote(session, actor=voter, post_id=post.id, now=NOW)
    session.commit()

    assert read_topic(session, voter, topic.id).given[Nod.VOTE] == {post.id}
    assert not read_topic(session, actor_of(asker), topic.id).given[Nod.VOTE]
    assert not read_topic(session, VISITOR, topic.id).given[Nod.VOTE]
