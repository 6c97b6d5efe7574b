"""Who watches a thing hears of it, as long as they may see it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import STAFF, Audience
from portal.accounts.models import User
from portal.core.paging import Cursor
from portal.forum.models import Board, Topic
from portal.forum.paths import path_of_topic
from portal.forum.reading import POSTS_A_PAGE
from portal.knowledge import service as knowledge
from portal.knowledge import workflow
from portal.knowledge.models import Article, Significance, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Edit
from portal.notifications import queries, service
from portal.notifications.kinds import Delivery
from portal.notifications.models import Notice, Watch
from portal.notifications.queries import LINES_A_PAGE, Line
from portal.reactions.subjects import named_for
from portal.support import service as support
from tests.factories import (
    NOW,
    actor_of,
    make_board,
    make_customer,
    make_reply,
    make_request,
    make_topic,
    make_user,
)
from tests.knowledge.factories import make_article, make_section, translate

Work = Callable[[], None]
Browse = Callable[[User], FlaskClient]


def watch(session: Session, user: User, subject: str, delivery: Delivery | None = None) -> None:
    service.watch(
        session, actor=actor_of(user), subject=subject, named_for=named_for, delivery=delivery, now=NOW
    )
    session.commit()


def lines(session: Session, user: User) -> list[Line]:
    """Return the first page of someone's inbox."""
    return list(queries.lines_for(session, actor_of(user), named_for, language="en").rows)


def told(session: Session, user: User) -> list[str]:
    """Return the kinds of what someone was told."""
    return list(session.scalars(select(Notice.kind).where(Notice.user_id == user.id).order_by(Notice.id)))


