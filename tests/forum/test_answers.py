"""Several solutions, comments under posts, and answers that the vendor stands behind."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.forum import editing, moderation, queries, service, trail, verdicts
from portal.forum.models import Post, Topic
from portal.forum.moderation import Mark
from portal.forum.paths import path_of_topic
from portal.notifications.models import Notice
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Kim Sato")


@pytest.fixture
def helper(session: Session) -> User:
    return make_customer(session, name="Lee Park")


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


@pytest.fixture
def answer(session: Session, helper: User, topic: Topic) -> Post:
    return make_reply(session, author=helper, topic=topic)


def comment(session: Session, user: User, post: Post, body: str = "Which menu?") -> Post:
    made = service.comment(session, actor=actor_of(user), post_id=post.id, body=body, now=NOW)
    session.commit()
    return made


def found(session: Session) -> set[str]:
    session.flush()
    return set(session.scalars(select(SearchDocument.key).where(SearchDocument.is_removed.is_(False))))


def is_found_as_solved(session: Session, topic: Topic) -> bool:
    query = select(SearchDocument.is_solved).where(SearchDocument.key == f"topic:{topic.id}")
    return bool(session.scalar(query))


def test_the_first_solution_stands_first_until_another_is_preferred(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    actor, second = actor_of(asker), make_reply(session, author=helper, topic=topic, body="Or this.")
    for post in (answer, second, answer):
        verdicts.accept_answer(session, actor=actor, post_id=post.id, now=NOW)
    assert (topic.accepted_post_id, second.is_accepted) == (answer.id, True)

    verdicts.prefer_answer(session, actor=actor, post_id=second.id)
    assert topic.accepted_post_id == second.id

    verdicts.withdraw_acceptance(session, actor=actor, post_id=second.id, now=NOW)
    assert (topic.accepted_post_id, is_found_as_solved(session, topic)) == (answer.id, True)
    with pytest.raises(ConflictError):
        verdicts.prefer_answer(session, actor=actor, post_id=second.id)

    verdicts.withdraw_acceptance(session, actor=actor, post_id=answer.id, now=NOW)
    assert not topic.is_solved
    assert not is_found_as_solved(session, topic)


def test_a_solution_that_is_removed_is_none(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    second = make_reply(session, author=helper, topic=topic)
    for post in (answer, second):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)

    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)

    assert (topic.accepted_post_id, answer.is_accepted) == (second.id, False)


def test_staff_say_why_they_choose_for_the_asker(session: Session, topic: Topic, answer: Post) -> None:
    staff = actor_of(make_user(session))
    verdicts.accept_answer(
        session, actor=staff, post_id=answer.id, reason=" The asker thanked for it. ", now=NOW
    )
    session.flush()

    (act,) = trail.acts_for(session, staff, topic)
    assert (act.kind, act.data) == ("accepted", {"reason": "The asker thanked for it."})


def test_comments_stand_below_their_post_and_count_as_no_answers(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    first = comment(session, asker, answer)
    second = comment(session, helper, first, "The left one.")

    page = read_topic(session, VISITOR, topic.id)

    assert page.comments == {answer.id: [first, second]}
    assert page.replies == [answer]
    assert (topic.answer_count, topic.last_position) == (1, 2)
    assert found(session) >= {f"post:{first.id}", f"post:{second.id}"}
    with pytest.raises(ConflictError):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=second.id, now=NOW)


def test_who_took_part_hears_of_a_comment(
    session: Session, asker: User, helper: User, answer: Post, work: Callable[[], None]
) -> None:
    third = make_customer(session)
    for person in (asker, third, helper):
        comment(session, person, answer)
    work()

    told = session.scalars(select(Notice.user_id).where(Notice.kind == "comment").order_by(Notice.id)).all()
    assert told == [helper.id, *sorted([helper.id, asker.id]), *sorted([asker.id, third.id])]
    kinds = session.scalars(select(Signal.kind).where(Signal.user_id == third.id)).all()
    assert kinds == ["reply.posted"]


@pytest.mark.parametrize("body", [" \n", "x" * (service.LONGEST_COMMENT + 1)])
def test_an_empty_or_long_comment_is_refused(session: Session, asker: User, answer: Post, body: str) -> None:
    with pytest.raises(InvalidError):
        comment(session, asker, answer, body)


def test_no_comments_in_a_closed_topic(session: Session, asker: User, topic: Topic, answer: Post) -> None:
    staff = actor_of(make_user(session))
    moderation.mark_topic(session, actor=staff, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW)
    with pytest.raises(ForbiddenError):
        comment(session, asker, answer)


def test_comments_go_and_come_with_their_post(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    kept, taken_back = comment(session, asker, answer), comment(session, asker, answer)
    editing.remove_post(session, actor=actor_of(asker), post_id=taken_back.id, now=NOW)
    assert topic.answer_count == 1
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)

    assert found(session) == {f"topic:{topic.id}"}
    with pytest.raises(NotFoundError):
        queries.post_for(session, actor_of(make_customer(session)), kept.id)

    editing.restore_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    assert found(session) == {f"topic:{topic.id}", f"post:{answer.id}", f"post:{kept.id}"}
    assert read_topic(session, VISITOR, topic.id).comments == {answer.id: [kept]}


def test_comments_move_with_their_post(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    staff, said = actor_of(make_user(session)), comment(session, asker, answer)
    make_reply(session, author=helper, topic=topic)

    fresh = moderation.split_topic(
        session, actor=staff, topic_id=topic.id, post_ids={answer.id}, title="Menus", now=NOW
    )
    assert (fresh.answer_count, topic.answer_count) == (0, 1)
    assert read_topic(session, VISITOR, fresh.id).comments == {answer.id: [said]}

    moderation.merge_topics(session, actor=staff, topic_id=fresh.id, into_id=topic.id, now=NOW)
    assert topic.answer_count == 2
    assert read_topic(session, VISITOR, topic.id).comments == {answer.id: [said]}


def test_staff_stand_behind_an_answer(
    session: Session, asker: User, answer: Post, browser_of: Browse, client: FlaskClient, topic: Topic
) -> None:
    with pytest.raises(ForbiddenError):
        verdicts.make_official(session, actor=actor_of(asker), post_id=answer.id, is_official=True, now=NOW)
    session.rollback()
    path = f"/community/posts/{answer.id}/officiality"

    assert browser_of(make_user(session)).post(path).status_code == 303
    assert "Official answer" in client.get(path_of_topic(topic)).text
    browser_of(make_user(session)).post(path, data={"_method": "delete"})
    assert "Official answer" not in client.get(path_of_topic(topic)).text


def test_the_pages_of_comments(
    browser_of: Browse, client: FlaskClient, asker: User, topic: Topic, answer: Post
) -> None:
    browser, path = browser_of(asker), f"/community/posts/{answer.id}/comments"
    assert answer.body in browser.get(path).text

    long = "y" * (service.LONGEST_COMMENT + 1)
    refused = browser.post(path, data={"body": long})
    assert refused.status_code == 422
    assert long in refused.text

    short = browser.post(path, data={"body": "In *which* menu?"})
    landed = client.get(short.location)
    assert landed.location == f"{path_of_topic(topic)}#post-{short.location.rpartition('/')[2]}"
    assert "In <em>which</em> menu?" in client.get(path_of_topic(topic)).text


def test_an_answer_that_was_removed_is_not_accepted(
    session: Session, browser_of: Browse, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    session.commit()
    browser, path = browser_of(make_user(session)), f"/community/posts/{answer.id}/acceptance"

    assert path not in browser.get(path_of_topic(topic)).text
    assert browser.post(path).status_code == 403
    editing.restore_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    session.commit()
    assert path in browser.get(path_of_topic(topic)).text


def test_one_of_several_solutions_is_shown_first(
    session: Session, browser_of: Browse, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    second = make_reply(session, author=helper, topic=topic, body="The better one.")
    browser = browser_of(asker)
    for post in (answer, second):
        browser.post(f"/community/posts/{post.id}/acceptance")
    page = browser.get(path_of_topic(topic)).text
    assert page.count("Accepted answer") == 2
    assert page.index(answer.body) < page.index(second.body)

    browser.post(f"/community/posts/{second.id}/acceptance", data={"primary": "yes"})
    page = browser.get(path_of_topic(topic)).text
    assert page.index(second.body) < page.index(answer.body)
