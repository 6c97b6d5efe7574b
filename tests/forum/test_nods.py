"""What readers say with one press: who may, once, taken back, counted, moved, carried and told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.forum import cases, editing, flags, moderation, nods, service, verdicts
from portal.forum.cases import Decision
from portal.forum.models import Board, Post, Topic, TopicKind
from portal.forum.moderation import Mark
from portal.forum.nod_models import TABLES, MeToo, Nod, PostThanks
from portal.forum.nod_queries import thankers_of
from portal.notifications import queries as notifications
from portal.notifications.models import Notice
from portal.notifications.wording import sentence
from portal.reactions.subjects import named_for
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]
Work = Callable[[], None]


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Ana Asker")


@pytest.fixture
def reader(session: Session) -> User:
    return make_customer(session, name="Rea Reader")


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


def press(session: Session, person: User, post: Post, nod: Nod, *, now: Any = NOW) -> None:
    nods.give(session, actor=actor_of(person), post_id=post.id, nod=nod, now=now)
    session.commit()


def take_back(session: Session, person: User, post: Post, nod: Nod) -> None:
    nods.take_back(session, actor=actor_of(person), post_id=post.id, nod=nod)
    session.commit()


def told(session: Session, kind: str) -> list[int]:
    return list(session.scalars(select(Notice.user_id).where(Notice.kind == kind).order_by(Notice.user_id)))


def accept(session: Session, person: User, answer: Post) -> None:
    verdicts.accept_answer(session, actor=actor_of(person), post_id=answer.id, now=NOW)
    session.commit()


@pytest.mark.parametrize("nod", Nod)
def test_a_nod_counts_once_until_it_is_taken_back(
    session: Session, reader: User, topic: Topic, nod: Nod
) -> None:
    opening = opening_of(session, topic)
    counts: Callable[[], tuple[int, int]] = {
        Nod.VOTE: lambda: (opening.vote_count, topic.vote_count),
        Nod.THANKS: lambda: (opening.thanks_count, opening.thanks_count),
        Nod.ME_TOO: lambda: (topic.me_too_count, topic.me_too_count),
    }[nod]
    seen = []
    for act in (press, press, take_back, take_back, press):
        act(session, reader, opening, nod)
        seen.append(counts())
    assert seen == [(1, 1), (1, 1), (0, 0), (0, 0), (1, 1)]


@pytest.mark.parametrize("nod", Nod)
def test_nobody_nods_to_themselves_or_to_what_is_gone(
    session: Session, asker: User, reader: User, topic: Topic, nod: Nod
) -> None:
    opening = opening_of(session, topic)
    with pytest.raises(ForbiddenError):
        press(session, asker, opening, nod)
    staff = make_user(session)
    moderation.mark_topic(
        session, actor=actor_of(staff), topic_id=topic.id, mark=Mark.ARCHIVED, is_set=True, now=NOW
    )
    with pytest.raises(ForbiddenError):
        press(session, reader, opening, nod)
    editing.remove_post(session, actor=actor_of(staff), post_id=opening.id, now=NOW)
    with pytest.raises(NotFoundError):
        press(session, reader, opening, nod)


@pytest.mark.parametrize("kind", [TopicKind.DISCUSSION, TopicKind.IDEA])
def test_only_questions_are_had_too(session: Session, asker: User, reader: User, kind: TopicKind) -> None:
    topic = make_topic(session, author=asker, kind=kind)
    with pytest.raises(ForbiddenError):
        press(session, reader, opening_of(session, topic), Nod.ME_TOO)


def test_an_answer_is_not_had_too_but_thanked_for_and_so_is_a_comment(
    session: Session, asker: User, reader: User, topic: Topic
) -> None:
    answer = make_reply(session, author=asker, topic=topic)
    comment = service.comment(session, actor=actor_of(asker), post_id=answer.id, body="Or so.", now=NOW)
    with pytest.raises(ForbiddenError):
        press(session, reader, answer, Nod.ME_TOO)
    for post in (answer, comment):
        press(session, reader, post, Nod.THANKS)
        assert post.thanks_count == 1


def test_buttons_work_by_form_and_by_htmx(
    session: Session, browser_of: Browse, reader: User, topic: Topic
) -> None:
    browser, opening = browser_of(reader), opening_of(session, topic)
    path = f"/community/posts/{opening.id}"

    sent = browser.post(f"{path}/me-too")
    piece = browser.post(f"{path}/thanks", headers={"HX-Request": "true"})
    page = browser.get(sent.location)

    assert (sent.status_code, piece.status_code) == (303, 200)
    assert 'aria-pressed="true">Thanks 1<' in piece.text
    assert 'aria-pressed="true">I have this too 1<' in page.text
    assert "1 has this too" in browser.get("/community/").text
    assert "Thanks from Rea Reader" in page.text
    back = browser.post(f"{path}/thanks", data={"_method": "delete"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="false">Thanks 0<' in back.text
    assert browser.post(f"{path}/likes").status_code == 404


def test_a_few_are_named_the_latest_first_and_the_others_counted(
    session: Session, browser_of: Browse, topic: Topic
) -> None:
    opening = opening_of(session, topic)
    people = [make_customer(session, name=name) for name in ("Ada", "Bea", "Cleo", "Dora", "Eva")]
    for person in people:
        press(session, person, opening, Nod.THANKS)

    assert thankers_of(session, [opening]) == {opening.id: ["Eva", "Dora", "Cleo"]}
    page = browser_of(people[0]).get(f"/community/topics/{topic.id}-{topic.slug}").text
    assert "Thanks from Eva, Dora, Cleo and 2 more" in page


def test_who_is_thanked_hears_of_it_in_one_line(
    session: Session, work: Work, asker: User, reader: User, topic: Topic
) -> None:
    opening, other = opening_of(session, topic), make_customer(session, name="Otto Other")
    press(session, reader, opening, Nod.THANKS)
    press(session, other, opening, Nod.THANKS)
    work()

    page = notifications.lines_for(session, actor_of(asker), named_for, language="en")

    assert [(line.kind, line.count, line.params["name"]) for line in page.rows] == [
        ("thanked", 2, "Otto Other")
    ]
    words = sentence("thanked", page.rows[0].params, 2)
    assert words == "2 people thank you in “How do I print labels?”, the latest is Otto Other."


def test_thanks_that_were_taken_back_are_not_told(
    session: Session, work: Work, reader: User, topic: Topic
) -> None:
    opening = opening_of(session, topic)
    press(session, reader, opening, Nod.THANKS)
    take_back(session, reader, opening, Nod.THANKS)
    work()
    assert told(session, "thanked") == []
    press(session, reader, opening, Nod.THANKS)
    work()
    assert told(session, "thanked") == [topic.author_id]
    take_back(session, reader, opening, Nod.THANKS)
    work()
    assert told(session, "thanked") == []


def test_thanks_that_were_read_stay_and_are_told_once(
    session: Session, work: Work, reader: User, topic: Topic
) -> None:
    opening = opening_of(session, topic)
    press(session, reader, opening, Nod.THANKS)
    work()
    session.scalars(select(Notice).where(Notice.kind == "thanked")).one().read_at = NOW
    session.commit()
    for act in (take_back, press):
        act(session, reader, opening, Nod.THANKS)
        work()
    assert told(session, "thanked") == [topic.author_id]


def test_who_has_it_too_watches_and_is_a_signal_but_not_of_asking(
    session: Session, work: Work, reader: User, topic: Topic
) -> None:
    opening = opening_of(session, topic)
    press(session, reader, opening, Nod.ME_TOO)
    work()

    assert notifications.standing_for(session, actor_of(reader), f"topic:{topic.id}").is_watched
    mine = session.scalars(select(Signal).where(Signal.user_id == reader.id)).all()
    assert [(fact.kind, fact.subject) for fact in mine] == [("question.seconded", f"post:{opening.id}")]


def test_a_solution_is_told_once_to_each_who_has_the_question(
    session: Session, work: Work, asker: User, topic: Topic
) -> None:
    helper, duplicate_asker, both, has_duplicate, leaves = (make_customer(session) for _ in range(5))
    duplicate = make_topic(session, author=duplicate_asker)
    moderation.link_to_original(
        session,
        actor=actor_of(duplicate_asker),
        topic_id=duplicate.id,
        original_id=topic.id,
        now=NOW,
    )
    for person in (duplicate_asker, both, helper, leaves):
        press(session, person, opening_of(session, topic), Nod.ME_TOO)
    for person in (both, has_duplicate, asker):
        press(session, person, opening_of(session, duplicate), Nod.ME_TOO)
    take_back(session, leaves, opening_of(session, topic), Nod.ME_TOO)
    first, second = (make_reply(session, author=helper, topic=topic) for _ in range(2))
    accept(session, asker, first)
    work()
    accept(session, asker, second)
    work()

    assert told(session, "original_solved") == [duplicate_asker.id, both.id, has_duplicate.id]
    assert told(session, "accepted") == [helper.id, helper.id]


def test_another_solution_after_the_first_was_none_is_news(
    session: Session, work: Work, asker: User, reader: User, topic: Topic
) -> None:
    press(session, reader, opening_of(session, topic), Nod.ME_TOO)
    for answer in [make_reply(session, author=make_customer(session), topic=topic) for _ in range(2)]:
        accept(session, asker, answer)
        work()
        verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
        session.commit()
    assert told(session, "original_solved") == [reader.id, reader.id]


def test_merging_moves_who_has_it_too_each_once_and_without_the_asker(
    session: Session, asker: User, reader: User, topic: Topic
) -> None:
    other_asker, both, staff = make_customer(session), make_customer(session), make_user(session)
    other = make_topic(session, author=other_asker, now=NOW + timedelta(days=1))
    for person in (reader, both, asker):
        press(session, person, opening_of(session, other), Nod.ME_TOO)
    press(session, both, opening_of(session, topic), Nod.ME_TOO)

    moderation.merge_topics(session, actor=actor_of(staff), topic_id=other.id, into_id=topic.id, now=NOW)
    session.commit()

    opening = opening_of(session, topic)
    assert set(nods.people_with(session, [opening.id])) == {reader.id, both.id, other_asker.id}
    assert (topic.me_too_count, session.scalar(select(func.count()).select_from(MeToo))) == (3, 3)
    assert notifications.standing_for(session, actor_of(reader), f"topic:{topic.id}").is_watched
    assert not notifications.standing_for(session, actor_of(reader), f"topic:{other.id}").is_watched


def test_what_is_said_of_a_text_stays_with_it_when_it_becomes_a_topic_again(
    session: Session, reader: User, topic: Topic
) -> None:
    staff = actor_of(make_user(session))
    talk = make_topic(session, author=make_customer(session), kind=TopicKind.DISCUSSION)
    opening = opening_of(session, topic)
    press(session, reader, opening, Nod.ME_TOO)
    press(session, reader, opening, Nod.VOTE)
    moderation.merge_topics(session, actor=staff, topic_id=topic.id, into_id=talk.id, now=NOW)
    assert talk.me_too_count == 0
    fresh = moderation.split_topic(
        session, actor=staff, topic_id=talk.id, post_ids=[opening.id], title="Again", now=NOW
    )
    assert (fresh.vote_count, fresh.me_too_count) == (1, 0)


def test_a_question_that_others_have_counts_for_no_other_text(
    session: Session, asker: User, reader: User, topic: Topic
) -> None:
    answer = make_reply(session, author=asker, topic=topic)
    talk = make_topic(session, author=asker, kind=TopicKind.DISCUSSION)
    for post in (answer, opening_of(session, talk)):
        nods.keep(session, post, Nod.ME_TOO, {reader.id: NOW})
    assert session.scalar(select(func.count()).select_from(MeToo)) == 0

    opening = opening_of(session, topic)
    press(session, reader, opening, Nod.ME_TOO)
    staff = actor_of(make_user(session))
    moderation.merge_topics(session, actor=staff, topic_id=topic.id, into_id=talk.id, now=NOW)
    session.commit()
    take_back(session, reader, opening, Nod.ME_TOO)
    assert talk.me_too_count == 0


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "give",
                "give",
                "give",
                "take",
                "reply",
                "comment",
                "flag",
                "remove",
                "restore",
                "merge",
                "split",
                "accept",
                "decide",
            ]
        ),
        *(st.integers(0, 30) for _ in range(3)),
    ),
    max_size=40,
)


@settings(max_examples=25)
@given(ACTS)
def test_counts_are_those_of_the_rows_whatever_happened(
    session: Session, acts: list[tuple[str, int, int, int]]
) -> None:
    session.rollback()
    board, staff = make_board(session), actor_of(make_user(session))
    users = [make_customer(session) for _ in range(3)]
    people = [actor_of(user) for user in users]
    for user in users:
        make_topic(session, author=user, board=board)

    for name, *numbers in acts:
        try:
            with session.begin_nested():
                _do(session, name, board, [staff, *people], numbers)
        except (ConflictError, ForbiddenError, InvalidError, NotFoundError):
            pass  # What may not be done changes nothing.
        session.expire_all()

    _counts_are_right(session)
    session.rollback()


def _do(session: Session, name: str, board: Board, actors: list[Actor], numbers: list[int]) -> object:
    """Let one of some people do something to one of the posts or topics there are."""
    one, two, three = numbers
    of_board = select(Post).join(Post.topic).where(Topic.board_id == board.id).order_by(Post.id)
    posts = session.scalars(of_board).all()
    topics = session.scalars(select(Topic).where(Topic.board_id == board.id).order_by(Topic.id)).all()
    post_id, topic_id = posts[one % len(posts)].id, topics[two % len(topics)].id
    staff, actor, nod = actors[0], actors[1 + three % 3], list(Nod)[two % 3]
    decision, other_id = list(Decision)[two % 2], topics[three % len(topics)].id
    about: dict[str, Any] = {"actor": actor, "post_id": post_id}
    by_staff: dict[str, Any] = {"actor": staff, "post_id": post_id, "now": NOW}
    draft = service.Draft(body="So.")
    deeds: dict[str, Callable[[], object]] = {
        "give": lambda: nods.give(session, nod=nod, now=NOW, **about),
        "take": lambda: nods.take_back(session, nod=nod, **about),
        "reply": lambda: service.reply(session, actor=actor, topic_id=topic_id, draft=draft, now=NOW),
        "comment": lambda: service.comment(session, body="Hm.", now=NOW, **about),
        "flag": lambda: flags.flag(session, reason="spam", comment="", now=NOW, **about),
        "remove": lambda: editing.remove_post(session, **by_staff),
        "restore": lambda: editing.restore_post(session, **by_staff),
        "accept": lambda: verdicts.accept_answer(session, **by_staff),
        "decide": lambda: cases.decide(session, decision=decision, **by_staff),
        "merge": lambda: moderation.merge_topics(
            session, actor=staff, topic_id=topic_id, into_id=other_id, now=NOW
        ),
        "split": lambda: moderation.split_topic(
            session, actor=staff, topic_id=topic_id, post_ids=[post_id], title="Part", now=NOW
        ),
    }
    return deeds[name]()


def _counts_are_right(session: Session) -> None:
    """Count everything again, row by row."""
    rows = {nod: session.execute(select(table.post_id, table.user_id)).all() for nod, table in TABLES.items()}
    posts = session.scalars(select(Post)).all()
    for topic in session.scalars(select(Topic)).all():
        mine = [post for post in posts if post.topic_id == topic.id]
        for post in mine:
            said = {nod: sum(row.post_id == post.id for row in found) for nod, found in rows.items()}
            assert (post.vote_count, post.thanks_count) == (said[Nod.VOTE], said[Nod.THANKS])
            if post.is_opening:
                assert topic.vote_count == said[Nod.VOTE]
                assert topic.me_too_count == (said[Nod.ME_TOO] if topic.is_question else 0)
        assert all((post.id, post.author_id) not in {tuple(r) for r in rows[Nod.ME_TOO]} for post in mine)
        gone = {post.id for post in mine if post.is_removed}
        stand = [
            post
            for post in mine
            if not post.is_removed and not post.is_opening and post.parent_id not in gone
        ]
        last = max(stand, key=lambda post: (post.created_at, post.id), default=None)
        if not topic.is_removed:
            assert topic.asker_wrote_last == (
                topic.is_question and last is not None and last.author_id == topic.author_id
            )


def test_removed_posts_take_their_thanks_with_them(
    session: Session, browser_of: Browse, asker: User, reader: User, topic: Topic
) -> None:
    answer = make_reply(session, author=asker, topic=topic)
    press(session, reader, answer, Nod.THANKS)
    path = f"/community/topics/{topic.id}-{topic.slug}"
    assert "Thanks from Rea Reader" in browser_of(reader).get(path).text

    editing.remove_post(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    session.commit()

    assert "Thanks from" not in browser_of(reader).get(path).text
    assert session.scalar(select(func.count()).select_from(PostThanks)) == 1
