from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.forum import flags, service, verdicts
from portal.forum.models import Post, PostFlag, PostVote, Topic, TopicKind
from portal.forum.service import Draft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user


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


@pytest.fixture
def hidden(session: Session) -> Post:
    """An answer on a board for staff only."""
    staff = make_user(session)
    topic = make_topic(session, author=staff, board=make_board(session, audience=STAFF))
    return make_reply(session, author=staff, topic=topic)


def events(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)))


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


def test_a_question_has_its_text_and_can_be_found(session: Session, asker: User, topic: Topic) -> None:
    opening = opening_of(session, topic)
    document = session.scalars(select(SearchDocument)).one()

    assert (topic.author_id, topic.account_id, topic.answer_count) == (asker.id, asker.account_id, 0)
    assert (opening.body_html, opening.body_text) == (
        "<p>The printer prints nothing.</p>",
        "The printer prints nothing.",
    )
    assert (document.title, document.body) == (topic.title, opening.body_text)
    assert document.section == topic.board.place
    assert events(session) == ["TopicPosted"]


def test_a_title_loses_its_line_breaks(session: Session, asker: User) -> None:
    topic = make_topic(session, author=asker, title="  How do I\n print\tlabels? ")

    assert (topic.title, topic.slug) == ("How do I print labels?", "how-do-i-print-labels")


@pytest.mark.parametrize(
    ("draft", "field"), [(Draft(title=" \n", body="x"), "title"), (Draft(title="x", body=" \n\t"), "body")]
)
def test_an_empty_question_is_refused(session: Session, asker: User, draft: Draft, field: str) -> None:
    board = make_board(session)

    with pytest.raises(InvalidError) as refused:
        service.post_topic(
            session,
            actor=actor_of(asker),
            board_slug=board.slug,
            kind=TopicKind.QUESTION,
            draft=draft,
            now=NOW,
        )
    assert refused.value.field == field


def test_a_reply_moves_the_topic_up(session: Session, helper: User, topic: Topic) -> None:
    later = NOW + timedelta(hours=2)
    post = make_reply(session, author=helper, topic=topic, now=later)

    assert (post.position, topic.answer_count, topic.active_at) == (2, 1, later)
    assert events(session) == ["TopicPosted", "ReplyPosted"]


def test_a_late_import_does_not_move_it_down(session: Session, helper: User, topic: Topic) -> None:
    make_reply(session, author=helper, topic=topic, now=NOW - timedelta(days=1))

    assert topic.active_at == NOW


def test_an_empty_reply_is_refused(session: Session, helper: User, topic: Topic) -> None:
    with pytest.raises(InvalidError):
        make_reply(session, author=helper, topic=topic, body="\n ")


def test_visitors_do_not_write(session: Session, topic: Topic, answer: Post) -> None:
    visitor = VISITOR
    with pytest.raises(ForbiddenError):
        service.reply(session, actor=visitor, topic_id=topic.id, draft=Draft(body="x"), now=NOW)
    with pytest.raises(ForbiddenError):
        verdicts.vote(session, actor=visitor, post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=visitor, post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        flags.flag(session, actor=visitor, post_id=answer.id, reason="spam", comment="", now=NOW)
    with pytest.raises(ForbiddenError):
        service.post_topic(
            session,
            actor=visitor,
            board_slug=topic.board.slug,
            kind=TopicKind.QUESTION,
            draft=Draft(title="x", body="x"),
            now=NOW,
        )


def test_what_cannot_be_seen_is_not_there(session: Session, asker: User, hidden: Post) -> None:
    actor = actor_of(asker)
    with pytest.raises(NotFoundError):
        service.reply(session, actor=actor, topic_id=hidden.topic_id, draft=Draft(body="x"), now=NOW)
    with pytest.raises(NotFoundError):
        verdicts.vote(session, actor=actor, post_id=hidden.id, now=NOW)
    with pytest.raises(NotFoundError):
        verdicts.withdraw_vote(session, actor=actor, post_id=hidden.id)
    with pytest.raises(NotFoundError):
        verdicts.accept_answer(session, actor=actor, post_id=hidden.id, now=NOW)
    with pytest.raises(NotFoundError):
        verdicts.withdraw_acceptance(session, actor=actor, post_id=hidden.id, now=NOW)
    with pytest.raises(NotFoundError):
        flags.flag(session, actor=actor, post_id=hidden.id, reason="spam", comment="", now=NOW)


def solved_documents(session: Session) -> set[bool]:
    session.expire_all()
    return set(session.scalars(select(SearchDocument.is_solved)))


def test_the_asker_accepts_once(session: Session, asker: User, topic: Topic, answer: Post) -> None:
    for _ in range(2):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    assert (topic.accepted_post_id, topic.solved_at) == (answer.id, NOW)
    assert events(session).count("AnswerAccepted") == 1
    assert solved_documents(session) == {True}


def test_staff_accept_too_and_others_do_not(
    session: Session, helper: User, topic: Topic, answer: Post
) -> None:
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        verdicts.withdraw_acceptance(session, actor=actor_of(helper), post_id=answer.id, now=NOW)

    verdicts.accept_answer(session, actor=actor_of(make_user(session)), post_id=answer.id, now=NOW)
    assert topic.is_solved


def test_a_better_answer_takes_its_place(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    better = make_reply(session, author=helper, topic=topic)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=better.id, now=NOW)
    verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    assert topic.accepted_post_id == better.id


def test_a_question_opens_again(session: Session, asker: User, topic: Topic, answer: Post) -> None:
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    assert (topic.accepted_post_id, topic.solved_at) == (None, None)
    assert solved_documents(session) == {False}


def test_only_answers_to_questions_are_accepted(session: Session, asker: User, topic: Topic) -> None:
    with pytest.raises(ConflictError):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=opening_of(session, topic).id, now=NOW)
    discussion = make_topic(session, author=asker, kind=TopicKind.DISCUSSION)
    post = make_reply(session, author=asker, topic=discussion)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=post.id, now=NOW)


def test_an_answer_elsewhere_solves_nothing(session: Session, asker: User, answer: Post) -> None:
    other = make_topic(session, author=asker)

    with pytest.raises(ConflictError):
        other.accept(answer, at=NOW)


def votes(session: Session, post: Post) -> tuple[int, int]:
    """Return how many votes the post says it has, and how many there are."""
    session.flush()
    session.refresh(post)
    rows = select(func.count()).select_from(PostVote).where(PostVote.post_id == post.id)
    return post.vote_count, session.scalar(rows) or 0


def test_a_vote_counts_once(session: Session, asker: User, answer: Post) -> None:
    for _ in range(2):
        verdicts.vote(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    assert votes(session, answer) == (1, 1)
    assert events(session).count("PostVoted") == 1

    for _ in range(2):
        verdicts.withdraw_vote(session, actor=actor_of(asker), post_id=answer.id)
    assert votes(session, answer) == (0, 0)


def test_nobody_votes_for_themselves(session: Session, helper: User, answer: Post) -> None:
    with pytest.raises(ForbiddenError):
        verdicts.vote(session, actor=actor_of(helper), post_id=answer.id, now=NOW)


def flag(session: Session, actor: Actor, post: Post) -> None:
    flags.flag(session, actor=actor, post_id=post.id, reason="spam", comment="An advert.", now=NOW)


def test_a_person_flags_a_post_once(session: Session, asker: User, answer: Post) -> None:
    flag(session, actor_of(asker), answer)

    with pytest.raises(ConflictError):
        flag(session, actor_of(asker), answer)
    assert len(session.scalars(select(PostFlag)).all()) == 1
