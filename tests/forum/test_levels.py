"""What each level opens, and what stays shut below it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor, Level
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, Audience
from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.forum import cases, editing, flags, moderation, queries, service, tags, verdicts
from portal.forum.cases import Decision
from portal.forum.models import BoardModerator, ModerationAct, Post, PostFlag, Topic, TopicKind
from portal.forum.moderation import Mark
from portal.forum.paths import path_of_topic
from portal.forum.reputation.rules import LADDER, wait_of
from portal.forum.service import Draft
from portal.forum.tags import TagDraft
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]
LINKS = "[a](https://a.example/x) and [b](https://b.example/y) and https://c.example"


def customer(session: Session, level: Level = Level.MEMBER) -> Actor:
    return actor_of(make_customer(session, level=int(level)))


def write(session: Session, actor: Actor, topic: Topic, body: str = "Turn it off and on.") -> Post:
    return service.reply(session, actor=actor, topic_id=topic.id, draft=Draft(body=body), now=NOW)


def flag(session: Session, post: Post, level: Level) -> None:
    actor = customer(session, level)
    flags.flag(session, actor=actor, post_id=post.id, reason="abuse", comment="", now=NOW)
    session.flush()


@pytest.fixture
def topic(session: Session) -> Topic:
    return make_topic(session, author=make_customer(session))


@pytest.fixture
def answer(session: Session, topic: Topic) -> Post:
    return make_reply(session, author=make_customer(session), topic=topic)


# Links.


def test_newcomers_lead_elsewhere_twice_and_members_as_they_like(session: Session, topic: Topic) -> None:
    newcomer = customer(session, Level.NEWCOMER)
    with pytest.raises(InvalidError, match="at most 2 links"):
        write(session, newcomer, topic, LINKS)
    session.rollback()

    assert write(session, newcomer, topic, LINKS.replace("https://c.example", "c")).body_html
    assert write(session, customer(session, Level.MEMBER), topic, LINKS).body_html


def test_a_comment_and_a_change_are_held_to_it_too(session: Session, topic: Topic) -> None:
    newcomer = customer(session, Level.NEWCOMER)
    post = write(session, newcomer, topic)
    session.commit()
    with pytest.raises(InvalidError, match="at most 2 links"):
        service.comment(session, actor=newcomer, post_id=post.id, body=LINKS, now=NOW)
    session.rollback()
    with pytest.raises(InvalidError, match="at most 2 links"):
        editing.edit_post(
            session, actor=newcomer, post_id=post.id, draft=Draft(body=LINKS), edition=1, now=NOW
        )
    session.rollback()
    assert session.get_one(Post, post.id).body == "Turn it off and on."


@pytest.mark.parametrize(
    ("site", "is_free"),
    [
        ("https://docs.example/guide", True),
        ("http://www.docs.example", True),
        ("http://127.0.0.1:5000/help/en/", True),
        ("/help/en/", True),
        ("https://docs.example.evil.test/", False),
        ("https://ocs.example/", False),
        ("https://docs.exampl/", False),
        ("https://removed.example/", False),
        ("https://secret.example/", False),
        ("//elsewhere.example/", False),
        ("HTTPS://elsewhere.example/", False),
    ],
)
def test_this_site_and_those_of_staff_are_free(
    session: Session, topic: Topic, site: str, *, is_free: bool
) -> None:
    staff = actor_of(make_user(session))
    room = make_topic(session, author=make_user(session), board=make_board(session, audience=STAFF))
    write(session, staff, topic, "Read https://docs.example.")
    write(session, staff, room, "Not yet: https://secret.example/")
    gone = write(session, staff, topic, "Or https://removed.example/ perhaps.")
    editing.remove_post(session, actor=staff, post_id=gone.id, now=NOW)
    session.commit()
    body = f"[a](https://a.example/x), [b](https://b.example/y) and [here]({site})"
    newcomer = customer(session, Level.NEWCOMER)

    if is_free:
        assert write(session, newcomer, topic, body).body == body
    else:
        with pytest.raises(InvalidError, match="at most 2 links"):
            write(session, newcomer, topic, body)


def test_what_was_typed_stays(session: Session, topic: Topic, browser_of: Browse) -> None:
    browser = browser_of(make_customer(session, level=0))
    answer = browser.post(f"/community/topics/{topic.id}/posts", data={"body": LINKS})

    assert answer.status_code == 422
    assert "at most 2 links to other sites" in answer.text
    assert LINKS in answer.text


# Pace.


def test_how_long_one_waits() -> None:
    rung = LADDER[Level.NEWCOMER]
    minutes = [NOW - timedelta(minutes=number) for number in range(1, 30)]
    hours = [NOW - timedelta(hours=number) for number in range(1, 24)]

    assert wait_of(minutes[:9], rung, now=NOW) is None
    assert wait_of(minutes[:10], rung, now=NOW) == timedelta(minutes=50)
    assert wait_of(minutes[:20], rung, now=NOW) == timedelta(hours=23, minutes=40)
    assert wait_of(hours[:19], rung, now=NOW) is None
    assert wait_of(hours[:20], rung, now=NOW) == timedelta(hours=4)
    assert wait_of(hours[:20], LADDER[Level.MEMBER], now=NOW) is None


def test_newcomers_write_so_much_an_hour(session: Session, topic: Topic) -> None:
    newcomer = customer(session, Level.NEWCOMER)
    for number in range(10):
        post = write(session, newcomer, topic, f"Try number {number}.")
    removed = editing.remove_post(session, actor=newcomer, post_id=post.id, now=NOW)
    assert removed.is_removed
    with pytest.raises(InvalidError, match="in 60 min"):
        write(session, newcomer, topic)
    with pytest.raises(InvalidError, match="in 60 min"):
        service.comment(session, actor=newcomer, post_id=post.id, body="And so on.", now=NOW)
    later = NOW + timedelta(hours=1)
    draft = Draft(body="Once more.")
    assert service.reply(session, actor=newcomer, topic_id=topic.id, draft=draft, now=later).body


def test_staff_and_moderators_write_as_they_like(session: Session, topic: Topic) -> None:
    keeper = make_customer(session, level=0)
    session.add(BoardModerator(board_id=topic.board_id, user_id=keeper.id))
    session.commit()
    for actor in (actor_of(make_user(session)), actor_of(keeper)):
        for number in range(12):
            assert write(session, actor, topic, f"{number} {LINKS}").body


def test_too_much_is_said_with_the_text_kept(session: Session, topic: Topic, browser_of: Browse) -> None:
    person = make_customer(session, level=0)
    for number in range(10):
        write(session, actor_of(person), topic, f"Try number {number}.")
    session.commit()
    browser = browser_of(person)
    form = {"title": "One more thing", "body": "What I typed", "board": topic.board.slug, "kind": "question"}
    session.execute(update(Post).values(created_at=utc_now()))  # The pages go by the clock.
    session.commit()

    for path, data in (("/community/topics/new", form), (f"/community/topics/{topic.id}/posts", form)):
        answer = browser.post(path, data=data)
        assert answer.status_code == 422
        assert "You can post this in" in answer.text
        assert "What I typed" in answer.text


# Tags.


def test_helpers_tag_what_others_started_and_regulars_do_not(session: Session, topic: Topic) -> None:
    admin = actor_of(make_user(session))
    tags.add_tag(session, actor=admin, draft=TagDraft(names={"en": "Paper"}))
    for level in (Level.NEWCOMER, Level.MEMBER):
        with pytest.raises(ForbiddenError):
            tags.set_tags(
                session, actor=customer(session, level), topic_id=topic.id, names=["paper"], now=NOW
            )

    helper = customer(session, Level.HELPER)
    tags.set_tags(session, actor=helper, topic_id=topic.id, names=["paper"], now=NOW)

    assert topic.tag_words == ["paper"]
    act = session.scalars(select(ModerationAct).where(ModerationAct.topic_id == topic.id)).one()
    assert (act.kind, act.actor_id, act.data) == ("tagged", helper.user_id, {"to": "paper"})
    with pytest.raises(ForbiddenError):
        moderation.mark_topic(
            session, actor=helper, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW
        )


def test_helpers_tag_nothing_that_they_cannot_see(session: Session) -> None:
    owner = make_customer(session)
    room = make_board(session, audience=frozenset({f"account:{owner.account_id}"}))
    topic = make_topic(session, author=owner, board=room)
    with pytest.raises(NotFoundError):
        tags.set_tags(session, actor=customer(session, Level.HELPER), topic_id=topic.id, names=[], now=NOW)


def test_the_page_for_tags(session: Session, topic: Topic, browser_of: Browse) -> None:
    tags.add_tag(session, actor=actor_of(make_user(session)), draft=TagDraft(names={"en": "Paper"}))
    session.commit()
    path, page = f"/community/topics/{topic.id}/tags", path_of_topic(topic)
    browser = browser_of(make_customer(session, level=int(Level.HELPER)))

    assert path in browser.get(page).text
    wrong = browser.post(path, data={"tags": "papre"})
    assert (wrong.status_code, "papre" in wrong.text) == (422, True)
    assert browser.post(path, data={"tags": "Paper"}).status_code == 303
    assert session.scalars(select(Topic.tag_words)).all() == [["paper"]]
    assert path not in browser_of(make_customer(session)).get(page).text


# Flags.


def test_enough_weight_hides_a_post_until_a_moderator_has_looked(
    session: Session, topic: Topic, answer: Post
) -> None:
    staff = actor_of(make_user(session))
    verdicts.accept_answer(session, actor=staff, post_id=answer.id, now=NOW)
    for level in (Level.NEWCOMER, Level.MEMBER, Level.MEMBER):
        flag(session, answer, level)
    assert not answer.is_removed
    flag(session, answer, Level.NEWCOMER)

    assert answer.is_held
    assert (topic.answer_count, topic.is_solved) == (0, False)
    (view,) = cases.cases_for(session, staff)
    assert [one.weight for one in view.flags] == [1, 2, 2, 1]
    cases.decide(session, actor=staff, post_id=answer.id, decision=Decision.KEEP, now=NOW)
    assert not answer.is_removed
    assert (topic.answer_count, topic.accepted_post_id) == (1, answer.id)

    flag(session, answer, Level.GUIDE)
    assert not answer.is_removed, "flags at which someone has looked weigh nothing"
    flag(session, answer, Level.NEWCOMER)
    assert answer.is_held


def test_posts_of_staff_are_never_hidden(session: Session, topic: Topic) -> None:
    post = make_reply(session, author=make_user(session), topic=topic)
    for _ in range(3):
        flag(session, post, Level.GUIDE)

    assert not post.is_removed
    assert session.scalars(select(PostFlag.weight).where(PostFlag.post_id == post.id)).all() == [5, 5, 5]


def test_a_topic_goes_with_its_first_post(session: Session, topic: Topic) -> None:
    opening = queries.posts_of(session, topic)[0]
    for _ in range(2):
        flag(session, opening, Level.HELPER)
    assert topic.is_removed


def test_the_queue_shows_what_flags_weigh(session: Session, answer: Post, browser_of: Browse) -> None:
    flag(session, answer, Level.HELPER)
    session.commit()
    assert "weighs 3" in browser_of(make_user(session)).get("/community/moderation/").text


# Guides.


def kept(session: Session, guide: Actor, post: Post) -> bool:
    """Tell whether a guide sees the case of a post, and may decide it."""
    listed = post.id in {view.case.post_id for view in cases.cases_for(session, guide)}
    try:
        cases.decide(session, actor=guide, post_id=post.id, decision=Decision.REMOVE, now=NOW)
    except (ForbiddenError, NotFoundError):
        decided = False
    else:
        decided = True
    assert listed is decided
    assert cases.open_count_for(session, guide) <= listed
    return listed


@pytest.mark.parametrize(
    ("audience", "is_kept"),
    [(PUBLIC, True), (SIGNED_IN, True), (STAFF, False), (frozenset({"plan:team"}), False)],
)
def test_guides_keep_the_boards_that_are_for_everyone(
    session: Session, audience: Audience, *, is_kept: bool
) -> None:
    board = make_board(session, audience=audience)
    author = make_customer(session) if audience != STAFF else make_user(session)
    topic = make_topic(session, author=author, board=board)
    post = make_reply(session, author=author, topic=topic)
    flag_by(session, make_user(session), post)
    guide = customer(session, Level.GUIDE)

    assert queries.moderates(session, guide, board) is is_kept
    assert kept(session, guide, post) is is_kept


def flag_by(session: Session, user: User, post: Post) -> None:
    flags.flag(session, actor=actor_of(user), post_id=post.id, reason="abuse", comment="", now=NOW)
    session.flush()


def test_guides_see_nothing_of_a_board_of_one_customer_their_own_or_not(session: Session) -> None:
    owner = make_customer(session)
    room = make_board(session, audience=frozenset({f"account:{owner.account_id}"}))
    topic = make_topic(session, author=owner, board=room)
    post = make_reply(session, author=owner, topic=topic)
    flag_by(session, make_user(session), post)
    editing.remove_post(session, actor=actor_of(owner), post_id=post.id, now=NOW)
    stranger = customer(session, Level.GUIDE)
    colleague = actor_of(make_user(session, account=owner.account, level=int(Level.GUIDE)))

    for guide in (stranger, colleague):
        assert not kept(session, guide, post)
        with pytest.raises(NotFoundError):
            queries.post_for(session, guide, post.id)
    with pytest.raises(NotFoundError):
        queries.topic_for(session, stranger, topic.id)
    with pytest.raises(ForbiddenError):
        moderation.mark_topic(
            session, actor=colleague, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW
        )
    open_topic = make_topic(session, author=make_customer(session))
    with pytest.raises(ForbiddenError):
        moderation.move_topic(session, actor=colleague, topic_id=open_topic.id, board_slug=room.slug, now=NOW)


def test_helpers_keep_nothing(session: Session, answer: Post) -> None:
    helper = customer(session, Level.HELPER)
    with pytest.raises(ForbiddenError):
        cases.cases_for(session, helper)
    with pytest.raises(ForbiddenError):
        editing.remove_post(session, actor=helper, post_id=answer.id, now=NOW)


def test_guides_close_move_and_remove(session: Session, topic: Topic, answer: Post) -> None:
    guide, elsewhere = customer(session, Level.GUIDE), make_board(session)
    moderation.mark_topic(session, actor=guide, topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW)
    moderation.move_topic(session, actor=guide, topic_id=topic.id, board_slug=elsewhere.slug, now=NOW)
    editing.remove_post(session, actor=guide, post_id=answer.id, now=NOW)

    assert (topic.closed_at, topic.board_id, answer.is_removed) == (NOW, elsewhere.id, True)
    assert queries.post_for(session, guide, answer.id) is answer
    editing.restore_post(session, actor=guide, post_id=answer.id, now=NOW)
    assert not answer.is_removed


def test_guides_decide_nothing_of_their_own(session: Session, topic: Topic) -> None:
    guide = customer(session, Level.GUIDE)
    own = write(session, guide, topic)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=guide, post_id=own.id, now=NOW)
    for _ in range(2):
        flag(session, own, Level.HELPER)
    assert own.is_held
    with pytest.raises(ForbiddenError):
        cases.decide(session, actor=guide, post_id=own.id, decision=Decision.KEEP, now=NOW)
    with pytest.raises(ForbiddenError):
        cases.assign(session, actor=guide, post_id=own.id, is_taken=True)
    with pytest.raises(ForbiddenError):
        editing.restore_post(session, actor=guide, post_id=own.id, now=NOW)
    other = customer(session, Level.GUIDE)
    cases.decide(session, actor=other, post_id=own.id, decision=Decision.KEEP, now=NOW)
    assert not own.is_removed
    with pytest.raises(ForbiddenError):
        cases.reopen(session, actor=guide, post_id=own.id, now=NOW)


def test_guides_accept_nothing_that_colleagues_wrote_for_others(session: Session, topic: Topic) -> None:
    person = make_customer(session, level=int(Level.GUIDE))
    guide, colleague = actor_of(person), make_user(session, account=person.account)
    post = make_reply(session, author=colleague, topic=topic)
    with pytest.raises(ForbiddenError):
        verdicts.accept_answer(session, actor=guide, post_id=post.id, now=NOW)

    own = make_topic(session, author=person)
    theirs = make_reply(session, author=colleague, topic=own)
    verdicts.accept_answer(session, actor=guide, post_id=theirs.id, now=NOW)
    verdicts.accept_answer(session, actor=customer(session, Level.GUIDE), post_id=post.id, now=NOW)
    assert post.is_accepted


def test_guides_announce_nothing_and_leave_what_staff_wrote(session: Session, browser_of: Browse) -> None:
    news = make_board(session)
    news.posting = STAFF
    post = queries.posts_of(session, make_topic(session, author=make_user(session), board=news))[0]
    person = make_customer(session, level=int(Level.GUIDE))
    guide, draft = actor_of(person), Draft(title="News", body="It is mine.")
    flag(session, post, Level.HELPER)
    session.commit()
    assert news not in queries.boards_to_post_on_for(session, guide)
    with pytest.raises(ForbiddenError):
        service.post_topic(
            session, actor=guide, board_slug=news.slug, kind=TopicKind.DISCUSSION, draft=draft, now=NOW
        )
    with pytest.raises(ForbiddenError):
        editing.edit_post(session, actor=guide, post_id=post.id, draft=draft, edition=1, now=NOW)
    with pytest.raises(ForbiddenError):
        editing.remove_post(session, actor=guide, post_id=post.id, now=NOW)
    with pytest.raises(ForbiddenError):
        cases.decide(session, actor=guide, post_id=post.id, decision=Decision.REMOVE, now=NOW)
    session.rollback()
    queue = browser_of(person).get("/community/moderation/").text
    assert (f"case-{post.id}" in queue, f"/{post.id}/decision" in queue) == (True, False)


def test_a_guide_finds_the_queue(session: Session, answer: Post, browser_of: Browse) -> None:
    flag(session, answer, Level.MEMBER)
    session.commit()
    guide = make_customer(session, level=int(Level.GUIDE))
    queue = browser_of(guide).get("/community/moderation/")

    assert (queue.status_code, f"case-{answer.id}" in queue.text) == (200, True)
    assert "/community/moderation/" in browser_of(guide).get("/community/").text


# The page about it.


def test_the_page_says_what_is_missing(session: Session, browser_of: Browse, client: FlaskClient) -> None:
    page = browser_of(make_customer(session)).get("/community/levels").text
    assert "You are here: Newcomer" in page
    assert "10 points" in page.partition("Missing to")[2]
    assert "You are here" not in client.get("/community/levels").text
