"""Several people at the same moment: one outcome, and nothing lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.core.db import transaction
from portal.core.errors import ConflictError
from portal.core.outbox import OutboxEvent
from portal.forum import cases, expulsion, flags, service, verdicts
from portal.forum.cases import Decision
from portal.forum.models import ModerationAct, Post, PostVote, Topic
from portal.forum.service import Draft
from tests.factories import NOW, actor_of, make_customer, make_reply, make_topic, make_user

PEOPLE = 4

Deed = Callable[[Session, int], object]
Together = Callable[[Deed], None]


@pytest.fixture
def together(app: Flask, session: Session) -> Together:
    """Let several threads do a thing at once, each in a transaction of its own."""

    def run(deed: Deed) -> None:
        session.rollback()
        ready = Barrier(PEOPLE)

        def act(number: int) -> None:
            with app.app_context():
                ready.wait(timeout=20)
                with transaction(wake=False) as writing:
                    deed(writing, number)

        with ThreadPoolExecutor(PEOPLE) as threads:
            list(threads.map(act, range(PEOPLE)))
        session.expire_all()

    return run


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def told(session: Session, event: str) -> int:
    query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == event)
    return session.scalar(query) or 0


def test_votes_at_once_are_all_counted(session: Session, topic: Topic, together: Together) -> None:
    post_id = make_reply(session, author=make_customer(session), topic=topic).id
    voters = [actor_of(make_customer(session)) for _ in range(PEOPLE)]

    together(lambda writing, n: verdicts.vote(writing, actor=voters[n], post_id=post_id, now=NOW))

    assert session.get_one(Post, post_id).vote_count == PEOPLE
    assert told(session, "PostVoted") == PEOPLE


def test_one_person_in_many_windows_votes_once(session: Session, topic: Topic, together: Together) -> None:
    post_id = make_reply(session, author=make_customer(session), topic=topic).id
    voter = actor_of(make_customer(session))

    together(lambda writing, _n: verdicts.vote(writing, actor=voter, post_id=post_id, now=NOW))

    assert session.get_one(Post, post_id).vote_count == 1
    assert session.scalar(select(func.count()).select_from(PostVote)) == 1
    assert told(session, "PostVoted") == 1


def test_an_answer_accepted_in_many_windows_is_accepted_once(
    session: Session, asker: User, topic: Topic, together: Together
) -> None:
    actor = actor_of(asker)
    post_id = make_reply(session, author=make_customer(session), topic=topic).id

    together(lambda writing, _n: verdicts.accept_answer(writing, actor=actor, post_id=post_id, now=NOW))

    assert session.get_one(Topic, topic.id).accepted_post_id == post_id
    assert told(session, "AnswerAccepted") == 1


def test_of_different_answers_one_stays_accepted(
    session: Session, asker: User, topic: Topic, together: Together
) -> None:
    actor, helper = actor_of(asker), make_customer(session)
    ids = [make_reply(session, author=helper, topic=topic).id for _ in range(PEOPLE)]

    together(lambda writing, n: verdicts.accept_answer(writing, actor=actor, post_id=ids[n], now=NOW))

    assert session.get_one(Topic, topic.id).accepted_post_id in ids


def test_replies_at_once_stand_one_after_the_other(
    session: Session, topic: Topic, together: Together
) -> None:
    people = [actor_of(make_customer(session)) for _ in range(PEOPLE)]
    topic_id = topic.id

    together(
        lambda writing, n: service.reply(
            writing, actor=people[n], topic_id=topic_id, draft=Draft(body=f"Reply {n}"), now=NOW
        )
    )

    positions = session.scalars(
        select(Post.position).where(Post.topic_id == topic_id).order_by(Post.position)
    ).all()
    assert positions == list(range(1, PEOPLE + 2))
    assert session.get_one(Topic, topic_id).answer_count == PEOPLE


def test_two_moderators_decide_differently_and_one_is_told(
    session: Session, together: Together, topic: Topic
) -> None:
    post = make_reply(session, author=make_customer(session), topic=topic)
    reader = actor_of(make_customer(session))
    flags.flag(session, actor=reader, post_id=post.id, reason="spam", comment="", now=NOW)
    moderators = [actor_of(make_user(session)) for _ in range(PEOPLE)]
    session.commit()
    refused: list[int] = []

    def decide(writing: Session, number: int) -> None:
        decision = [Decision.KEEP, Decision.REMOVE][number % 2]
        try:
            cases.decide(writing, actor=moderators[number], post_id=post.id, decision=decision, now=NOW)
        except ConflictError:
            refused.append(number)

    together(decide)

    acts = session.scalars(select(ModerationAct.kind)).all()
    assert len(acts) == 1
    assert session.get_one(Post, post.id).is_removed == (acts == ["removed"])
    assert {number % 2 for number in refused} == {int(acts == ["kept"])}
    assert len(refused) == PEOPLE // 2


def test_a_person_is_sanctioned_once_however_many_try(
    session: Session, together: Together, topic: Topic, asker: User
) -> None:
    moderators = [actor_of(make_user(session)) for _ in range(PEOPLE)]
    session.commit()
    refused: list[int] = []

    def sanction(writing: Session, number: int) -> None:
        try:
            expulsion.sanction_author(
                writing,
                actor=moderators[number],
                user_id=asker.id,
                kind=SanctionKind.SILENCE,
                days=7,
                reason="Noise.",
                hides_posts=True,
                now=NOW,
            )
        except ConflictError:
            refused.append(number)

    together(sanction)

    assert len(refused) == PEOPLE - 1
    assert session.scalar(select(func.count()).select_from(Sanction)) == 1
    assert session.get_one(Topic, topic.id).is_removed
