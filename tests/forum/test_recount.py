"""Whatever happens in whatever order, what is kept of people is what a count of the rows gives."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor, Role
from portal.accounts.models import User
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.core import outbox
from portal.core.errors import PortalError
from portal.core.orm import insert_new
from portal.forum import editing, expulsion, ideas, moderation, verdicts
from portal.forum.models import IdeaStatus, Post, PostVote, Topic, TopicKind
from portal.forum.reputation import counting, queries
from portal.forum.reputation.models import Reputation
from portal.reactions.table import REACTIONS
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_board,
    make_reply,
    make_topic,
    make_user,
)
from tests.forum.recount import Recount

FOLLOWING = [row for row in REACTIONS if row[1].__module__ == "portal.reactions.reputation"]
DAY = timedelta(days=1)
PEOPLE, POSTS = 6, 12
_keys = count()


@dataclass(frozen=True)
class World:
    """Two colleagues, someone of another account, two without one, and staff; and what they wrote."""

    actors: list[Actor]
    accounts: list[int]
    posts: list[int]
    topics: list[int]
    boards: list[str]

    @property
    def staff(self) -> Actor:
        return self.actors[-1]


def make_world(session: Session) -> World:
    session.execute(update(User).values(is_active=False))  # Those of earlier worlds are on no list.
    key = next(_keys)
    accounts = [make_account(session, external_id=f"world-{key}-{number}") for number in range(3)]
    colleagues = [make_user(session, account=accounts[0]) for _ in range(2)]
    came = [make_user(session, role=Role.CUSTOMER) for _ in range(2)]
    people = [*colleagues, make_user(session, account=accounts[1]), *came, make_user(session)]
    board, room = make_board(session), make_board(session, audience=frozenset({"plan:team"}))
    asked = [
        (people[0], TopicKind.QUESTION, 60),
        (people[2], TopicKind.DISCUSSION, 50),
        (people[3], TopicKind.IDEA, 50),
        (people[0], TopicKind.QUESTION, 20),
    ]
    topics = [
        make_topic(session, author=author, board=board, kind=kind, now=NOW - days * DAY)
        for author, kind, days in asked
    ]
    for number, person in enumerate(people):
        words = "印刷できます。試してください。" if number % 2 else "It prints if you turn it on."
        at = NOW - (59 - 10 * number) * DAY
        make_reply(session, author=person, topic=topics[0], body=words, now=at)
    make_reply(
        session, author=people[2], topic=topics[3], body="Yes, it does.", now=NOW - 20 * DAY + DAY / 48
    )
    make_reply(session, author=people[3], topic=topics[1], body="We do so too.", now=NOW - 40 * DAY)
    ids = [topic.id for topic in topics]
    posts = list(session.scalars(select(Post.id).where(Post.topic_id.in_(ids)).order_by(Post.id)))
    votes = [(post_id, person.id) for post_id in posts for person in people if (post_id + person.id) % 3]
    rows = [{"post_id": post_id, "user_id": who, "voted_at": NOW - DAY} for post_id, who in votes]
    insert_new(session, PostVote, rows)
    session.commit()
    account_ids = [one.id for one in accounts]
    return World([actor_of(one) for one in people], account_ids, posts, ids, [board.slug, room.slug])


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["vote"] * 8
            + ["accept"] * 4
            + ["withdraw", "unaccept", "remove", "remove", "restore", "restore"]
            + ["sanction", "lift", "ship", "unship", "merge", "split", "leave", "move"]
        ),
        st.integers(0, PEOPLE - 1),
        st.integers(0, POSTS - 1),
    ),
    min_size=1,
    max_size=12,
)


def do(  # noqa: C901, PLR0912  # One line an act.
    session: Session, world: World, act: tuple[str, int, int], number: int
) -> None:
    name, who, what = act
    actor, staff, post_id = world.actors[who], world.staff, world.posts[what]
    now = NOW - (number * 11 % 60) * DAY
    match name:
        case "vote":
            verdicts.vote(session, actor=actor, post_id=post_id, now=now)
        case "withdraw":
            verdicts.withdraw_vote(session, actor=actor, post_id=post_id)
        case "accept":
            verdicts.accept_answer(session, actor=staff, post_id=post_id, now=now)
        case "unaccept":
            verdicts.withdraw_acceptance(session, actor=staff, post_id=post_id, now=now)
        case "remove":
            editing.remove_post(session, actor=staff, post_id=post_id, now=now)
        case "restore":
            editing.restore_post(session, actor=staff, post_id=post_id, now=now)
        case "sanction":
            silence(session, staff, actor)
        case "lift":
            for sanction_id in session.scalars(select(Sanction.id).where(Sanction.user_id == actor.user_id)):
                expulsion.lift_sanction(session, actor=staff, sanction_id=sanction_id, now=now)
        case "ship" | "unship":
            status = IdeaStatus.SHIPPED if name == "ship" else IdeaStatus.PLANNED
            ideas.set_status(session, actor=staff, topic_id=world.topics[2], status=status, note="", now=now)
        case "merge":
            topic_id, into_id = world.topics[what % 4], world.topics[who % 4]
            moderation.merge_topics(session, actor=staff, topic_id=topic_id, into_id=into_id, now=now)
        case "move":
            slug = world.boards[who % 2]
            topic_id = world.topics[what % 4]
            moderation.move_topic(session, actor=staff, topic_id=topic_id, board_slug=slug, now=now)
        case "split":
            topic_id = session.get_one(Post, post_id).topic_id
            moderation.split_topic(
                session, actor=staff, topic_id=topic_id, post_ids=[post_id], title="Another", now=now
            )
        case "leave":
            account_id = world.accounts[what % 3]
            session.execute(update(User).where(User.id == actor.user_id).values(account_id=account_id))


def silence(session: Session, staff: Actor, actor: Actor) -> None:
    expulsion.sanction_author(
        session,
        actor=staff,
        user_id=actor.user_id or 0,
        kind=SanctionKind.SILENCE,
        days=7,
        reason="Rude",
        hides_posts=True,
        now=NOW,
    )


@pytest.mark.slow
@settings(max_examples=15)  # Each lives through up to twelve acts.
@given(acts=ACTS)
def test_what_is_kept_is_what_the_rows_give(session: Session, acts: list[tuple[str, int, int]]) -> None:
    world = make_world(session)
    outbox.drain(FOLLOWING)
    counting.count_everyone(now=NOW)
    for number, act in enumerate(acts):
        with suppress(PortalError), session.begin_nested():
            do(session, world, act, number)
    session.commit()
    outbox.drain(FOLLOWING)
    if {"leave", "split"} & {name for name, _who, _what in acts}:
        counting.count_everyone(now=NOW)  # Left to the night: new accounts, and which question was first.
    session.rollback()

    check(session, world)


@pytest.mark.parametrize("what", [0, 4, 5, 8])
@pytest.mark.parametrize(
    "names",
    [
        "vote",
        "withdraw",
        "accept unaccept",
        "remove restore",
        "sanction lift",
        "ship unship",
        "move",
        "accept remove restore",
    ],
)
def test_each_act_alone_is_followed(session: Session, names: str, what: int) -> None:
    world = make_world(session)
    outbox.drain(FOLLOWING)
    counting.count_everyone(now=NOW)
    for number, name in enumerate(names.split()):
        for who in range(PEOPLE):
            with suppress(PortalError), session.begin_nested():
                do(session, world, (name, who, what), number)
        session.commit()
        outbox.drain(FOLLOWING)
        session.rollback()
        check(session, world)


def check(session: Session, world: World) -> None:
    """Compare what is kept of each person, and the lists, with what the rows give."""
    rows = Recount(session)
    ids = [actor.user_id or 0 for actor in world.actors]
    for user_id in ids:
        kept, wanted = session.get(Reputation, user_id), rows.of(user_id)
        assert kept is not None
        assert (kept.points, kept.accepted, kept.votes) == (wanted.points, wanted.accepted, wanted.votes)
        assert (kept.answers, kept.topics, set(kept.badges)) == (wanted.answers, wanted.topics, wanted.badges)
        assert kept.level == session.get_one(User, user_id).level == wanted.level
    for since in (None, NOW - 30 * DAY, NOW - 7 * DAY):
        listed = {
            row.user_id: (row.points, row.accepted, row.votes)
            for row in queries.leaders(session, since=since)
        }
        tallies = {user_id: rows.of(user_id, since=since) for user_id in ids}
        assert listed == {
            user_id: (tally.points, tally.accepted, tally.votes)
            for user_id, tally in tallies.items()
            if tally.points
        }
        assert list(listed) == sorted(
            listed, key=lambda user_id: (-listed[user_id][0], -listed[user_id][1], user_id)
        )


def test_the_world_is_large_enough(session: Session) -> None:
    world = make_world(session)

    assert (len(world.actors), len(world.posts)) == (PEOPLE, POSTS)
    assert session.scalar(select(Topic.kind).where(Topic.id == world.topics[2])) is TopicKind.IDEA
