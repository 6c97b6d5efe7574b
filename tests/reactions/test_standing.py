"""What rests on posts counts as long as they stand."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.sanctions import SanctionKind
from portal.adoption.models import Signal
from portal.core import outbox
from portal.forum import editing, expulsion, moderation, nods, service, verdicts
from portal.forum.models import Post, Topic
from portal.forum.nod_models import Nod
from portal.onboarding.models import ChecklistStep
from portal.onboarding.rules import Proof
from portal.reactions.table import REACTIONS
from tests.factories import NOW, actor_of, make_customer, make_reply, make_topic, make_user
from tests.onboarding.factories import draft, make_checklist

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def helper(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


@pytest.fixture
def answer(session: Session, topic: Topic, asker: User, helper: User) -> Post:
    """An accepted answer with a vote."""
    post = make_reply(session, author=helper, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)
    verdicts.vote(session, actor=actor_of(asker), post_id=post.id, now=NOW)
    session.commit()
    return post


ALL = {
    "question.asked",
    "answer.posted",
    "answer.accepted",
    "answer.was_accepted",
    "post.voted",
    "post.was_voted",
}


def counting(session: Session) -> set[str]:
    """Deliver all news; return the kinds of signals that count."""
    session.commit()
    outbox.drain(REACTIONS)
    session.rollback()
    return set(session.scalars(select(Signal.kind).where(Signal.left_out_as.is_(None))))


def test_an_answer_that_is_removed_takes_its_signals_with_it_until_it_is_back(
    session: Session, staff: User, answer: Post
) -> None:
    assert counting(session) == ALL

    editing.remove_post(session, actor=actor_of(staff), post_id=answer.id, now=LATER)
    assert counting(session) == {"question.asked"}
    reasons = select(Signal.data).where(Signal.voids_id.is_not(None))
    assert {row["reason"] for row in session.scalars(reasons)} == {"removed", "withdrawn"} - {"withdrawn"}

    editing.restore_post(session, actor=actor_of(staff), post_id=answer.id, now=LATER)
    assert counting(session) == ALL


def test_a_question_that_is_removed_takes_its_answers_along(
    session: Session, staff: User, topic: Topic, answer: Post
) -> None:
    opening = session.scalars(select(Post.id).where(Post.topic_id == topic.id, Post.position == 1)).one()
    counting(session)

    editing.remove_post(session, actor=actor_of(staff), post_id=opening, now=LATER)
    assert counting(session) == set()

    editing.restore_post(session, actor=actor_of(staff), post_id=opening, now=LATER)
    assert counting(session) == ALL


def test_a_comment_goes_and_comes_with_what_it_is_about(
    session: Session, staff: User, asker: User, answer: Post
) -> None:
    service.comment(session, actor=actor_of(asker), post_id=answer.id, body="Thank you!", now=LATER)
    assert "reply.posted" in counting(session)

    editing.remove_post(session, actor=actor_of(staff), post_id=answer.id, now=LATER)
    assert counting(session) == {"question.asked"}

    editing.restore_post(session, actor=actor_of(staff), post_id=answer.id, now=LATER)
    assert counting(session) == ALL | {"reply.posted"}


def test_an_acceptance_that_is_taken_back_is_none(session: Session, asker: User, answer: Post) -> None:
    counting(session)
    verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer.id, now=LATER)
    assert counting(session) == ALL - {"answer.accepted", "answer.was_accepted"}
    reasons = select(Signal.data).where(Signal.voids_id.is_not(None))
    assert {row["reason"] for row in session.scalars(reasons)} == {"withdrawn"}

    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=LATER)
    assert counting(session) == ALL


def test_a_sanction_hides_what_someone_wrote_and_lifting_it_brings_it_back(
    session: Session, staff: User, helper: User, answer: Post
) -> None:
    counting(session)
    sanction = expulsion.sanction_author(
        session,
        actor=actor_of(staff),
        user_id=helper.id,
        kind=SanctionKind.SUSPENSION,
        days=3,
        reason="Spam",
        hides_posts=True,
        now=LATER,
    )
    assert counting(session) == {"question.asked"}

    expulsion.lift_sanction(session, actor=actor_of(staff), sanction_id=sanction.id, now=LATER)
    assert counting(session) == ALL


def test_a_post_that_goes_before_it_is_told_counts_nowhere(
    session: Session, helper: User, topic: Topic
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    editing.remove_post(session, actor=actor_of(helper), post_id=post.id, now=LATER)

    assert counting(session) == {"question.asked"}


def test_what_was_merged_is_seen_elsewhere_and_counts(
    session: Session, staff: User, asker: User, topic: Topic, answer: Post
) -> None:
    other = make_topic(session, author=asker)

    moderation.merge_topics(session, actor=actor_of(staff), topic_id=topic.id, into_id=other.id, now=LATER)
    assert counting(session) == ALL

    opening = session.scalars(select(Post.id).where(Post.topic_id == other.id, Post.position == 1)).one()
    editing.remove_post(session, actor=actor_of(staff), post_id=opening, now=LATER)
    assert counting(session) == set()


def test_a_second_opinion_goes_with_the_question(
    session: Session, staff: User, helper: User, topic: Topic
) -> None:
    opening = session.scalars(select(Post.id).where(Post.topic_id == topic.id, Post.position == 1)).one()
    nods.give(session, actor=actor_of(helper), post_id=opening, nod=Nod.ME_TOO, now=NOW)
    assert "question.seconded" in counting(session)

    editing.remove_post(session, actor=actor_of(staff), post_id=opening, now=LATER)

    assert counting(session) == set()


def test_a_step_that_rested_on_an_answer_is_open_until_the_answer_is_back(
    session: Session, staff: User, helper: User, topic: Topic, work: Callable[[], None]
) -> None:
    assert helper.account is not None
    make_checklist(session, helper.account, [draft(proof=Proof(kind="answer.posted"))])
    post = make_reply(session, author=helper, topic=topic)
    counting(session)

    def step() -> tuple[object, ...]:
        row = ChecklistStep.completed_at, ChecklistStep.reopened_because
        return tuple(session.execute(select(*row)).one())

    assert step() == (post.created_at, None)
    editing.remove_post(session, actor=actor_of(staff), post_id=post.id, now=LATER)
    counting(session)
    assert step() == (None, "removed")

    editing.restore_post(session, actor=actor_of(staff), post_id=post.id, now=LATER)
    counting(session)
    assert step() == (post.created_at, None)
