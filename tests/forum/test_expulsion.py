"""Silence and suspension: what they stop, what they hide, and how all of it comes back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import sanctions
from portal.accounts import service as accounts
from portal.accounts.actors import Actor, Level, Role
from portal.accounts.models import User
from portal.accounts.passwords import hash_password
from portal.accounts.queries import actor_of_sign_in
from portal.accounts.sanctions import Sanction, SanctionKind, SuspendedError
from portal.core import outbox
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.forum import cases, editing, expulsion, flags, service, tags, verdicts
from portal.forum.case_models import PostCase
from portal.forum.cases import Decision
from portal.forum.models import BoardModerator, Post, PostFlag, Topic
from portal.forum.moderation import Mark, mark_topic
from portal.forum.service import Draft
from portal.forum.tags import TagDraft
from portal.notifications.kinds import Delivery
from portal.notifications.models import NoticeSetting
from portal.reactions.table import REACTIONS
from tests.factories import (
    NOW,
    actor_of,
    make_customer,
    make_reply,
    make_topic,
    make_user,
    start_sign_in,
)

Browse = Callable[[User], FlaskClient]
PASSWORD = "long enough by far"


@pytest.fixture
def staff(session: Session) -> Actor:
    return actor_of(make_user(session))


@pytest.fixture
def person(session: Session) -> User:
    return make_customer(session, name="Sam Seller", password_hash=hash_password(PASSWORD))


def sanction(
    session: Session,
    actor: Actor,
    person: User,
    kind: SanctionKind = SanctionKind.SILENCE,
    *,
    days: int = 7,
    reason: str = "You advertise.",
    hides_posts: bool = False,
) -> Sanction:
    return expulsion.sanction_author(
        session,
        actor=actor,
        user_id=person.id,
        kind=kind,
        days=days,
        reason=reason,
        hides_posts=hides_posts,
        now=NOW,
    )


@pytest.mark.parametrize("is_guide", [True, False])
def test_who_is_silenced_keeps_no_order(session: Session, staff: Actor, *, is_guide: bool) -> None:
    keeper = make_customer(session, level=int(Level.GUIDE if is_guide else Level.HELPER))
    topic = make_topic(session, author=make_customer(session))
    post = make_reply(session, author=make_customer(session), topic=topic)
    session.add(BoardModerator(board_id=topic.board_id, user_id=keeper.id))
    tags.add_tag(session, actor=staff, draft=TagDraft(names={"en": "Invoices"}))
    flags.flag(session, actor=staff, post_id=post.id, reason="abuse", comment="", now=NOW)
    actor = actor_of(keeper)
    done = sanction(session, staff, keeper, days=3000)

    assert not cases.keeps_order(session, actor)
    with pytest.raises(ForbiddenError):
        cases.decide(session, actor=actor, post_id=post.id, decision=Decision.REMOVE, now=NOW)
    with pytest.raises(ForbiddenError):
        editing.remove_post(session, actor=actor, post_id=post.id, now=NOW)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=actor, post_id=post.id, now=NOW)
    with pytest.raises(ForbiddenError):
        mark_topic(session, actor=actor, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW)
    with pytest.raises(InvalidError, match="cannot write here"):
        tags.set_tags(session, actor=actor, topic_id=topic.id, names=["Invoices"], now=NOW)

    expulsion.lift_sanction(session, actor=staff, sanction_id=done.id, now=NOW)
    assert cases.keeps_order(session, actor)
    editing.remove_post(session, actor=actor, post_id=post.id, now=NOW)


def test_who_is_silenced_writes_nothing_until_the_day(session: Session, staff: Actor, person: User) -> None:
    topic = make_topic(session, author=person)
    opening = session.scalars(select(Post.id).where(Post.topic_id == topic.id)).one()
    sanction(session, staff, person)

    def write(days: int) -> Post:
        at = NOW + timedelta(days=days)
        return service.reply(
            session, actor=actor_of(person), topic_id=topic.id, draft=Draft(body="And?"), now=at
        )

    with pytest.raises(InvalidError):
        write(6)
    with pytest.raises(InvalidError):
        editing.edit_post(
            session,
            actor=actor_of(person),
            post_id=opening,
            draft=Draft(title="A", body="B"),
            edition=1,
            now=NOW,
        )
    write(7)


def test_who_is_suspended_does_not_get_in_and_is_out_at_once(
    session: Session, staff: Actor, person: User
) -> None:
    key = start_sign_in(session, person)
    assert actor_of_sign_in(session, key=key, now=NOW)
    done = sanction(session, staff, person, SanctionKind.SUSPENSION)

    assert actor_of_sign_in(session, key=key, now=NOW) is None
    with pytest.raises(SuspendedError):
        accounts.sign_in(session, email=person.email or "", password=PASSWORD, now=NOW)
    assert accounts.sign_in(session, email=person.email or "", password="wrong", now=NOW) is None
    expulsion.lift_sanction(session, actor=staff, sanction_id=done.id, now=NOW)
    assert accounts.sign_in(session, email=person.email or "", password=PASSWORD, now=NOW)


def test_one_act_hides_what_they_wrote_and_one_brings_it_back(
    session: Session, staff: Actor, person: User
) -> None:
    own = make_topic(session, author=person)
    other = make_topic(session, author=make_customer(session))
    replies = [make_reply(session, author=person, topic=other) for _ in range(2)]
    taken_back = replies.pop()
    editing.remove_post(session, actor=actor_of(person), post_id=taken_back.id, now=NOW)
    make_reply(session, author=make_customer(session), topic=own)

    done = sanction(session, staff, person, SanctionKind.SUSPENSION, hides_posts=True)
    assert (own.is_removed, replies[0].is_removed, other.answer_count) == (True, True, 0)

    expulsion.lift_sanction(session, actor=staff, sanction_id=done.id, now=NOW)
    assert (own.is_removed, replies[0].is_removed, other.answer_count) == (False, False, 1)
    assert taken_back.is_removed
    assert own.answer_count == 1


def test_only_staff_sanction_and_never_each_other(session: Session, staff: Actor, person: User) -> None:
    with pytest.raises(ForbiddenError):
        sanction(session, actor_of(make_customer(session)), person)
    with pytest.raises(ForbiddenError):
        sanction(session, staff, make_user(session, role=Role.ADMIN))
    done = sanction(session, staff, person)
    with pytest.raises(ForbiddenError):
        expulsion.lift_sanction(session, actor=actor_of(person), sanction_id=done.id, now=NOW)


@pytest.mark.parametrize(("days", "reason"), [(0, "Noise."), (3651, "Noise."), (7, "  ")])
def test_a_sanction_needs_a_reason_and_an_end(
    session: Session, staff: Actor, person: User, days: int, reason: str
) -> None:
    with pytest.raises(InvalidError):
        sanction(session, staff, person, days=days, reason=reason)


def test_one_sanction_holds_at_a_time(session: Session, staff: Actor, person: User) -> None:
    first = sanction(session, staff, person)
    with pytest.raises(ConflictError):
        sanction(session, staff, person)

    sanctions.lift(session, actor=staff, sanction_id=first.id, now=NOW)

    sanction(session, staff, person)


def test_a_person_objects_once_while_it_holds(session: Session, staff: Actor, person: User) -> None:
    done = sanction(session, staff, person)
    sanctions.object_to(session, sanction_id=done.id, words="It was a question.", now=NOW)

    with pytest.raises(ConflictError):
        sanctions.object_to(session, sanction_id=done.id, words="Please.", now=NOW)
    with pytest.raises(NotFoundError):
        sanctions.object_to(session, sanction_id=done.id, words="Late.", now=done.ends_at)


def test_the_silenced_read_why_in_their_inbox_and_object(
    session: Session, browser_of: Browse, staff: Actor, person: User
) -> None:
    sanction(session, staff, person, days=3000)
    session.commit()
    outbox.drain(REACTIONS)
    browser = browser_of(person)

    assert "You advertise." in browser.get("/me/notifications/").text
    assert "You advertise." in browser.get("/sanction/").text
    browser.post("/sanction/appeal", data={"words": "It was a question."})

    assert "You have objected" in browser.get("/sanction/").text
    page = browser_of(make_user(session)).get("/staff/sanctions/").text
    assert "It was a question." in page
    assert browser_of(make_customer(session)).get("/sanction/").status_code == 404


def test_the_suspended_read_why_instead_of_signing_in(
    session: Session, client: FlaskClient, staff: Actor, person: User
) -> None:
    sanction(session, staff, person, SanctionKind.SUSPENSION, days=3000)
    session.commit()

    page = client.post(
        "/sign-in", data={"email": person.email, "password": PASSWORD}, follow_redirects=True
    ).text

    assert "Your access is suspended" in page
    assert "You advertise." in page
    answer = client.post("/sanction/appeal", data={"words": "It was a question."}, follow_redirects=True)
    assert "You have objected" in answer.text
    assert client.get("/me/notifications/").status_code == 302


def test_what_was_typed_stays_with_who_is_silenced(
    session: Session, browser_of: Browse, staff: Actor, person: User
) -> None:
    topic: Topic = make_topic(session, author=make_customer(session))
    sanction(session, staff, person, days=3000)
    session.commit()

    answer = browser_of(person).post(f"/community/topics/{topic.id}/posts", data={"body": "Long thoughts."})

    assert answer.status_code == 422
    assert "Long thoughts." in answer.text
    assert "You cannot write here until" in answer.text


def test_staff_silence_from_the_queue(session: Session, browser_of: Browse, person: User) -> None:
    form = {"user_id": str(person.id), "kind": "silence", "days": "7", "reason": "Noise."}
    browser = browser_of(make_user(session))

    assert browser.post("/staff/sanctions/", data={**form, "reason": ""}).status_code == 422
    assert browser.post("/staff/sanctions/", data=form).location == "/staff/sanctions/"
    session.rollback()
    sanction_id = session.scalars(select(Sanction.id)).one()
    assert browser.post(f"/staff/sanctions/{sanction_id}/lifting").status_code == 303


def test_a_refused_sanction_keeps_what_was_typed(session: Session, browser_of: Browse, person: User) -> None:
    browser = browser_of(make_user(session))
    form = {"user_id": person.id, "kind": "suspension", "reason": "Adverts again.", "hides_posts": "yes"}

    for days in ("", "0"):
        refused = browser.post("/staff/sanctions/", data=form | {"days": days})
        assert refused.status_code == 422
        assert ">Adverts again.</textarea>" in refused.text
        assert "selected>" in " ".join(refused.text.split())
    assert browser.post("/staff/sanctions/", data=form | {"days": "2"}).status_code == 303


def test_a_sanction_closes_the_cases_that_it_settles_and_lifting_it_reopens_them(
    session: Session, staff: Actor, person: User
) -> None:
    topic = make_topic(session, author=make_customer(session))
    flagged, decided, held, others = (
        make_reply(session, author=author, topic=topic, body=body)
        for author, body in [
            (person, "One"),
            (person, "Two"),
            (person, "Coupon! Discount code, coupon, 50% off, promo code, coupon deals http://a.example"),
            (make_customer(session), "Three"),
        ]
    )
    reader = actor_of(make_customer(session))
    for post in (flagged, decided, others):
        flags.flag(session, actor=reader, post_id=post.id, reason="spam", comment="", now=NOW)
    assert held.is_held

    done = sanction(session, staff, person, hides_posts=True)
    assert waiting(session) == {others.id}
    assert not session.scalars(
        select(PostFlag.id).where(PostFlag.resolved_at.is_(None), PostFlag.post_id == flagged.id)
    ).all()
    cases.reopen(session, actor=staff, post_id=decided.id, now=NOW)
    cases.decide(session, actor=staff, post_id=decided.id, decision=Decision.REMOVE, now=NOW)

    expulsion.lift_sanction(session, actor=staff, sanction_id=done.id, now=NOW)
    assert waiting(session) == {others.id, flagged.id, held.id}
    assert (flagged.is_removed, decided.is_removed, held.is_held) == (False, True, True)


def test_a_sanction_that_hides_nothing_leaves_the_cases_open(
    session: Session, staff: Actor, person: User
) -> None:
    post = make_reply(session, author=person, topic=make_topic(session, author=make_customer(session)))
    reader = actor_of(make_customer(session))
    flags.flag(session, actor=reader, post_id=post.id, reason="spam", comment="", now=NOW)
    sanction(session, staff, person)
    assert waiting(session) == {post.id}


def waiting(session: Session) -> set[int]:
    session.flush()
    return set(session.scalars(select(PostCase.post_id).where(PostCase.closed_at.is_(None))))


def test_why_one_is_silenced_cannot_be_switched_off(
    session: Session, browser_of: Browse, staff: Actor, person: User
) -> None:
    browser, path = browser_of(person), "/me/notifications/settings"
    page = browser.get(path).text
    row = page.partition('<select name="sanctioned"')[2].partition("</select>")[0]
    assert 'value="inbox"' in row
    assert 'value="nothing"' not in row
    assert "Always in your inbox." in page
    assert browser.post(path, data={"sanctioned": "nothing"}).status_code == 422
    session.add(NoticeSetting(user_id=person.id, kind="sanctioned", delivery=Delivery.NOTHING))
    session.commit()

    sanction(session, staff, person)
    session.commit()
    outbox.drain(REACTIONS)

    assert "You advertise." in browser.get("/me/notifications/").text


def test_many_posts_are_hidden_and_brought_back_as_one_change_of_what_their_author_is_known_for(
    session: Session, staff: Actor, person: User
) -> None:
    other = make_customer(session)
    topics = [make_topic(session, author=other) for _ in range(2)]
    for topic in topics:
        for _ in range(3):
            make_reply(session, author=person, topic=topic)

    def changes() -> int:
        return len(session.scalars(select(OutboxEvent).where(OutboxEvent.name == "OutcomesChanged")).all())

    before = changes()
    done = sanction(session, staff, person, hides_posts=True)
    assert [session.get_one(Topic, topic.id).answer_count for topic in topics] == [0, 0]
    assert changes() == before + 1

    expulsion.lift_sanction(session, actor=staff, sanction_id=done.id, now=NOW)
    assert [session.get_one(Topic, topic.id).answer_count for topic in topics] == [3, 3]
    assert changes() == before + 2
