"""Who may know is asked: by those whom it concerns, not too often, and of nothing hidden from them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF, Audience
from portal.accounts.models import Account, AccountStatus, User
from portal.accounts.sanctions import SanctionKind, impose
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.forum import editing, moderation, queries, tags, verdicts
from portal.forum.experts import service
from portal.forum.experts.models import ExpertInvitation, InvitationState
from portal.forum.experts.queries import Experts, asked_of, experts_for, wishes_of
from portal.forum.experts.rules import MOST_A_WEEK, MOST_INVITED, Wishes
from portal.forum.models import Board, BoardModerator, ModerationAct, Topic
from portal.forum.moderation import Mark
from portal.forum.paths import path_of_topic
from portal.forum.tags import TagDraft
from portal.notifications import service as notifications
from portal.notifications.kinds import Delivery
from portal.notifications.mail.models import Mail
from portal.notifications.models import Notice, NoticeSetting
from portal.notifications.queries import unread_count_for
from portal.notifications.restraint import WEEK, QuietHours
from portal.reactions.subjects import named_for
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_board,
    make_customer,
    make_reply,
    make_topic,
    make_user,
)

Work = Callable[[], None]
Browse = Callable[[User], FlaskClient]
ALWAYS = Wishes(quiet=QuietHours(begin=0, end=0, holds_on_weekends=False))
TITLE = "How do I print labels?"


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session, name="Ana Asker")


@pytest.fixture
def expert(session: Session) -> User:
    return make_expert(session, name="Eve Expert")


@pytest.fixture
def board(session: Session) -> Board:
    return make_board(session)


def make_expert(session: Session, **values: object) -> User:
    """Make someone who can be asked at any hour."""
    person = make_customer(session, **values)
    wish(session, person, ALWAYS)
    return person


def wish(session: Session, person: User, wishes: Wishes) -> None:
    service.choose(session, actor=actor_of(person), wishes=wishes)
    session.commit()


def solve(
    session: Session,
    expert: User,
    *,
    board: Board | None = None,
    asker: User | None = None,
    title: str = TITLE,
    now: datetime = NOW,
) -> Topic:
    """Let someone's question be solved by an expert."""
    topic = make_topic(session, author=asker or make_user(session), board=board, title=title, now=now)
    post = make_reply(session, author=expert, topic=topic, now=now)
    verdicts.accept_answer(session, actor=actor_of(make_user(session)), post_id=post.id, now=now)
    session.commit()
    return topic


def share_a_tag(session: Session, *topics: Topic) -> None:
    staff = actor_of(make_user(session))
    tags.add_tag(session, actor=staff, draft=TagDraft(names={"en": "Paper"}))
    for topic in topics:
        tags.gather(session, topic, tags.tags_named(session, ["Paper"]))
    session.commit()


def look(app: Flask, session: Session, reader: User, topic: Topic, *, now: datetime = NOW) -> Experts:
    session.rollback()
    return experts_for(session, actor_of(reader), topic.id, app.extensions["searcher"], now=now)


def names(experts: Experts) -> list[str]:
    return [candidate.name for candidate in experts.candidates]


def ask(app: Flask, session: Session, actor: Actor, topic: Topic, *people: User, now: datetime = NOW) -> int:
    count = service.ask(
        session,
        actor=actor,
        topic_id=topic.id,
        user_ids={person.id for person in people},
        searcher=app.extensions["searcher"],
        now=now,
    )
    session.commit()
    return count


def told(session: Session, person: User) -> list[str]:
    kinds = select(Notice.kind).where(Notice.user_id == person.id, Notice.kind == "expert_invited")
    return list(session.scalars(kinds))


def mailed(session: Session, topic: Topic) -> list[int | None]:
    return list(session.scalars(select(Mail.user_id).where(Mail.thread == f"topic:{topic.id}")))


def state_of(session: Session, person: User) -> InvitationState:
    session.expire_all()
    return session.scalars(select(ExpertInvitation.state).where(ExpertInvitation.user_id == person.id)).one()


