"""Posts are changed, taken back and put there again; nothing that was said is lost."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR
from portal.accounts.models import User
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.forum import editing, queries, queues, verdicts
from portal.forum.editing import StaleEditError
from portal.forum.models import Post, Topic
from portal.forum.service import Draft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic


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


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


def edit(session: Session, user: User, post: Post, body: str, *, title: str = "", edition: int = 1) -> Post:
    return editing.edit_post(
        session,
        actor=actor_of(user),
        post_id=post.id,
        draft=Draft(title=title, body=body),
        edition=edition,
        now=NOW,
    )


def findable(session: Session, key: str) -> SearchDocument | None:
    session.flush()
    query = select(SearchDocument).where(SearchDocument.key == key, SearchDocument.is_removed.is_(False))
    return session.scalar(query.execution_options(populate_existing=True))


def test_a_changed_post_keeps_what_it_said(session: Session, helper: User, answer: Post) -> None:
    edit(session, helper, answer, "Turn it **on**.")
    edit(session, helper, answer, "Turn it on again.", edition=2)

    (second, first) = editing.changes_for(session, actor_of(helper), answer)
    said = [[line.parts for line in (row.before, row.after)] for row in first.differences["body"]]  # type: ignore[union-attr]  # Each row has both.

    assert (answer.edition, answer.body_text, answer.edited_at) == (3, "Turn it on again.", NOW)
    assert second.author == first.author == helper
    assert "".join(text for text, _ in said[0][0]) == "Turn it off and on."
    assert "".join(text for text, _ in said[0][1]) == "Turn it **on**."
    found = findable(session, f"post:{answer.id}")
    assert found is not None
    assert found.body == "Turn it on again."


def test_a_changed_question_has_another_title_and_address(
    session: Session, asker: User, topic: Topic
) -> None:
    opening = opening_of(session, topic)

    edit(session, asker, opening, opening.body, title="ラベルを印刷できません")

    assert (topic.title, topic.slug, topic.language) == (
        "ラベルを印刷できません",
        "ラベルを印刷できません",
        "ja",
    )
    assert findable(session, f"topic:{topic.id}").title == topic.title  # type: ignore[union-attr]  # It is there.


def test_the_same_text_again_is_no_change(session: Session, helper: User, answer: Post) -> None:
    edit(session, helper, answer, answer.body)

    assert (answer.edition, answer.edited_at) == (1, None)


def test_who_wrote_on_an_old_text_loses_nothing_and_overwrites_nothing(
    session: Session, helper: User, answer: Post
) -> None:
    edit(session, helper, answer, "Mine, in one window.")

    with pytest.raises(StaleEditError):
        edit(session, helper, answer, "Mine, in another window.")

    assert answer.body == "Mine, in one window."


def test_nobody_else_changes_a_text_but_staff(
    session: Session, asker: User, helper: User, answer: Post
) -> None:
    with pytest.raises(ForbiddenError):
        edit(session, asker, answer, "I know better.")

    edit(session, make_user(session), answer, "Without the telephone number.")

    with pytest.raises(ForbiddenError):
        editing.changes_for(session, actor_of(asker), answer)
    (change,) = editing.changes_for(session, actor_of(helper), answer)
    assert change.author.is_staff


@pytest.mark.parametrize(("title", "body", "field"), [(" ", "x", "title"), ("x", "\n", "body")])
def test_a_question_is_not_emptied(
    session: Session, asker: User, topic: Topic, title: str, body: str, field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        edit(session, asker, opening_of(session, topic), body, title=title)

    assert refused.value.field == field


def test_a_removed_reply_is_gone_for_others_and_comes_back(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    session.flush()

    assert (topic.answer_count, topic.is_solved) == (0, False)
    assert findable(session, f"post:{answer.id}") is None
    assert findable(session, f"topic:{topic.id}").is_solved is False  # type: ignore[union-attr]  # It is there.
    for reader in (VISITOR, actor_of(asker)):
        assert not read_topic(session, reader, topic.id).replies
        with pytest.raises(NotFoundError):
            queries.post_for(session, reader, answer.id)
    for reader in (actor_of(helper), actor_of(make_user(session))):
        assert read_topic(session, reader, topic.id).replies == [answer]

    editing.restore_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    session.flush()

    assert topic.answer_count == 1
    assert findable(session, f"post:{answer.id}") is not None
    page = read_topic(session, VISITOR, topic.id)
    assert (page.accepted, topic.is_solved) == (answer, True)
    assert findable(session, f"topic:{topic.id}").is_solved is True  # type: ignore[union-attr]  # It is there.


def test_removing_and_restoring_twice_counts_once(
    session: Session, helper: User, topic: Topic, answer: Post
) -> None:
    for _ in range(2):
        editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    assert topic.answer_count == 0
    for _ in range(2):
        editing.restore_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    assert topic.answer_count == 1


def test_a_question_nobody_has_answered_can_be_taken_back(
    session: Session, asker: User, topic: Topic
) -> None:
    actor = actor_of(asker)
    editing.remove_post(session, actor=actor, post_id=opening_of(session, topic).id, now=NOW)
    session.flush()

    assert queues.topics_for(session, actor, queue="mine").rows == []
    assert findable(session, f"topic:{topic.id}") is None
    with pytest.raises(NotFoundError):
        queries.topic_for(session, VISITOR, topic.id)
    assert queries.topic_for(session, actor, topic.id) == topic

    editing.restore_post(session, actor=actor, post_id=opening_of(session, topic).id, now=NOW)
    session.flush()

    assert queries.topic_for(session, VISITOR, topic.id) == topic
    assert findable(session, f"topic:{topic.id}") is not None


def test_an_answered_question_belongs_to_those_who_answered_too(
    session: Session, asker: User, topic: Topic, answer: Post
) -> None:
    opening = opening_of(session, topic)
    with pytest.raises(ForbiddenError):
        editing.remove_post(session, actor=actor_of(asker), post_id=opening.id, now=NOW)

    staff = actor_of(make_user(session))
    editing.remove_post(session, actor=staff, post_id=opening.id, now=NOW)
    session.flush()

    assert findable(session, f"post:{answer.id}") is None
    with pytest.raises(ForbiddenError):
        editing.restore_post(session, actor=actor_of(asker), post_id=opening.id, now=NOW)
    editing.restore_post(session, actor=staff, post_id=opening.id, now=NOW)
    assert findable(session, f"post:{answer.id}") is not None


def test_a_reply_that_was_removed_stays_so_when_its_topic_comes_back(
    session: Session, helper: User, topic: Topic, answer: Post
) -> None:
    staff = actor_of(make_user(session))
    opening = opening_of(session, topic)
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    editing.remove_post(session, actor=staff, post_id=opening.id, now=NOW)
    editing.restore_post(session, actor=staff, post_id=opening.id, now=NOW)

    assert findable(session, f"post:{answer.id}") is None
    assert topic.answer_count == 0


def test_only_who_may_put_a_post_back_is_offered_to(
    session: Session, browser_of: Callable[[User], FlaskClient], helper: User, topic: Topic, answer: Post
) -> None:
    staff = make_user(session)

    def is_offered(reader: User) -> bool:
        page = browser_of(reader).get(f"/community/topics/{topic.id}-{topic.slug}").text
        return "Put it back" in page

    editing.remove_post(session, actor=actor_of(staff), post_id=answer.id, now=NOW)
    session.commit()
    assert (is_offered(helper), is_offered(staff)) == (False, True)

    editing.restore_post(session, actor=actor_of(staff), post_id=answer.id, now=NOW)
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    session.commit()
    assert (is_offered(helper), is_offered(staff)) == (True, True)
