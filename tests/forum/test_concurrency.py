"""Several people at the same moment: one outcome, and nothing lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.core.db import transaction
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.forum import cases, expulsion, flags, moderation, nods, service, verdicts
from portal.forum.cases import Decision
from portal.forum.experts import service as experts
from portal.forum.experts.models import ExpertInvitation, QuestionEscalation
from portal.forum.experts.rules import MOST_A_WEEK, MOST_INVITED, Wishes
from portal.forum.models import Board, ModerationAct, Post, PostVote, Topic
from portal.forum.nod_models import TABLES, MeToo, Nod
from portal.forum.reputation import service as reputation
from portal.forum.service import Draft
from portal.notifications.restraint import QuietHours
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

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


Work = Callable[[], None]
ALWAYS = Wishes(quiet=QuietHours(begin=0, end=0, holds_on_weekends=False))


def make_expert(session: Session) -> User:
    """Make someone who can be asked at any hour."""
    expert = make_customer(session)
    experts.choose(session, actor=actor_of(expert), wishes=ALWAYS)
    return expert


def solve(session: Session, board: Board, *people: User) -> None:
    """Let people solve a question, each with an answer."""
    staff = make_user(session)
    solved = make_topic(session, author=staff, board=board)
    for person in people:
        post = make_reply(session, author=person, topic=solved)
        verdicts.accept_answer(session, actor=actor_of(staff), post_id=post.id, now=NOW)
    session.commit()


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


@pytest.mark.parametrize("nod", Nod)
def test_nods_at_once_are_all_counted_and_each_persons_once(
    session: Session, topic: Topic, together: Together, nod: Nod
) -> None:
    post_id = session.scalars(select(Post.id).where(Post.topic_id == topic.id)).one()
    people = [actor_of(make_customer(session)) for _ in range(PEOPLE)]

    together(lambda writing, n: nods.give(writing, actor=people[n], post_id=post_id, nod=nod, now=NOW))
    together(lambda writing, _n: nods.give(writing, actor=people[0], post_id=post_id, nod=nod, now=NOW))

    assert _counted(session, post_id, nod) == PEOPLE
    assert session.scalar(select(func.count()).select_from(TABLES[nod])) == PEOPLE
    together(lambda writing, _n: nods.take_back(writing, actor=people[0], post_id=post_id, nod=nod))
    assert _counted(session, post_id, nod) == PEOPLE - 1


def _counted(session: Session, post_id: int, nod: Nod) -> int:
    post = session.get_one(Post, post_id)
    me_too = session.get_one(Topic, post.topic_id).me_too_count
    return {Nod.VOTE: post.vote_count, Nod.THANKS: post.thanks_count, Nod.ME_TOO: me_too}[nod]


def test_who_has_a_question_too_while_it_is_merged_is_counted_where_it_went(
    session: Session, topic: Topic, together: Together
) -> None:
    target, staff = make_topic(session, author=make_customer(session)), actor_of(make_user(session))
    post_id = session.scalars(select(Post.id).where(Post.topic_id == topic.id)).one()
    people = [actor_of(make_customer(session)) for _ in range(PEOPLE)]
    topic_id, target_id = topic.id, target.id

    def act(writing: Session, n: int) -> None:
        if n:
            with suppress(ForbiddenError, NotFoundError):  # It is a reply by then, or on its way.
                nods.give(writing, actor=people[n], post_id=post_id, nod=Nod.ME_TOO, now=NOW)
        else:
            moderation.merge_topics(writing, actor=staff, topic_id=topic_id, into_id=target_id, now=NOW)

    together(act)

    rows = session.scalar(select(func.count()).select_from(MeToo))
    assert session.get_one(Topic, target_id).me_too_count == rows


def test_votes_while_a_reply_becomes_a_topic_are_counted_there(
    session: Session, topic: Topic, together: Together
) -> None:
    post_id = make_reply(session, author=make_customer(session), topic=topic).id
    people, staff = [actor_of(make_user(session)) for _ in range(PEOPLE)], actor_of(make_user(session))
    topic_id = topic.id

    def act(writing: Session, n: int) -> None:
        if n:
            nods.give(writing, actor=people[n], post_id=post_id, nod=Nod.VOTE, now=NOW)
        else:
            moderation.split_topic(
                writing, actor=staff, topic_id=topic_id, post_ids=[post_id], title="Part", now=NOW
            )

    together(act)

    post = session.get_one(Post, post_id)
    part = session.get_one(Topic, post.topic_id)
    assert part.id != topic_id
    assert (post.vote_count, part.vote_count) == (PEOPLE - 1, PEOPLE - 1)
    assert session.get_one(Topic, topic_id).vote_count == 0


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


def test_of_many_who_ask_different_people_five_are_asked_and_each_once(
    app: Flask, session: Session, asker: User, together: Together, work: Work
) -> None:
    board, secret = make_board(session), make_board(session)
    known = [make_expert(session) for _ in range(MOST_INVITED)]
    known_to_staff = [make_expert(session) for _ in range(MOST_INVITED)]
    solve(session, board, *known, *known_to_staff)
    solve(session, board, *known)
    for _ in range(2):
        solve(session, secret, *known_to_staff)
    secret.audience = STAFF
    session.commit()
    topic_id = make_topic(session, author=asker, board=board).id
    actors = [actor_of(asker), actor_of(make_user(session))]
    people = [person.id for person in known + known_to_staff]
    searcher = app.extensions["searcher"]
    work()

    together(
        lambda writing, n: experts.ask(
            writing,
            actor=actors[n % 2],
            topic_id=topic_id,
            user_ids=people[:MOST_INVITED] if n % 2 == 0 else people[MOST_INVITED:],
            searcher=searcher,
            now=NOW,
        )
    )

    asked = session.scalars(select(ExpertInvitation.user_id)).all()
    assert len(asked) == len(set(asked)) == MOST_INVITED
    assert told(session, "InvitationDue") == MOST_INVITED


def test_of_many_who_ask_one_person_no_more_than_a_weeks_share_do(
    app: Flask, session: Session, asker: User, together: Together, work: Work
) -> None:
    board, searcher = make_board(session), app.extensions["searcher"]
    expert = make_expert(session)
    solve(session, board, expert)
    expert_id = expert.id
    questions = [make_topic(session, author=asker, board=board).id for _ in range(PEOPLE)]
    actor = actor_of(asker)
    work()

    together(
        lambda writing, n: experts.ask(
            writing, actor=actor, topic_id=questions[n], user_ids=[expert_id], searcher=searcher, now=NOW
        )
    )

    assert session.scalar(select(func.count()).select_from(ExpertInvitation)) == MOST_A_WEEK < PEOPLE


def test_several_clocks_let_an_invitation_go_once_and_bring_a_question_to_staff_once(
    app: Flask, session: Session, asker: User, together: Together, work: Work
) -> None:
    board, searcher = make_board(session), app.extensions["searcher"]
    expert = make_expert(session)
    solve(session, board, expert)
    topic_id = make_topic(session, author=asker, board=board).id
    work()
    in_the_night = NOW + timedelta(hours=12)
    experts.choose(session, actor=actor_of(expert), wishes=Wishes())
    experts.ask(
        session,
        actor=actor_of(asker),
        topic_id=topic_id,
        user_ids=[expert.id],
        searcher=searcher,
        now=in_the_night,
    )
    session.commit()
    assert told(session, "InvitationDue") == 0
    due = session.scalars(select(ExpertInvitation.deliver_at)).one()

    def tick(writing: Session, _number: int) -> None:
        experts.send_due(writing, now=due)
        experts.escalate_overdue(writing, now=due)

    together(tick)

    assert told(session, "InvitationDue") == 1
    assert told(session, "QuestionWaits") == 1
    assert session.scalars(select(QuestionEscalation.topic_id)).all() == [topic_id]


def test_nobody_stands_in_the_way_of_who_is_sanctioned_while_they_write(
    session: Session, asker: User, topic: Topic, together: Together
) -> None:
    staff, author = actor_of(make_user(session)), actor_of(asker)
    topics = [topic.id, *(make_topic(session, author=asker).id for _ in range(PEOPLE - 2))]
    session.commit()

    def act(writing: Session, number: int) -> None:
        if number == 0:
            expulsion.sanction_author(
                writing,
                actor=staff,
                user_id=asker.id,
                kind=SanctionKind.SILENCE,
                days=7,
                reason="Noise.",
                hides_posts=True,
                now=NOW,
            )
            return
        with suppress(InvalidError, ForbiddenError):  # Silenced, or its topic is hidden already.
            draft = Draft(body=f"Number {number}")
            service.reply(writing, actor=author, topic_id=topics[number - 1], draft=draft, now=NOW)

    together(act)

    assert session.scalar(select(func.count()).select_from(Sanction)) == 1


def test_a_level_that_changes_stops_nobody_who_writes(
    session: Session, asker: User, topic: Topic, together: Together
) -> None:
    helper = make_customer(session)
    topics = [topic.id, *(make_topic(session, author=asker).id for _ in range(PEOPLE - 2))]
    for topic_id in topics:
        make_reply(session, author=helper, topic=session.get_one(Topic, topic_id))
    before = session.get_one(User, helper.id).level
    author = actor_of(helper)

    def act(writing: Session, number: int) -> None:
        if number == 0:
            reputation.recount(writing, [helper.id], now=NOW)
            return
        draft = Draft(body=f"Number {number}")
        service.reply(writing, actor=author, topic_id=topics[number - 1], draft=draft, now=NOW)

    together(act)

    assert before > session.get_one(User, helper.id).level == 0
