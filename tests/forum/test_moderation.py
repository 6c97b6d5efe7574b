"""Moderators keep topics in order; each act is seen in the trail and can be undone."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.forum import editing, moderation, queries, service, trail, verdicts
from portal.forum.models import BoardModerator, Post, Topic
from portal.forum.moderation import Mark
from portal.forum.service import Draft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic


@pytest.fixture
def staff(session: Session) -> Actor:
    return actor_of(make_user(session))


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Kim Sato")


@pytest.fixture
def topic(session: Session, asker: User) -> Topic:
    return make_topic(session, author=asker)


def found(session: Session) -> dict[str, str]:
    """Return what can be found, and whose it is."""
    session.flush()
    rows = session.execute(
        select(SearchDocument.key, SearchDocument.group).where(SearchDocument.is_removed.is_(False))
    )
    return dict(rows.all())


def mark(session: Session, actor: Actor, topic: Topic, what: Mark, *, is_set: bool = True) -> None:
    moderation.mark_topic(session, actor=actor, topic_id=topic.id, mark=what, is_set=is_set, now=NOW)


def reply(session: Session, user: User, topic: Topic) -> Post:
    return service.reply(
        session, actor=actor_of(user), topic_id=topic.id, draft=Draft(body="And then?"), now=NOW
    )


def test_a_closed_topic_takes_no_replies_but_from_moderators(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    mark(session, staff, topic, Mark.CLOSED)

    with pytest.raises(ForbiddenError):
        reply(session, asker, topic)
    service.reply(session, actor=staff, topic_id=topic.id, draft=Draft(body="Closed, as it is old."), now=NOW)
    mark(session, staff, topic, Mark.CLOSED, is_set=False)
    reply(session, asker, topic)


def test_nothing_changes_in_an_archived_topic(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    helper = make_customer(session)
    answer = make_reply(session, author=helper, topic=topic)
    mark(session, staff, topic, Mark.ARCHIVED)

    with pytest.raises(ForbiddenError):
        verdicts.vote(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        editing.remove_post(session, actor=actor_of(helper), post_id=answer.id, now=NOW)
    with pytest.raises(ForbiddenError):
        draft = Draft(body="Other.")
        editing.edit_post(session, actor=actor_of(helper), post_id=answer.id, draft=draft, edition=1, now=NOW)


def test_the_trail_tells_what_was_done_once(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    for is_set in (True, True, False):
        mark(session, staff, topic, Mark.PINNED, is_set=is_set)
    session.flush()

    assert [act.kind for act in trail.acts_for(session, staff, topic)] == ["not_pinned", "pinned"]
    with pytest.raises(ForbiddenError):
        trail.acts_for(session, actor_of(asker), topic)


def test_a_customer_moderates_the_boards_they_were_given(session: Session, topic: Topic) -> None:
    keeper = make_customer(session)
    elsewhere = make_topic(session, author=keeper)
    session.add(BoardModerator(board_id=topic.board_id, user_id=keeper.id))
    actor = actor_of(keeper)

    mark(session, actor, topic, Mark.CLOSED)
    with pytest.raises(ForbiddenError):
        mark(session, actor, elsewhere, Mark.CLOSED)
    with pytest.raises(ForbiddenError):
        moderation.move_topic(
            session, actor=actor, topic_id=topic.id, board_slug=elsewhere.board.slug, now=NOW
        )

    opening = read_topic(session, actor, topic.id).opening
    editing.remove_post(session, actor=actor, post_id=opening.id, now=NOW)
    session.flush()
    assert queries.topic_for(session, actor, topic.id) == topic
    with pytest.raises(NotFoundError):
        queries.topic_for(session, VISITOR, topic.id)


def test_a_moved_topic_is_for_the_readers_of_its_board(session: Session, staff: Actor, topic: Topic) -> None:
    secret = make_board(session, audience=STAFF)

    moderation.move_topic(session, actor=staff, topic_id=topic.id, board_slug=secret.slug, now=NOW)
    session.flush()

    with pytest.raises(NotFoundError):
        queries.topic_for(session, VISITOR, topic.id)
    assert session.scalars(select(SearchDocument.audience)).all() == [STAFF]


def test_merged_topics_are_one(session: Session, staff: Actor, asker: User, topic: Topic) -> None:
    helper = make_customer(session)
    make_reply(session, author=helper, topic=topic)
    other = make_topic(session, author=asker, board=topic.board, title="Labels again")
    answer = make_reply(session, author=helper, topic=other, body="Use the wide roll.")
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    moderation.merge_topics(session, actor=staff, topic_id=other.id, into_id=topic.id, now=NOW)

    posts = queries.posts_of(session, topic)
    assert [post.position for post in posts] == [1, 2, 3, 4]
    assert (topic.answer_count, topic.accepted_post_id) == (3, answer.id)
    assert found(session) == {
        f"topic:{topic.id}" if post.is_opening else f"post:{post.id}": f"topic:{topic.id}" for post in posts
    }
    with pytest.raises(NotFoundError):
        queries.topic_for(session, VISITOR, other.id)
    assert queries.successor_for(session, VISITOR, other.id) == topic


def test_what_led_to_a_merged_topic_leads_to_the_one_that_took_it_over(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    first, again, last = (make_topic(session, author=asker, board=topic.board) for _ in range(3))

    def link(one: Topic, original: Topic) -> None:
        moderation.link_to_original(session, actor=staff, topic_id=one.id, original_id=original.id, now=NOW)

    def merge(one: Topic, into: Topic) -> None:
        moderation.merge_topics(session, actor=staff, topic_id=one.id, into_id=into.id, now=NOW)
        session.commit()

    merge(first, topic)
    link(again, topic)
    link(last, topic)
    revision = again.revision
    merge(topic, last)

    assert queries.successor_for(session, VISITOR, first.id) == last
    assert read_topic(session, VISITOR, again.id).original == last
    assert again.revision > revision
    assert last.duplicate_of_id is None


def test_what_cannot_be_merged_is_told(session: Session, staff: Actor, asker: User, topic: Topic) -> None:
    other = make_topic(session, author=asker)
    with pytest.raises(InvalidError):
        moderation.merge_topics(session, actor=staff, topic_id=topic.id, into_id=topic.id, now=NOW)
    opening = read_topic(session, staff, other.id).opening
    editing.remove_post(session, actor=staff, post_id=opening.id, now=NOW)
    with pytest.raises(ConflictError):
        moderation.merge_topics(session, actor=staff, topic_id=topic.id, into_id=other.id, now=NOW)


def test_split_replies_are_a_topic_of_their_own(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    helper = make_customer(session)
    bodies = ("Which printer?", "By the way, how do I scan?", "It scans by itself.")
    first, aside, answer = (make_reply(session, author=helper, topic=topic, body=body) for body in bodies)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)

    fresh = moderation.split_topic(
        session,
        actor=staff,
        topic_id=topic.id,
        post_ids={answer.id, aside.id},
        title="How do I  scan?",
        now=NOW,
    )

    assert (topic.answer_count, topic.is_solved) == (1, False)
    assert (fresh.title, fresh.author_id, fresh.answer_count) == ("How do I scan?", helper.id, 1)
    assert [post.id for post in queries.posts_of(session, fresh)] == [aside.id, answer.id]
    assert found(session) == {
        f"topic:{topic.id}": f"topic:{topic.id}",
        f"post:{first.id}": f"topic:{topic.id}",
        f"topic:{fresh.id}": f"topic:{fresh.id}",
        f"post:{answer.id}": f"topic:{fresh.id}",
    }


def test_only_replies_of_the_topic_can_be_split_off(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    stranger = make_reply(session, author=asker, topic=make_topic(session, author=asker))
    mine = make_reply(session, author=asker, topic=topic)
    opening = read_topic(session, staff, topic.id).opening

    for chosen in (set(), {opening.id, mine.id}):
        with pytest.raises(InvalidError):
            moderation.split_topic(
                session, actor=staff, topic_id=topic.id, post_ids=chosen, title="New", now=NOW
            )
    with pytest.raises(NotFoundError):
        moderation.split_topic(
            session, actor=staff, topic_id=topic.id, post_ids={stranger.id, mine.id}, title="New", now=NOW
        )


def test_a_removed_reply_is_not_split_off(
    session: Session, browser_of: Callable[[User], FlaskClient], staff: Actor, asker: User, topic: Topic
) -> None:
    gone, stays = (make_reply(session, author=asker, topic=topic, body=body) for body in ("Oops.", "Aside."))
    editing.remove_post(session, actor=staff, post_id=gone.id, now=NOW)
    session.commit()

    page = browser_of(make_user(session)).get(f"/community/topics/{topic.id}/moderation").text
    assert f'name="posts" value="{stays.id}"' in page
    assert f'name="posts" value="{gone.id}"' not in page
    for chosen, refusal in (({gone.id}, InvalidError), ({gone.id, stays.id}, NotFoundError)):
        with pytest.raises(refusal):
            moderation.split_topic(
                session, actor=staff, topic_id=topic.id, post_ids=chosen, title="New", now=NOW
            )


def test_a_duplicate_leads_to_the_first_question(
    session: Session, staff: Actor, asker: User, topic: Topic
) -> None:
    again = make_topic(session, author=asker, board=topic.board)
    stranger = actor_of(make_customer(session))

    def link(actor: Actor, one: Topic, original_id: int | None) -> None:
        moderation.link_to_original(session, actor=actor, topic_id=one.id, original_id=original_id, now=NOW)

    with pytest.raises(ForbiddenError):
        link(stranger, again, topic.id)
    link(actor_of(asker), again, topic.id)
    assert read_topic(session, VISITOR, again.id).original == topic
    with pytest.raises(InvalidError):
        link(staff, topic, again.id)

    moderation.move_topic(
        session,
        actor=staff,
        topic_id=topic.id,
        board_slug=make_board(session, audience=STAFF).slug,
        now=NOW,
    )
    session.flush()
    assert read_topic(session, VISITOR, again.id).original is None
    link(staff, again, None)
    assert again.duplicate_of_id is None
