"""Staff keep the boards: who sees them, who may start topics, and who keeps order."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import PUBLIC, STAFF
from portal.accounts.models import User
from portal.core.errors import ConflictError, ForbiddenError, InvalidError
from portal.forum import boards, queries, service
from portal.forum.boards import BoardDraft
from portal.forum.models import TopicKind
from portal.forum.service import Draft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def staff(session: Session) -> Actor:
    return actor_of(make_user(session))


def test_a_board_is_added_with_its_moderators(session: Session, staff: Actor) -> None:
    keeper = make_customer(session)
    draft = BoardDraft(
        names={"en": "Tips & tricks", "ja": " "}, moderators=frozenset({str(keeper.email)}), position=2
    )

    board = boards.add_board(session, actor=staff, draft=draft)

    assert (board.slug, board.names) == ("tips-tricks", {"en": "Tips & tricks"})
    assert queries.moderates(session, actor_of(keeper), board)
    assert not queries.moderates(session, actor_of(make_customer(session)), board)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (BoardDraft(names={"en": " "}), "name_en"),
        (BoardDraft(names={"en": "Printing"}), "name_en"),
        (BoardDraft(names={"en": "New"}, moderators=frozenset({"no@body.test"})), "moderators"),
    ],
)
def test_a_board_that_cannot_be_is_refused(
    session: Session, staff: Actor, draft: BoardDraft, field: str
) -> None:
    make_board(session, slug="printing")

    with pytest.raises(InvalidError) as refused:
        boards.add_board(session, actor=staff, draft=draft)

    assert refused.value.field == field


def test_customers_keep_no_boards(session: Session) -> None:
    board, customer = make_board(session), actor_of(make_customer(session))
    with pytest.raises(ForbiddenError):
        boards.add_board(session, actor=customer, draft=BoardDraft(names={"en": "Mine"}))
    with pytest.raises(ForbiddenError):
        boards.update_board(
            session, actor=customer, slug=board.slug, draft=BoardDraft(names={"en": "Mine"}), now=NOW
        )
    with pytest.raises(ForbiddenError):
        boards.remove_board(session, actor=customer, slug=board.slug)


def test_what_is_on_a_board_is_found_by_whoever_sees_it(session: Session, staff: Actor) -> None:
    board, author = make_board(session), make_customer(session)
    make_reply(session, author=author, topic=make_topic(session, author=author, board=board))
    make_topic(session, author=author)

    boards.update_board(
        session, actor=staff, slug=board.slug, draft=BoardDraft(names=board.names, audience=STAFF), now=NOW
    )

    audiences = session.scalars(select(SearchDocument.audience).order_by(SearchDocument.id)).all()
    assert audiences == [STAFF, STAFF, PUBLIC]


def test_who_may_start_topics_is_a_matter_of_the_board(session: Session, staff: Actor) -> None:
    reader, keeper = make_customer(session), make_customer(session)
    news = boards.add_board(
        session,
        actor=staff,
        draft=BoardDraft(names={"en": "News"}, posting=STAFF, moderators=frozenset({str(keeper.email)})),
    )

    def post(actor: Actor) -> int:
        draft = Draft(title="New release", body="It is here.")
        return service.post_topic(
            session, actor=actor, board_slug=news.slug, kind=TopicKind.DISCUSSION, draft=draft, now=NOW
        ).id

    with pytest.raises(ForbiddenError):
        post(actor_of(reader))
    topic_id = post(actor_of(keeper))
    service.reply(session, actor=actor_of(reader), topic_id=topic_id, draft=Draft(body="Thanks!"), now=NOW)
    assert news in queries.boards_to_post_on_for(session, actor_of(keeper))
    assert news not in queries.boards_to_post_on_for(session, actor_of(reader))


def test_only_an_empty_board_is_removed(session: Session, staff: Actor) -> None:
    topic = make_topic(session, author=make_customer(session))
    with pytest.raises(ConflictError):
        boards.remove_board(session, actor=staff, slug=topic.board.slug)
    boards.remove_board(session, actor=staff, slug=make_board(session, slug="empty").slug)
    assert [board.id for board in queries.boards_for(session, staff)] == [topic.board_id]


def test_the_pages_keep_what_was_typed(session: Session, browser_of: Browse) -> None:
    browser = browser_of(make_user(session))
    typed = {"name_en": "Scanning", "audience": "everyone", "posting": "signed-in", "template_en": "Version:"}

    refused = browser.post("/staff/boards/new", data=typed)
    assert refused.status_code == 422
    assert "“everyone” is no audience" in refused.text
    assert 'value="Scanning"' in refused.text

    assert browser.post("/staff/boards/new", data=typed | {"audience": "public"}).status_code == 303
    assert "Scanning" in browser.get("/staff/boards/").text
    form = browser.get("/staff/boards/scanning").text
    assert ">\nVersion:</textarea>" in form.replace("\r", "")
    assert browser.post("/staff/boards/scanning/removal").status_code == 303
    assert browser.get("/staff/boards/scanning").status_code == 404