def test_who_solved_a_similar_question_is_suggested_with_it(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solved = solve(session, expert, board=board)
    other = make_expert(session, name="Otto Other")
    solve(session, other, board=board, title="Where do invoices go?")
    question = make_topic(session, author=asker, board=board, title="Labels print badly, how do I print?")
    work()

    experts = look(app, session, asker, question)

    assert names(experts) == ["Eve Expert"]
    assert experts.candidates[0].solved_ids == [solved.id]
    assert experts.titles[solved.id].title == TITLE


def test_a_shared_tag_is_a_reason_even_without_an_index(
    app: Flask, session: Session, asker: User, expert: User, board: Board
) -> None:
    solved = solve(session, expert, board=board, title="Where do invoices go?")
    question = make_topic(session, author=asker, board=board)
    share_a_tag(session, solved, question)

    assert names(look(app, session, asker, question)) == ["Eve Expert"]


def test_who_knows_more_and_more_lately_comes_first(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    twice = make_expert(session, name="Tia Twice")
    once = make_expert(session, name="Ole Once")
    for _ in range(2):
        solve(session, twice, board=board)
    solve(session, once, board=board)
    solve(session, expert, board=board, now=NOW - timedelta(days=400))
    question = make_topic(session, author=asker, board=board)
    work()

    assert names(look(app, session, asker, question)) == ["Tia Twice", "Ole Once", "Eve Expert"]


def churn(session: Session, person: User) -> None:
    session.execute(
        update(Account).where(Account.id == person.account_id).values(status=AccountStatus.CHURNED)
    )


def sanction(session: Session, person: User) -> None:
    impose(
        session,
        actor=actor_of(make_user(session)),
        user_id=person.id,
        kind=SanctionKind.SILENCE,
        days=3,
        reason="Noise.",
        now=NOW,
    )


def hear_nothing(session: Session, person: User) -> None:
    session.add(NoticeSetting(user_id=person.id, kind="expert_invited", delivery=Delivery.NOTHING))


def set_person(**values: object) -> Callable[[Session, User], None]:
    def change(session: Session, person: User) -> None:
        session.execute(update(User).where(User.id == person.id).values(**values))
        session.commit()

    return change


UNASKABLE = {
    "opted out": lambda session, person: wish(session, person, replace(ALWAYS, takes_part=False)),
    "hears nothing of it": hear_nothing,
    "left": set_person(is_active=False),
    "came with an import": set_person(email=None),
    "account gone": churn,
    "silenced": sanction,
}


@pytest.mark.parametrize("change", UNASKABLE.values(), ids=UNASKABLE)
def test_who_cannot_be_asked_is_not_suggested(
    app: Flask,
    session: Session,
    work: Work,
    asker: User,
    expert: User,
    board: Board,
    change: Callable[[Session, User], None],
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    assert names(look(app, session, asker, question)) == ["Eve Expert"]

    change(session, expert)
    session.commit()

    assert names(look(app, session, asker, question)) == []
    assert ask(app, session, actor_of(asker), question, expert) == 0


def test_neither_the_asker_nor_staff_are_suggested(
    app: Flask, session: Session, work: Work, asker: User, board: Board
) -> None:
    solve(session, asker, board=board)
    solve(session, make_user(session), board=board)
    question = make_topic(session, author=asker, board=board)
    work()

    assert names(look(app, session, asker, question)) == []


def test_the_asker_and_moderators_ask_and_nobody_else(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    keeper, reader = make_customer(session), make_customer(session)
    session.add(BoardModerator(board_id=board.id, user_id=keeper.id))
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()

    for person in (asker, keeper, make_user(session)):
        assert names(look(app, session, person, question)) == ["Eve Expert"]
    for actor in (actor_of(reader), VISITOR):
        with pytest.raises(ForbiddenError):
            experts_for(session, actor, question.id, app.extensions["searcher"], now=NOW)
        with pytest.raises(ForbiddenError):
            ask(app, session, actor, question, expert)


def test_who_is_silenced_asks_nobody(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    sanction(session, asker)
    session.commit()
    work()

    with pytest.raises(InvalidError):
        ask(app, session, actor_of(asker), question, expert)


def answer(session: Session, topic: Topic) -> None:
    make_reply(session, author=make_customer(session), topic=topic)


def close(session: Session, topic: Topic) -> None:
    staff = actor_of(make_user(session))
    moderation.mark_topic(session, actor=staff, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW)


def remove(session: Session, topic: Topic) -> None:
    opening = queries.posts_of(session, topic)[0]
    editing.remove_post(session, actor=actor_of(make_user(session)), post_id=opening.id, now=NOW)


def merge(session: Session, topic: Topic) -> None:
    other = make_topic(session, author=make_customer(session))
    moderation.merge_topics(
        session, actor=actor_of(make_user(session)), topic_id=topic.id, into_id=other.id, now=NOW
    )


def hide(session: Session, topic: Topic) -> None:
    session.execute(update(Board).where(Board.id == topic.board_id).values(audience=STAFF))


def link(session: Session, topic: Topic) -> None:
    other = make_topic(session, author=make_customer(session))
    moderation.link_to_original(
        session, actor=actor_of(make_user(session)), topic_id=topic.id, original_id=other.id, now=NOW
    )


ENDINGS = {
    "answered": answer,
    "closed": close,
    "removed": remove,
    "merged": merge,
    "hidden": hide,
    "asked before": link,
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_what_needs_no_answer_any_more_reaches_nobody(
    app: Flask,
    session: Session,
    work: Work,
    asker: User,
    expert: User,
    board: Board,
    end: Callable[[Session, Topic], None],
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    assert ask(app, session, actor_of(asker), question, expert) == 1

    end(session, question)
    session.commit()
    work()

    assert told(session, expert) == []
    assert state_of(session, expert) is InvitationState.DROPPED
    assert asked_of(session, actor_of(expert)) == []
    if end is not hide:
        with pytest.raises((ConflictError, NotFoundError)):
            ask(app, session, actor_of(asker), question, expert)


def test_the_askers_own_replies_are_no_answer(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    make_reply(session, author=asker, topic=question, body="It is a thermal printer.")
    work()

    assert names(look(app, session, asker, question)) == ["Eve Expert"]


def test_who_is_asked_hears_it_once_sees_why_and_can_answer(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board, browser_of: Browse
) -> None:
    solved = solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    assert ask(app, session, actor_of(asker), question, expert) == 1
    assert ask(app, session, actor_of(asker), question, expert) == 0
    work()

    notice = session.scalars(select(Notice).where(Notice.kind == "expert_invited")).one()
    assert notice.user_id == expert.id
    assert mailed(session, question) == [expert.id]
    page = browser_of(expert).get(notice.path).text
    assert "Ana Asker asks you" in page
    assert path_of_topic(solved) in page
    assert "asks you" not in browser_of(make_customer(session)).get(notice.path).text
    make_reply(session, author=expert, topic=question)
    assert asked_of(session, actor_of(expert)) == []


def test_a_notice_goes_with_its_question(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    ask(app, session, actor_of(asker), question, expert)
    work()
    before = unread_count_for(session, actor_of(expert), named_for)

    session.execute(update(Topic).where(Topic.id == question.id).values(removed_at=NOW))
    session.commit()

    assert unread_count_for(session, actor_of(expert), named_for) == before - 1


def test_at_most_five_are_asked_and_who_declines_makes_room(
    app: Flask, session: Session, work: Work, asker: User, board: Board
) -> None:
    experts = [make_expert(session) for _ in range(MOST_INVITED + 2)]
    for person in experts:
        solve(session, person, board=board)
    question = make_topic(session, author=asker, board=board)
    work()

    assert len(look(app, session, asker, question).candidates) == MOST_INVITED
    assert ask(app, session, actor_of(asker), question, *experts) == MOST_INVITED
    assert look(app, session, asker, question).candidates == []
    staff = actor_of(make_user(session))
    assert ask(app, session, staff, question, *experts) == 0

    service.decline(session, actor=actor_of(experts[0]), topic_id=question.id, is_for_good=False)
    session.commit()

    assert names(look(app, session, asker, question)) == [experts[MOST_INVITED].name]
    assert ask(app, session, staff, question, *experts) == 1


def test_declining_is_private_and_can_be_for_good(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board, browser_of: Browse
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    ask(app, session, actor_of(asker), question, expert)
    path, part = f"/community/topics/{question.id}/experts", {"HX-Request": "true"}
    before = browser_of(asker).get(path, headers=part).text

    answer = browser_of(expert).post(f"/community/topics/{question.id}/invitation", data={"for_good": "1"})
    session.rollback()

    assert answer.status_code == 303
    assert wishes_of(session, expert.id) == replace(ALWAYS, takes_part=False)
    assert expert.name in before
    assert browser_of(asker).get(path, headers=part).text == before
    assert asked_of(session, actor_of(expert)) == []
    again = make_topic(session, author=asker, board=board)
    work()
    assert told(session, expert) == []  # They had declined before the worker came by.
    assert names(look(app, session, asker, again)) == []


def test_only_who_was_asked_can_decline(session: Session, asker: User) -> None:
    question = make_topic(session, author=asker)
    with pytest.raises(NotFoundError):
        service.decline(
            session, actor=actor_of(make_customer(session)), topic_id=question.id, is_for_good=True
        )


def test_a_person_is_asked_so_often_in_seven_days_and_no_more(
    app: Flask, session: Session, work: Work, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    questions = [make_topic(session, author=make_customer(session), board=board) for _ in range(5)]
    work()
    staff = actor_of(make_user(session))

    asked = [ask(app, session, staff, question, expert) for question in questions]
    assert sum(asked) == MOST_A_WEEK
    assert asked == sorted(asked, reverse=True)

    later = NOW + WEEK
    assert ask(app, session, staff, questions[-1], expert, now=later - timedelta(seconds=1)) == 0
    assert ask(app, session, staff, questions[-1], expert, now=later) == 1


def test_what_never_reached_them_takes_no_room(
    app: Flask, session: Session, work: Work, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    questions = [make_topic(session, author=make_customer(session), board=board) for _ in range(4)]
    work()
    staff = actor_of(make_user(session))
    for question in questions[:MOST_A_WEEK]:
        assert ask(app, session, staff, question, expert) == 1
    answer(session, questions[0])
    assert ask(app, session, staff, questions[-1], expert) == 0
    work()

    assert ask(app, session, staff, questions[-1], expert) == 1


def test_who_wants_fewer_gets_fewer_even_of_what_waits_already(
    app: Flask, session: Session, work: Work, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    wish(session, expert, Wishes())
    set_person(time_zone="Asia/Tokyo")(session, expert)
    questions = [make_topic(session, author=make_customer(session), board=board) for _ in range(3)]
    work()
    friday_night = NOW + timedelta(hours=9)
    staff = actor_of(make_user(session))
    assert [ask(app, session, staff, one, expert, now=friday_night) for one in questions] == [1, 1, 1]

    wish(session, expert, Wishes(most_a_week=1))
    monday = datetime.fromisoformat("2026-11-23T08:00+09:00")
    service.send_due(session, now=monday)
    session.commit()

    states = session.scalars(select(ExpertInvitation.state).order_by(ExpertInvitation.id)).all()
    assert states == [InvitationState.SENT, InvitationState.DROPPED, InvitationState.DROPPED]


def test_what_is_asked_in_quiet_hours_comes_when_they_end_and_once(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    wish(session, expert, Wishes())
    set_person(time_zone="Asia/Tokyo")(session, expert)
    session.commit()
    work()
    evening = datetime.fromisoformat("2026-11-19T21:30+09:00")
    morning = datetime.fromisoformat("2026-11-20T08:00+09:00")

    ask(app, session, actor_of(asker), question, expert, now=evening)
    work()
    assert told(session, expert) == []
    assert service.send_due(session, now=morning - timedelta(seconds=1)) == 0
    assert service.send_due(session, now=morning) == 1
    assert service.send_due(session, now=morning) == 0
    session.commit()
    work()

    assert told(session, expert) == ["expert_invited"]


def test_a_late_worker_does_not_wake_anyone(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    wish(session, expert, Wishes())
    set_person(time_zone="Asia/Tokyo")(session, expert)
    work()
    evening = datetime.fromisoformat("2026-11-18T21:30+09:00")
    next_evening = evening + timedelta(days=1)

    ask(app, session, actor_of(asker), question, expert, now=evening)
    service.send_due(session, now=next_evening)
    session.commit()

    waiting = session.scalars(select(ExpertInvitation)).one()
    assert waiting.state is InvitationState.WAITING
    assert waiting.deliver_at == datetime.fromisoformat("2026-11-20T08:00+09:00")


def test_each_minute_what_is_due_goes(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    ask(app, session, actor_of(asker), question, expert)
    values = {"state": InvitationState.WAITING, "deliver_at": NOW - timedelta(minutes=1)}
    session.execute(update(ExpertInvitation).values(values))
    session.commit()
    queue = app.extensions["jobs"].queue
    with time_machine.travel(NOW, tick=False):
        for task in queue.read_periodic(datetime(2026, 11, 20, 11, 1)):  # noqa: DTZ001  # Huey's own clock.
            queue.execute(task)

    assert state_of(session, expert) is InvitationState.SENT


def test_moderators_see_who_asked_whom(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board, browser_of: Browse
) -> None:
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    ask(app, session, actor_of(asker), question, expert)
    act = session.scalars(select(ModerationAct).where(ModerationAct.topic_id == question.id)).one()

    assert (act.kind, act.actor_id, act.data) == ("asked", asker.id, {"to": "Eve Expert"})
    staff = browser_of(make_user(session))
    assert "Asked Eve Expert" in staff.get(f"/community/topics/{question.id}/moderation").text
    assert "Eve Expert, by Ana Asker" in staff.get(f"/community/topics/{question.id}/experts").text


def test_the_topics_page_offers_them_to_those_who_may_ask(
    session: Session, asker: User, board: Board, browser_of: Browse, client: FlaskClient
) -> None:
    question = make_topic(session, author=asker, board=board)
    path, offer = path_of_topic(question), f"/community/topics/{question.id}/experts"

    assert offer in browser_of(asker).get(path).text
    assert offer in browser_of(make_user(session)).get(path).text
    assert offer not in browser_of(make_customer(session)).get(path).text
    assert offer not in client.get(path).text
    answer(session, question)
    assert offer not in browser_of(asker).get(path).text


def test_one_button_asks_one_and_boxes_ask_several(
    session: Session, work: Work, asker: User, board: Board, browser_of: Browse
) -> None:
    experts = [make_expert(session) for _ in range(3)]
    for person in experts:
        solve(session, person, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    browser, path = browser_of(asker), f"/community/topics/{question.id}/experts"
    invited = select(ExpertInvitation.user_id).order_by(ExpertInvitation.id)

    part = browser.get(path, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Choose at least one person to ask." in browser.post(path, follow_redirects=True).text
    assert browser.post(path, data={"only": experts[1].id}).status_code == 303
    session.rollback()
    assert session.scalars(invited).all() == [experts[1].id]
    assert browser.post(path, data={"person": [experts[0].id, experts[2].id]}).status_code == 303
    session.rollback()
    assert set(session.scalars(invited)) == {person.id for person in experts}


def test_people_say_how_they_want_to_be_asked(session: Session, expert: User, browser_of: Browse) -> None:
    browser = browser_of(expert)
    sent = {"most_a_week": "2", "quiet_from": "18", "quiet_until": "9", "rests_on_weekends": "y"}

    assert browser.post("/me/questions/", data=sent | {"quiet_from": "25"}).status_code == 422
    assert wishes_of(session, expert.id) == ALWAYS
    assert browser.post("/me/questions/", data=sent).status_code == 303
    session.rollback()
    quiet = QuietHours(begin=18, end=9)
    assert wishes_of(session, expert.id) == Wishes(takes_part=False, most_a_week=2, quiet=quiet)
    assert 'selected value="18"' in browser.get("/me/questions/").text


def test_stopping_the_mails_leaves_the_inbox(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    notifications.stop_mail(session, user_id=expert.id, scope="kind:expert_invited")
    solve(session, expert, board=board)
    question = make_topic(session, author=asker, board=board)
    work()
    ask(app, session, actor_of(asker), question, expert)
    work()

    assert told(session, expert) == ["expert_invited"]
    assert mailed(session, question) == []


AUDIENCES = ("public", "signed-in", "staff", "a", "b", "plan:team", "plan:business")


@pytest.mark.slow
@settings(max_examples=15)  # Each indexes, asks and tells.
@given(data=st.data())
def test_nobody_is_suggested_asked_or_told_of_what_they_cannot_read(
    app: Flask, session: Session, work: Work, data: st.DataObject
) -> None:
    accounts = {"a": make_account(session), "b": make_account(session, plan="business")}

    def audience(label: str) -> Audience:
        drawn = data.draw(st.sets(st.sampled_from(AUDIENCES), min_size=1, max_size=2), label=label)
        return frozenset(f"account:{accounts[one].id}" if one in accounts else one for one in drawn)

    solved_on, asked_on = make_board(session), make_board(session, audience=audience("board"))
    words = f"Quokka{solved_on.id} labels"
    experts = [make_user(session, account=account) for account in accounts.values()]
    solved = {}
    for person in experts:
        wish(session, person, ALWAYS)
        solved[person.id] = solve(session, person, board=solved_on, title=words)
    solved_on.audience = audience("solved on")
    asker = make_user(session)
    question = make_topic(session, author=asker, board=asked_on, title=words)
    work()
    viewer = actor_of(make_user(session))

    def readers(topic: Topic) -> set[int]:
        session.expire_all()
        found = set()
        for person in experts:
            try:
                queries.topic_for(session, actor_of(person), topic.id)
            except NotFoundError:
                continue
            found.add(person.id)
        return found

    ids = {person.id for person in experts}
    suggested = ids & {one.user_id for one in look(app, session, asker, question).candidates}
    assert suggested == readers(question)
    ask(app, session, viewer, question, *experts)
    invited = select(ExpertInvitation.user_id).where(ExpertInvitation.topic_id == question.id)
    assert set(session.scalars(invited)) == suggested

    asked_on.audience = audience("board, before they are told")
    session.commit()
    work()

    subject = f"topic:{question.id}"
    heard = select(Notice.user_id).where(Notice.kind == "expert_invited", Notice.subject == subject)
    assert set(session.scalars(heard)) == suggested & readers(question)
    for person in experts:
        asked = asked_of(session, actor_of(person))
        assert bool(asked) == (person.id in suggested & readers(question))
        mine = solved[person.id]
        assert all(bool(one.solved) == (person.id in readers(mine)) for one in asked)


def test_what_the_reader_may_not_see_is_no_reason(
    app: Flask, session: Session, work: Work, asker: User, expert: User, board: Board
) -> None:
    secret = make_board(session, audience=frozenset({f"account:{expert.account_id}"}))
    solved = solve(session, expert, board=secret)
    question = make_topic(session, author=asker, board=board)
    share_a_tag(session, solved, question)
    work()

    assert names(look(app, session, asker, question)) == []
    staff = look(app, session, make_user(session), question)
    assert [list(one.solved_ids) for one in staff.candidates] == [[solved.id]]