@pytest.fixture
def asker(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def board(session: Session) -> Board:
    return make_board(session)


@pytest.fixture
def topic(session: Session, asker: User, board: Board) -> Topic:
    return make_topic(session, author=asker, board=board)


def test_who_takes_part_hears_what_others_reply(
    session: Session, asker: User, topic: Topic, work: Work
) -> None:
    first, second = make_customer(session), make_customer(session)
    make_reply(session, author=first, topic=topic)
    make_reply(session, author=second, topic=topic, now=NOW + timedelta(minutes=1))
    work()

    assert told(session, asker) == ["reply", "reply"]
    assert told(session, first) == ["watched_reply"]
    assert told(session, second) == []


def test_who_wants_that_not_to_happen_watches_nothing_by_themselves(
    session: Session, board: Board, work: Work
) -> None:
    shy = make_customer(session)
    service.choose(session, actor=actor_of(shy), deliveries={}, watches_own=False)
    topic = make_topic(session, author=shy, board=board)
    make_reply(session, author=make_customer(session), topic=topic)
    work()

    assert told(session, shy) == []
    assert session.scalars(select(Watch).where(Watch.user_id == shy.id)).all() == []


def test_who_stopped_watching_hears_nothing(session: Session, asker: User, topic: Topic, work: Work) -> None:
    service.unwatch(session, actor=actor_of(asker), subject=f"topic:{topic.id}")
    make_reply(session, author=make_customer(session), topic=topic)
    work()

    assert told(session, asker) == []


def test_who_watches_a_board_hears_of_new_topics_but_of_no_replies(
    session: Session, board: Board, work: Work
) -> None:
    reader, asker = make_customer(session), make_customer(session)
    watch(session, reader, f"board:{board.id}")
    watch(session, asker, f"board:{board.id}")
    topic = make_topic(session, author=asker, board=board)
    make_reply(session, author=make_customer(session), topic=topic)
    work()

    assert told(session, reader) == ["watched_topic"]
    assert told(session, asker) == ["reply"]


def edit(session: Session, text: Translation, significance: Significance, author: User) -> None:
    """Write a new text of an article, and publish it."""
    knowledge.save_article(
        session,
        actor=actor_of(author),
        article_id=text.article_id,
        base_number=text.newest_number,
        language=text.language,
        text=Text(title=text.title, body=f"{text.body} More."),
        edit=Edit(significance=significance),
        now=NOW,
    )
    article = article_with_texts(session, text.article_id)
    workflow.publish(session, actor=SYSTEM, article=article, language=text.language, now=NOW)
    session.commit()


@pytest.mark.parametrize(
    ("significance", "kinds"),
    [(Significance.MAJOR, ["watched_text"]), (Significance.NORMAL, []), (Significance.TYPO, [])],
)
def test_who_watches_an_article_hears_of_major_changes_only(
    session: Session, work: Work, significance: Significance, kinds: list[str]
) -> None:
    text, author, reader = make_article(session), make_user(session), make_customer(session)
    work()
    for user in (author, reader):
        watch(session, user, f"article:{text.article_id}")
    edit(session, text, significance, author)
    work()

    assert told(session, reader) == kinds
    assert told(session, author) == []


def test_who_watches_a_section_hears_once_of_a_new_article_anywhere_below(
    session: Session, work: Work
) -> None:
    top = make_section(session)
    below = make_section(session, parent=top)
    make_article(session, section=below)
    work()
    reader, elsewhere = make_customer(session), make_customer(session)
    for section in (top, below):
        watch(session, reader, f"section:{section.id}")
    make_article(session, section=make_section(session))
    work()
    assert told(session, reader) == []

    make_article(session, section=below)
    work()

    assert told(session, reader) == ["watched_text"]
    assert told(session, elsewhere) == []
    assert session.scalars(select(Notice.watch)).one() == f"section:{below.id}"


def test_a_reader_hears_of_a_text_in_their_own_language_only(session: Session, work: Work) -> None:
    text = make_article(session)
    english, japanese = make_customer(session, language="en"), make_customer(session, language="ja")
    work()
    for user in (english, japanese):
        watch(session, user, f"article:{text.article_id}")
    translate(session, text, "ラベルを印刷する")
    work()

    assert told(session, english) == []
    assert told(session, japanese) == ["watched_text"]


def hide(session: Session, board: Board, audience: Audience = STAFF) -> None:
    session.execute(update(Board).where(Board.id == board.id).values(audience=audience))
    session.commit()


def test_a_watch_of_something_hidden_ends_in_silence(
    session: Session, asker: User, topic: Topic, board: Board, work: Work
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    assert len(lines(session, asker)) == 1
    assert queries.unread_count_for(session, actor_of(asker), named_for) == 1

    hide(session, board)
    make_reply(session, author=make_user(session), topic=topic)
    work()

    assert told(session, asker) == ["reply"]
    assert lines(session, asker) == []
    assert queries.unread_count_for(session, actor_of(asker), named_for) == 0
    assert queries.watched_by(session, actor_of(asker), named_for, language="en").rows == []


def test_replies_in_one_topic_are_one_line_that_leads_to_the_first_unread(
    session: Session, asker: User, topic: Topic, work: Work
) -> None:
    posts = [make_reply(session, author=make_customer(session), topic=topic) for _ in range(3)]
    work()
    (line,) = lines(session, asker)
    assert (line.count, line.is_unread) == (3, True)
    assert line.path.endswith(f"#post-{posts[0].id}")

    service.read_line(session, actor=actor_of(asker), notice_id=line.id, now=NOW)
    latest = make_reply(session, author=make_customer(session, name="Kim Sato"), topic=topic)
    work()

    unread, read = lines(session, asker)
    assert (unread.count, unread.is_unread, unread.params["name"]) == (1, True, "Kim Sato")
    assert unread.path.endswith(f"#post-{latest.id}")
    assert (read.count, read.is_unread) == (3, False)


def test_reading_a_page_of_a_topic_reads_what_one_was_told_of_it(
    session: Session, asker: User, topic: Topic, work: Work, browser_of: Browse
) -> None:
    helper = make_customer(session)
    for _ in range(POSTS_A_PAGE + 2):
        make_reply(session, author=helper, topic=topic)
    work()
    browser = browser_of(asker)
    unread = select(Notice.place).where(Notice.read_at.is_(None)).order_by(Notice.place)

    browser.get(path_of_topic(topic))
    session.rollback()
    assert session.scalars(unread).all() == [POSTS_A_PAGE + 2, POSTS_A_PAGE + 3]

    page = browser.get(f"{path_of_topic(topic)}?page=2").text
    session.rollback()
    assert session.scalars(unread).all() == []
    assert 'class="count"' not in page


def test_opening_a_request_reads_that_it_has_an_answer(
    session: Session, work: Work, browser_of: Browse
) -> None:
    kim, staff = make_customer(session), make_user(session)
    request = make_request(session, author=kim)
    support.reply(session, actor=actor_of(staff), request_id=request.id, body="Here.", now=NOW)
    session.commit()
    work()
    browser = browser_of(kim)
    assert 'class="count"' in browser.get("/community/").text
    assert 'class="count"' not in browser.get(f"/support/requests/{request.id}").text


def test_older_lines_come_by_cursor(session: Session) -> None:
    kim = make_customer(session)
    for number in range(2 * LINES_A_PAGE + 5):
        news = service.News(kind="accepted", params={"title": str(number)}, path="/", cause=str(number))
        service.tell(session, news, to=[kim.id], now=NOW + timedelta(minutes=number))
    session.commit()
    seen: list[str] = []
    after, sizes = None, []
    while True:
        page = queries.lines_for(session, actor_of(kim), named_for, language="en", after=after)
        seen += [line.params["title"] for line in page.rows]
        sizes.append(len(page.rows))
        if page.next_cursor is None:
            break
        after = Cursor.decode(page.next_cursor)

    assert sizes == [LINES_A_PAGE, LINES_A_PAGE, 5]
    assert seen == [str(number) for number in reversed(range(2 * LINES_A_PAGE + 5))]


def test_the_button_works_with_a_script_and_without(
    session: Session, topic: Topic, browser_of: Browse
) -> None:
    reader = make_customer(session)
    browser, subject = browser_of(reader), f"topic:{topic.id}"
    page = browser.get(path_of_topic(topic)).text
    assert 'aria-pressed="false"' in page.partition("/me/watches/")[2]

    answer = browser.post("/me/watches/", data={"subject": subject, "next": path_of_topic(topic)})
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of_topic(topic))
    page = browser.get(path_of_topic(topic)).text
    assert 'aria-pressed="true"' in page.partition("/me/watches/")[2]

    undo = {"subject": subject, "_method": "delete"}
    piece = browser.post("/me/watches/", data=undo, headers={"HX-Request": "true"}).text
    assert piece.strip().startswith("<form")
    assert 'aria-pressed="false"' in piece
    assert session.scalars(select(Watch).where(Watch.user_id == reader.id)).all() == []


@pytest.mark.parametrize("place", ["board", "section", "article"])
def test_every_page_that_can_be_watched_has_the_button(
    session: Session, board: Board, browser_of: Browse, place: str
) -> None:
    text = make_article(session)
    article: Article = article_with_texts(session, text.article_id)
    paths = {
        "board": (f"/community/{board.slug}/", f"board:{board.id}"),
        "section": (f"/help/en/{article.section.slug}/", f"section:{article.section_id}"),
        "article": (f"/help/en/articles/{article.id}-{text.slug}", f"article:{article.id}"),
    }
    path, subject = paths[place]
    reader = make_customer(session)
    assert f'value="{subject}"' in browser_of(reader).get(path).text


def test_the_list_of_watches_offers_another_way_and_an_end(
    session: Session, topic: Topic, browser_of: Browse
) -> None:
    reader = make_customer(session)
    browser, subject = browser_of(reader), f"topic:{topic.id}"
    watch(session, reader, subject)
    assert topic.title in browser.get("/me/watches/").text

    browser.post("/me/watches/", data={"subject": subject, "delivery": "weekly"})
    assert re.search(r'value="weekly"\s+selected', browser.get("/me/watches/").text)
    browser.post("/me/watches/", data={"subject": subject, "_method": "delete"})
    assert topic.title not in browser.get("/me/watches/").text


def test_what_is_watched_in_silence_is_not_told(
    session: Session, asker: User, topic: Topic, work: Work
) -> None:
    watch(session, asker, f"topic:{topic.id}", Delivery.NOTHING)
    make_reply(session, author=make_customer(session), topic=topic)
    work()
    assert told(session, asker) == []


def test_settings_are_kept_and_shown(app: Flask, session: Session, browser_of: Browse) -> None:
    kim = make_customer(session)
    browser = browser_of(kim)
    sent = {"reply": "weekly", "accepted": "nothing", "time_zone": "Europe/Berlin"}
    assert browser.post("/me/notifications/settings", data=sent).status_code == 303
    session.rollback()
    session.expire_all()

    chosen = queries.settings_of(session, kim.id)
    assert (chosen["reply"], chosen["accepted"]) == (Delivery.WEEKLY, Delivery.NOTHING)
    assert chosen["watched_topic"] is Delivery.DAILY
    assert not queries.watches_own(session, kim.id)
    assert session.scalars(select(User.time_zone).where(User.id == kim.id)).one() == "Europe/Berlin"
    page = browser.get("/me/notifications/settings").text
    assert "review_asked" not in page
    assert re.search(r'<option selected value="Europe/Berlin">|value="Europe/Berlin" selected', page)
