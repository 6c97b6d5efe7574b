"""Points, badges and lists, as people meet them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Level, Role
from portal.accounts.models import User
from portal.adoption.models import Signal
from portal.core.orm import insert_new
from portal.forum import editing, moderation, service, verdicts
from portal.forum.models import Board, Post, PostVote, Topic
from portal.forum.reputation import queries
from portal.forum.reputation import service as reputation
from portal.forum.reputation.badges import BADGES, earned_by
from portal.forum.reputation.models import Reputation
from portal.forum.reputation.rules import Facts, facts_of, rung_of
from portal.insights.impact import about, people_helped
from portal.notifications.models import Notice, NoticeSetting
from tests.architecture.test_statements import statements_of
from tests.factories import (
    NOW,
    actor_of,
    make_board,
    make_customer,
    make_reply,
    make_topic,
    make_user,
)

Browse = Callable[[User], FlaskClient]
NOTHING = facts_of([])


def count_all(session: Session) -> None:
    """Count in this session, as the night does in its own."""
    reputation.recount(session, queries.people_with_posts(session), now=NOW)
    session.commit()


def points_of(session: Session, user: User) -> int:
    count_all(session)
    return session.get_one(Reputation, user.id).points


def vote(session: Session, user: User, post: Post) -> None:
    verdicts.vote(session, actor=actor_of(user), post_id=post.id, now=NOW)
    session.commit()


def accept(session: Session, user: User, post: Post) -> None:
    verdicts.accept_answer(session, actor=actor_of(user), post_id=post.id, now=NOW)
    session.commit()


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


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
def answer(session: Session, helper: User, topic: Topic) -> Post:
    return make_reply(session, author=helper, topic=topic)


def test_what_strangers_find_good_gives_points(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    accept(session, asker, answer)
    for _ in range(2):
        vote(session, make_customer(session), answer)
    vote(session, make_user(session), answer)
    vote(session, make_customer(session), opening_of(session, topic))

    assert points_of(session, helper) == 15 + 3 * 10
    assert points_of(session, asker) == 5


def test_colleagues_and_oneself_give_none(session: Session, asker: User, topic: Topic) -> None:
    colleague = make_user(session, account=asker.account)
    own, theirs = (make_reply(session, author=person, topic=topic) for person in (asker, colleague))
    for post in (own, theirs):
        accept(session, asker, post)
    vote(session, asker, theirs)
    insert_new(session, PostVote, [{"post_id": own.id, "user_id": asker.id, "voted_at": NOW}])
    session.commit()

    assert points_of(session, asker) == points_of(session, colleague) == 0
    assert session.get_one(Reputation, colleague.id).answers == 0


def test_people_without_an_account_are_strangers_to_each_other(session: Session) -> None:
    one, other = (make_user(session, role=Role.CUSTOMER) for _ in range(2))
    post = make_reply(session, author=other, topic=make_topic(session, author=one))
    vote(session, one, post)

    assert points_of(session, other) == 10


def test_staff_have_no_reputation(session: Session, asker: User, topic: Topic) -> None:
    staff = make_user(session)
    post = make_reply(session, author=staff, topic=topic)
    accept(session, asker, post)
    vote(session, asker, post)

    assert points_of(session, staff) == 0
    assert queries.leaders(session, since=None) == []
    assert queries.reputation_for(session, actor_of(asker), staff) is None


def test_votes_for_comments_give_nothing(session: Session, asker: User, helper: User, answer: Post) -> None:
    actor = actor_of(helper)
    comment = service.comment(session, actor=actor, post_id=answer.id, body="The left one.", now=NOW)
    vote(session, asker, comment)

    assert points_of(session, helper) == 0


def test_what_is_removed_gives_nothing_until_it_is_back(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post, work: Callable[[], None]
) -> None:
    accept(session, asker, answer)
    vote(session, asker, answer)
    staff = actor_of(make_user(session))
    points = []
    for post_id in (answer.id, opening_of(session, topic).id):
        for change in (editing.remove_post, editing.restore_post):
            change(session, actor=staff, post_id=post_id, now=NOW)
            session.commit()
            work()
            points.append(
                (session.get_one(Reputation, helper.id).points, session.get_one(User, helper.id).level)
            )

    assert points == [(0, Level.NEWCOMER), (25, Level.MEMBER)] * 2


def test_what_some_alone_can_read_counts_for_nobody(
    session: Session, helper: User, topic: Topic, answer: Post, work: Callable[[], None]
) -> None:
    room = make_board(session, audience=frozenset({"plan:team"}))
    vote(session, make_customer(session), answer)
    work()
    session.rollback()
    assert (session.get_one(Reputation, helper.id).answers, points_of(session, helper)) == (1, 10)

    staff = actor_of(make_user(session))
    moderation.move_topic(session, actor=staff, topic_id=topic.id, board_slug=room.slug, now=NOW)
    session.commit()
    work()
    session.rollback()

    known = session.get_one(Reputation, helper.id)
    assert (known.answers, known.points, known.badges) == (0, 0, [])
    for since in (None, NOW - timedelta(days=1)):
        assert queries.leaders(session, since=since) == []


def test_a_withdrawn_vote_and_acceptance_are_taken_off_again(
    session: Session, asker: User, helper: User, answer: Post, work: Callable[[], None]
) -> None:
    answer_id, actor = answer.id, actor_of(asker)
    accept(session, asker, answer)
    vote(session, asker, answer)
    work()
    verdicts.withdraw_vote(session, actor=actor, post_id=answer_id)
    session.commit()
    work()
    assert session.get_one(Reputation, helper.id).points == 15

    verdicts.withdraw_acceptance(session, actor=actor, post_id=answer_id, now=NOW)
    session.commit()
    work()
    assert session.get_one(Reputation, helper.id).points == 0


def test_of_a_badge_one_hears_once(
    session: Session, asker: User, helper: User, answer: Post, work: Callable[[], None]
) -> None:
    session.execute(delete(NoticeSetting))
    answer_id = answer.id
    for _ in range(2):
        accept(session, asker, session.get_one(Post, answer_id))
        vote(session, asker, session.get_one(Post, answer_id))
        work()
        verdicts.withdraw_vote(session, actor=actor_of(asker), post_id=answer_id)
        verdicts.withdraw_acceptance(session, actor=actor_of(asker), post_id=answer_id, now=NOW)
        session.commit()
        work()

    mine = select(Notice).where(Notice.user_id == helper.id, Notice.kind.in_(["badge", "level"]))
    told = [notice.params.get("badge") or notice.params["level"] for notice in session.scalars(mine)]
    assert sorted(told) == ["First answer", "Problem solved", "Quick help", "Regular", "Warm welcome"]
    assert session.get_one(Reputation, helper.id).badges == ["first_answer", "quick_help", "welcome"]


def test_notices_are_in_the_readers_words(
    session: Session, asker: User, helper: User, answer: Post, work: Callable[[], None], browser_of: Browse
) -> None:
    session.execute(delete(NoticeSetting))
    accept(session, asker, answer)
    work()

    inbox = browser_of(helper).get("/me/notifications/", headers={"Accept-Language": "ja"})
    assert "「問題を解決」" in inbox.text


@pytest.mark.parametrize(
    ("points", "accepted", "level"),
    [
        (0, 0, Level.NEWCOMER),
        (9, 0, Level.NEWCOMER),
        (10, 0, Level.MEMBER),
        (5000, 4, Level.MEMBER),
        (99, 6, Level.MEMBER),
        (100, 5, Level.HELPER),
        (500, 24, Level.HELPER),
        (499, 25, Level.HELPER),
        (500, 25, Level.GUIDE),
    ],
)
def test_levels_take_points_and_solutions(points: int, accepted: int, level: Level) -> None:
    assert rung_of(points, accepted).level is level


@pytest.mark.parametrize(
    ("facts", "badge"),
    [
        ({"questions": 1}, "first_question"),
        ({"answers": 1}, "first_answer"),
        ({"accepted": 1}, "first_solution"),
        ({"best_votes": 5}, "well_liked"),
        ({"quick_answers": 1}, "quick_help"),
        ({"late_solutions": 1}, "never_too_late"),
        ({"languages": 2}, "two_languages"),
        ({"welcomes": 1}, "welcome"),
        ({"stories": 1}, "storyteller"),
        ({"shipped": 1}, "shipped_idea"),
    ],
)
def test_each_badge_takes_one_fact(facts: dict[str, int], badge: str) -> None:
    def earned(change: int) -> list[str]:
        values = {name: value - change for name, value in facts.items()}
        return earned_by(Facts(**{name: values.get(name, 0) for name in NOTHING.__slots__}))

    assert earned(0) == [badge]
    assert badge not in earned(1)


def test_ten_solutions_are_a_badge_of_their_own() -> None:
    ten = Facts(**{name: 10 if name == "accepted" else 0 for name in NOTHING.__slots__})
    assert earned_by(ten) == ["first_solution", "ten_solutions"]
    assert len(BADGES) == 11


# Lists and profiles.


def test_who_wants_no_numbers_shown_is_on_no_list(
    session: Session, asker: User, helper: User, answer: Post, work: Callable[[], None], browser_of: Browse
) -> None:
    accept(session, asker, answer)
    work()
    profile, theirs, own = f"/people/{helper.id}", browser_of(asker), browser_of(helper)
    assert "15 points" in theirs.get(profile).text
    assert helper.name in theirs.get("/community/people/?period=all").text

    own.post("/me/listing", data={"_method": "delete"})
    session.rollback()

    assert "15 points" not in theirs.get(profile).text
    assert "Problem solved" not in theirs.get(profile).text
    assert helper.name not in theirs.get("/community/people/?period=all").text
    assert "15 points" in own.get(profile).text
    own.post("/me/listing")
    assert "15 points" in theirs.get(profile).text


def test_a_profile_names_no_topic_that_its_reader_cannot_see(
    session: Session, helper: User, browser_of: Browse
) -> None:
    room = make_board(session, audience=frozenset({f"account:{helper.account_id}"}))
    colleague = make_user(session, account=helper.account)
    secret = make_topic(session, author=colleague, board=room, title="Our secret plan")
    make_reply(session, author=helper, topic=secret)
    make_topic(session, author=helper, board=room, title="My secret plan")
    profile = f"/people/{helper.id}"

    assert "secret plan" not in browser_of(make_customer(session)).get(profile).text
    text = browser_of(colleague).get(profile).text
    assert "Our secret plan" in text
    assert "My secret plan" in text


def test_the_list_of_a_period_knows_only_what_happened_in_it(
    session: Session, helper: User, topic: Topic
) -> None:
    post = make_reply(session, author=helper, topic=topic)
    for days in (1, 8, 40):
        at = NOW - timedelta(days=days)
        verdicts.vote(session, actor=actor_of(make_customer(session)), post_id=post.id, now=at)
    session.commit()
    count_all(session)

    def points(days: int | None) -> list[int]:
        since = None if days is None else NOW - timedelta(days=days)
        return [leader.points for leader in queries.leaders(session, since=since)]

    assert [points(7), points(30), points(365), points(None)] == [[10], [20], [30], [30]]


def test_the_list_is_counted_once_a_minute_but_hides_at_once_who_does_not_want_to_be_listed(
    app: Flask, session: Session, browser_of: Browse, helper: User, topic: Topic
) -> None:
    other = make_customer(session, name="Olga Other")
    for person in (helper, other):
        vote(session, make_customer(session), make_reply(session, author=person, topic=topic))
    count_all(session)
    browser, path = browser_of(make_customer(session)), "/community/people/?period=all"
    first = browser.get(path).text
    assert helper.name in first
    assert other.name in first
    late = make_customer(session, name="Lars Late")
    vote(session, make_customer(session), make_reply(session, author=late, topic=topic))
    count_all(session)
    assert late.name not in browser.get(path).text
    app.extensions["fragments"].clear()
    assert late.name in browser.get(path).text

    other.is_listed = False
    session.commit()
    again = browser.get(path).text
    assert helper.name in again
    assert other.name not in again


def view(topic: Topic, person: str, *, at: timedelta, **values: object) -> dict[str, object]:
    when = NOW + at
    return {
        "source": "test",
        "key": f"{person}:{at}:{values}",
        "kind": "topic.viewed",
        "occurred_at": when,
        "recorded_at": when,
        "day": when.date(),
        "person": person,
        "subject": f"topic:{topic.id}",
        "data": {},
        **values,
    }


def test_impact_counts_people_who_came_after_the_solution(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    accept(session, asker, answer)
    hour = timedelta(hours=1)
    other = make_topic(session, author=asker)
    rows = [
        view(topic, "visitor:a", at=hour),
        view(topic, "visitor:a", at=2 * hour, kind="topic.read"),
        view(topic, "visitor:b", at=hour),
        view(topic, f"user:{asker.id}", at=hour),
        view(topic, "visitor:early", at=-hour),
        view(topic, f"user:{helper.id}", at=hour),
        view(topic, "visitor:robot", at=hour, left_out_as="bot"),
        view(topic, "visitor:c", at=hour, kind="search.result_opened"),
        view(other, "visitor:d", at=hour),
    ]
    session.execute(insert(Signal), [{"left_out_as": None, **row} for row in rows])

    assert people_helped(session, helper.id) == 3
    assert people_helped(session, asker.id) == 0
    editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    assert people_helped(session, helper.id) == 0


def test_impact_follows_an_answer_into_the_topic_that_took_it_over(
    session: Session, asker: User, helper: User, topic: Topic, answer: Post
) -> None:
    accept(session, asker, answer)
    target, hour = make_topic(session, author=make_customer(session)), timedelta(hours=1)
    rows = [
        view(topic, "visitor:a", at=hour),
        view(topic, "visitor:b", at=2 * hour),
        view(target, "visitor:before", at=2 * hour),
        view(target, "visitor:since", at=4 * hour),
    ]
    session.execute(insert(Signal), [{"left_out_as": None, **row} for row in rows])
    moderation.merge_topics(
        session,
        actor=actor_of(make_user(session)),
        topic_id=topic.id,
        into_id=target.id,
        now=NOW + 3 * hour,
    )
    session.flush()

    assert people_helped(session, helper.id) == 3


@pytest.mark.parametrize(("number", "rounded"), [(0, 0), (7, 7), (42, 42), (137, 140), (1249, 1200)])
def test_about_keeps_two_digits(number: int, rounded: int) -> None:
    assert about(number) == rounded


def test_top_helpers_carry_a_badge_in_topics_as_soon_as_they_are(
    session: Session,
    asker: User,
    helper: User,
    topic: Topic,
    answer: Post,
    client: FlaskClient,
    work: Callable[[], None],
) -> None:
    path, badge = f"/community/topics/{topic.id}-{topic.slug}", ">Top helper<"
    assert badge not in client.get(path).text
    for number in range(5):
        post = (
            answer
            if number == 0
            else make_reply(session, author=helper, topic=make_topic(session, author=asker))
        )
        accept(session, asker, post)
        vote(session, asker, post)
    work()

    assert session.get_one(User, helper.id).level == Level.HELPER
    assert badge in client.get(path).text


def fill(session: Session, helper: User, board: Board, *, times: int) -> None:
    for _ in range(times):
        person = make_customer(session)
        topic = make_topic(session, author=person, board=board)
        post = make_reply(session, author=helper, topic=topic)
        make_topic(session, author=helper, board=board)
        accept(session, person, post)
    count_all(session)


def test_pages_cost_the_same_however_much_there_is(
    app: Flask, session: Session, helper: User, browser_of: Browse
) -> None:
    board, browser = make_board(session), browser_of(make_customer(session))
    paths = (f"/people/{helper.id}", "/community/people/?period=all", "/community/people/?period=week")
    fill(session, helper, board, times=1)
    few = [statements_of(app, browser, path) for path in paths]
    fill(session, helper, board, times=12)

    assert few == [statements_of(app, browser, path) for path in paths]
    assert max(few) <= 8


def test_the_command_counts_everyone(
    app: Flask, session: Session, asker: User, helper: User, answer: Post
) -> None:
    accept(session, asker, answer)
    runner = app.test_cli_runner()

    first = runner.invoke(args=["forum", "reputation", "--json"])
    again = runner.invoke(args=["forum", "reputation"])

    assert json.loads(first.output) == {"people": 2, "changed": 2}
    assert again.output == "2 people counted again, 0 of them changed\n"
    session.rollback()
    assert session.get_one(Reputation, helper.id).points == 15
