"""Each deed becomes its signal: once, with the right account, person and subject."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core import outbox
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.core.outbox import OutboxDelivery, OutboxEvent
from portal.events import StepCompleted, StepReopened, TopicsImported
from portal.forum import flags, verdicts
from portal.forum import service as forum
from portal.forum.models import PostVote, Topic, TopicKind
from portal.reactions.table import REACTIONS
from portal.support import service as support
from tests.factories import (
    NOW,
    actor_of,
    make_board,
    make_customer,
    make_reply,
    make_request,
    make_topic,
    make_user,
)

Row = tuple[str, int | None, int | None, str | None]
Told = Callable[[], set[Row]]


def row(kind: str, user: User | None, subject: str | None, *, account_id: int | None = None) -> Row:
    """Return what a signal says of who did what for whom."""
    return kind, user.id if user else None, account_id or (user.account_id if user else None), subject


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
def told(session: Session) -> Told:
    """Deliver everything twice, as if the first time had been forgotten; return the signals."""

    def read() -> set[Row]:
        session.commit()
        outbox.drain(REACTIONS)
        with transaction(wake=False) as writing:
            writing.execute(delete(OutboxDelivery))
            writing.execute(update(OutboxEvent).values(next_attempt_at=utc_now(), finished_at=None))
        outbox.drain(REACTIONS)
        facts = select(Signal.kind, Signal.user_id, Signal.account_id, Signal.subject)
        found = session.execute(facts.where(Signal.voids_id.is_(None))).all()
        assert len(found) == len(set(found))
        return {(kind, user_id, account_id, subject) for kind, user_id, account_id, subject in found}

    return read


def test_a_sign_in(session: Session, asker: User, told: Told) -> None:
    accounts.start_sign_in(session, user=asker, now=NOW)
    expected = row("user.signed_in", asker, None)

    assert told() == {expected}


def test_a_question_and_its_answer(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    expected = {
        row("question.asked", asker, f"topic:{topic.id}"),
        row("answer.posted", helper, f"post:{post.id}"),
    }

    assert told() == expected


def test_a_discussion_and_a_reply(session: Session, asker: User, helper: User, told: Told) -> None:
    talk = make_topic(session, author=asker, kind=TopicKind.DISCUSSION)
    post = make_reply(session, author=helper, topic=talk)
    expected = {
        row("discussion.posted", asker, f"topic:{talk.id}"),
        row("reply.posted", helper, f"post:{post.id}"),
    }

    assert told() == expected


def test_an_accepted_answer_counts_for_both_accounts(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)
    expected = {
        row("answer.accepted", asker, f"topic:{topic.id}"),
        row("answer.was_accepted", helper, f"post:{post.id}"),
    }

    assert expected <= told()
    (data,) = session.scalars(select(Signal.data).where(Signal.kind == "answer.accepted"))
    assert data | {"post_id": 0, "answerer_id": 0} == {
        "post_id": 0,
        "answerer_id": 0,
        "answered_by_staff": False,
        "by_asker": True,
    }


def test_staff_accept_for_the_askers_account(session: Session, asker: User, topic: Topic, told: Told) -> None:
    staff = make_user(session)
    post = make_reply(session, author=staff, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(staff), post_id=post.id, now=NOW)
    expected = {
        row("answer.accepted", staff, f"topic:{topic.id}", account_id=asker.account_id),
        row("answer.was_accepted", staff, f"post:{post.id}"),
    }

    assert expected <= told()


def test_accepting_again_after_withdrawing_is_the_same_fact(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post, actor = make_reply(session, author=helper, topic=topic), actor_of(asker)
    for hours in (0, 1):
        at = NOW + timedelta(hours=hours)
        verdicts.accept_answer(session, actor=actor, post_id=post.id, now=at)
        verdicts.withdraw_acceptance(session, actor=actor, post_id=post.id, now=at)

    assert sorted(kind for kind, *_rest in told() if kind.startswith("answer.")) == [
        "answer.accepted",
        "answer.posted",
        "answer.was_accepted",
    ]


def test_a_vote_counts_for_both(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    verdicts.vote(session, actor=actor_of(asker), post_id=post.id, now=NOW)
    expected = {
        row("post.voted", asker, f"post:{post.id}"),
        row("post.was_voted", helper, f"post:{post.id}"),
    }

    assert expected <= told()


def test_a_vote_taken_back_at_once_never_was(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    verdicts.vote(session, actor=actor_of(asker), post_id=post.id, now=NOW)
    verdicts.withdraw_vote(session, actor=actor_of(asker), post_id=post.id)

    assert "post.voted" not in {kind for kind, *_rest in told()}


def test_a_flag_counts_for_who_flagged(
    session: Session, asker: User, helper: User, topic: Topic, told: Told
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    flags.flag(session, actor=actor_of(asker), post_id=post.id, reason="spam", comment="", now=NOW)
    expected = row("post.flagged", asker, f"post:{post.id}")

    assert expected in told()


def test_a_request_and_its_end(session: Session, asker: User, told: Told) -> None:
    request = make_request(session, author=asker)
    support.resolve(session, actor=actor_of(make_user(session)), request_id=request.id, now=NOW)
    expected = {
        row("request.opened", asker, f"request:{request.id}"),
        row("request.resolved", asker, f"request:{request.id}"),
    }

    assert told() == expected


def test_what_is_read_in_the_browser(
    session: Session,
    browser_of: Callable[[User], FlaskClient],
    asker: User,
    topic: Topic,
    work: Callable[[], None],
) -> None:
    helper = make_customer(session)
    expected = row("topic.viewed", helper, f"topic:{topic.id}")
    path = f"/community/topics/{topic.id}-{topic.slug}"
    browser = browser_of(helper)
    browser.get(path)
    browser.get(f"{path}?q=labels&rank=3")
    browser.post(f"/community/topics/{topic.id}/reads")
    work()

    signals = session.scalars(select(Signal).where(Signal.user_id == expected[1])).all()
    assert [signal.kind for signal in sorted(signals, key=lambda signal: signal.occurred_at)] == [
        "topic.viewed",
        "topic.viewed",
        "search.result_opened",
        "topic.read",
    ]
    assert {(signal.account_id, signal.subject) for signal in signals} == {expected[2:]}


def test_imported_topics_leave_the_same_signals_at_their_own_times(
    session: Session, asker: User, helper: User, told: Told
) -> None:
    """The same story, once lived here and once imported, is the same to the ledger."""
    lived = make_topic(session, author=asker)
    answer = make_reply(session, author=helper, topic=lived, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=later)
    verdicts.vote(session, actor=actor_of(asker), post_id=answer.id, now=later)
    here = story(session, told, topic_id=lived.id, post_id=answer.id)

    imported = forum.write_topic(
        session,
        board=make_board(session),
        author_id=asker.id,
        account_id=asker.account_id,
        kind=TopicKind.QUESTION,
        draft=forum.Draft(title="How do I print labels?", body="The printer prints nothing."),
        at=NOW,
    )
    came = forum.write_post(
        session,
        topic=imported,
        author_id=helper.id,
        account_id=helper.account_id,
        draft=forum.Draft(body="Turn it off and on."),
        at=NOW + timedelta(hours=1),
    )
    verdicts.settle(session, topic=imported, answer=came, at=later)
    session.add(PostVote(post_id=came.id, user_id=asker.id, voted_at=later))
    outbox.record(session, TopicsImported(topic_ids=(imported.id,)))
    there = story(session, told, topic_id=imported.id, post_id=came.id)

    assert here == there
    assert len(here) == 6


def story(session: Session, told: Told, *, topic_id: int, post_id: int) -> set[tuple[object, ...]]:
    told()
    query = select(Signal.kind, Signal.user_id, Signal.account_id, Signal.occurred_at, Signal.subject)
    found = session.execute(query.where(Signal.subject.in_([f"topic:{topic_id}", f"post:{post_id}"])))
    return {(*rest, str(subject).partition(":")[0]) for *rest, subject in found}


def test_a_step_that_is_gone_is_nothing_to_tell(session: Session, work: Callable[[], None]) -> None:
    at = utc_now().isoformat()
    outbox.record(session, StepCompleted(step_id=42, at=at))
    outbox.record(session, StepReopened(step_id=42, at=at))
    session.commit()

    work()

    status = outbox.status(session, now=utc_now())
    assert (status.waiting, status.failing) == (0, 0)
    assert session.scalars(select(Signal.id)).all() == []
