"""A solved topic becomes a draft, once; topic and article lead to each other; who answered hears."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.audience import PUBLIC, STAFF, Audience
from portal.accounts.models import User
from portal.content.markdown import render
from portal.core.db import transaction
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.files import queries as files
from portal.files.attachments import service as attachments
from portal.files.attachments.rules import written
from portal.files.rules import place_of
from portal.files.service import Upload
from portal.forum import editing, moderation, verdicts
from portal.forum.models import Post, Topic
from portal.forum.paths import path_of_topic
from portal.forum.service import Draft
from portal.harvest import queries, service
from portal.harvest.rules import Words, body_of, link
from portal.knowledge import workflow
from portal.knowledge.models import Article, Section, Translation
from portal.knowledge.paths import path_of_text
from portal.knowledge.queries import article_with_texts
from portal.notifications.models import Notice
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user
from tests.files.pictures import encoded, halves
from tests.knowledge.factories import make_section

Browse = Callable[[User], FlaskClient]
PICTURE = "![The dialog](/files/0123456789012345678901234567890123456789.png)"


@pytest.fixture
def section(session: Session) -> Section:
    return make_section(session)


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def helper(session: Session) -> User:
    return make_customer(session, name="Ben *B* Ito")


def solved(
    session: Session, helper: User, *, audience: Audience = PUBLIC, title: str = "How do I print [A4]?"
) -> Topic:
    asker = make_customer(session)
    board = make_board(session, audience=audience)
    if audience != PUBLIC:
        board.audience = audience | {f"account:{asker.account_id}", f"account:{helper.account_id}"}
    topic = make_topic(session, author=asker, board=board, title=title, body="Nothing *comes* out.")
    answer = make_reply(session, author=helper, topic=topic, body=f"Choose **A4**.\n\n{PICTURE}")
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answer.id, now=NOW)
    session.commit()
    return topic


def say(_language: str, names: str, topic: str) -> Words:
    return Words(problem="Problem", solution="Solution", credit=f"By {names} in {topic}.")


def uploads() -> Path:
    folder: Path = current_app.extensions["settings"].uploads_dir
    return folder


def draft(session: Session, actor: User, topic: Topic) -> Article:
    made = service.draft_article(
        session,
        actor=actor_of(actor),
        topic_id=topic.id,
        languages=("en", "ja"),
        say=say,
        folder=uploads(),
        now=NOW,
    )
    session.commit()
    return made


def publish(session: Session, staff: User, article: Article) -> None:
    workflow.publish(
        session,
        actor=actor_of(staff),
        article=article_with_texts(session, article.id),
        language=article.source_language,
        now=NOW,
    )
    session.commit()


def text_of(session: Session, article: Article) -> Translation:
    return session.scalars(select(Translation).where(Translation.article_id == article.id)).one()


@pytest.mark.usefixtures("section")
def test_one_press_makes_a_draft_and_a_second_leads_to_the_same(
    session: Session, browser_of: Browse, staff: User, helper: User
) -> None:
    topic = solved(session, helper)
    browser = browser_of(staff)
    path = path_of_topic(topic)
    assert "Make an article of it" in browser.get(path).text

    first, second = (browser.post(f"/community/topics/{topic.id}/article") for _ in range(2))

    text = session.scalars(select(Translation)).one()
    assert first.location == second.location == path_of_text(text.article_id, language="en")
    assert browser.get(first.location).status_code == 200
    assert (text.title, text.is_published) == ("How do I print [A4]?", False)
    assert text.body == (
        "## Problem\n\nNothing *comes* out.\n\n"
        f"## Solution\n\nChoose **A4**.\n\n{PICTURE}\n\n"
        f"From the community: answered by [Ben \\*B\\* Ito](/people/{helper.id})"
        f" in [How do I print \\[A4\\]?]({path}).\n"
    )
    assert f'<a href="/people/{helper.id}">Ben *B* Ito</a>' in text.body_html
    assert "A draft of an article was made of this" in browser.get(path).text


@pytest.mark.usefixtures("section")
def test_the_words_are_those_of_the_topics_language(
    session: Session, browser_of: Browse, staff: User, helper: User
) -> None:
    topic = solved(session, helper, title="請求書を印刷するにはどうすればよいですか")
    browser_of(staff).post(f"/community/topics/{topic.id}/article")

    text = session.scalars(select(Translation)).one()
    assert (text.language, "## 問題" in text.body, "## Problem" in text.body) == ("ja", True, False)


@pytest.mark.usefixtures("section")
def test_a_draft_is_for_the_boards_readers_alone(session: Session, staff: User, helper: User) -> None:
    topic = solved(session, helper, audience=STAFF)
    assert draft(session, staff, topic).audience == topic.board.audience


@pytest.mark.usefixtures("section")
def test_topic_and_article_lead_to_each_other_once_it_is_published(
    session: Session, browser_of: Browse, client: FlaskClient, staff: User, helper: User
) -> None:
    topic = solved(session, helper)
    article = draft(session, staff, topic)
    assert "article was made" not in client.get(path_of_topic(topic)).text
    assert queries.topic_behind(session, actor_of(helper), article.id) is topic

    publish(session, staff, article)

    text = text_of(session, article)
    address = f"/help/en/articles/{article.id}-{text.slug}"
    page = client.get(path_of_topic(topic)).text
    assert "There is an article on this" in page
    assert f'href="{address}"' in page
    assert "From the community:" in client.get(address).text
    assert f'href="{path_of_topic(topic)}"' in client.get(address).text
    assert "Make an article of it" not in browser_of(staff).get(path_of_topic(topic)).text


@pytest.mark.usefixtures("section")
def test_what_may_not_be_seen_is_not_led_to(
    session: Session, browser_of: Browse, staff: User, helper: User
) -> None:
    topic = solved(session, helper, audience=STAFF)
    article = draft(session, staff, topic)
    publish(session, staff, article)
    stranger = actor_of(make_customer(session))
    article.audience = PUBLIC
    session.commit()
    assert queries.topic_behind(session, stranger, article.id) is None
    page = browser_of(make_customer(session)).get(
        f"/help/en/articles/{article.id}-{text_of(session, article).slug}"
    )
    assert page.status_code == 200
    assert "From the community:" not in page.text

    article.audience = STAFF
    session.commit()
    assert queries.article_made_of(session, actor_of(helper), topic, language="en") is None


@pytest.mark.usefixtures("section")
def test_the_topic_that_took_another_over_leads_to_its_article(
    session: Session, staff: User, helper: User
) -> None:
    topic, target = solved(session, helper), solved(session, helper)
    article = draft(session, staff, topic)
    moderation.merge_topics(session, actor=actor_of(staff), topic_id=topic.id, into_id=target.id, now=NOW)
    session.commit()

    found = queries.article_made_of(session, actor_of(staff), target, language="en")

    assert found
    assert found.article_id == article.id
    assert queries.topic_behind(session, actor_of(helper), article.id) is target


@pytest.mark.usefixtures("section")
def test_who_answered_hears_once_that_it_is_published(
    session: Session, work: Callable[[], None], staff: User, helper: User
) -> None:
    topic = solved(session, helper)
    taken_back = make_reply(session, author=make_customer(session), topic=topic)
    verdicts.accept_answer(session, actor=actor_of(staff), post_id=taken_back.id, now=NOW)
    article = draft(session, staff, topic)
    editing.remove_post(session, actor=actor_of(staff), post_id=taken_back.id, now=NOW)
    session.commit()

    def told() -> list[int]:
        work()
        return list(session.scalars(select(Notice.user_id).where(Notice.kind == "answer_in_article")))

    assert told() == []
    publish(session, staff, article)
    assert told() == [helper.id]
    again = article_with_texts(session, article.id)
    workflow.archive(session, actor=actor_of(staff), article=again, language="en", now=NOW)
    workflow.bring_back(session, actor=actor_of(staff), article=again, language="en", now=NOW)
    session.commit()
    assert told() == [helper.id]


@pytest.mark.usefixtures("section")
def test_who_may_not_read_the_article_does_not_hear_of_it(
    session: Session, work: Callable[[], None], staff: User, helper: User
) -> None:
    article = draft(session, staff, solved(session, helper))
    article.audience = STAFF
    publish(session, staff, article)
    work()
    assert not session.scalars(select(Notice).where(Notice.kind == "answer_in_article")).all()


def test_the_last_articles_section_is_the_next_ones(session: Session, staff: User, helper: User) -> None:
    make_section(session)
    other = make_section(session)
    topic = solved(session, helper)
    article = draft(session, staff, topic)
    assert article.section_id != other.id
    article.section = other
    again = solved(session, helper)
    again.board = topic.board
    session.commit()

    assert draft(session, staff, again).section_id == other.id


def test_what_cannot_be_an_article_says_why(session: Session, staff: User, helper: User) -> None:
    topic = solved(session, helper)
    with pytest.raises(ConflictError, match="section"):
        draft(session, staff, topic)
    make_section(session)
    with pytest.raises(ForbiddenError):
        draft(session, helper, topic)
    with pytest.raises(ConflictError, match="solved"):
        draft(session, staff, make_topic(session, author=helper))
    opening = session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()
    editing.remove_post(session, actor=actor_of(staff), post_id=opening.id, now=NOW)
    with pytest.raises(ConflictError):
        draft(session, staff, topic)
    with pytest.raises(NotFoundError):
        service.draft_article(
            session,
            actor=actor_of(staff),
            topic_id=424242,
            languages=("en",),
            say=say,
            folder=uploads(),
            now=NOW,
        )


@pytest.mark.usefixtures("section")
def test_several_presses_at_once_make_one_draft(
    app: Flask, session: Session, staff: User, helper: User
) -> None:
    topic_id, actor = solved(session, helper).id, actor_of(staff)
    session.rollback()
    ready = Barrier(4)

    def act(_number: int) -> int:
        with app.app_context():
            ready.wait(timeout=20)
            with transaction(wake=False) as writing:
                return service.draft_article(
                    writing,
                    actor=actor,
                    topic_id=topic_id,
                    languages=("en",),
                    say=say,
                    folder=uploads(),
                    now=NOW,
                ).id

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(act, range(4)))

    assert len(ids) == 1
    assert session.scalar(select(func.count()).select_from(Article)) == 1


@pytest.mark.parametrize("text", ["a*b_c`d", "[x](/evil)", "<b>Bold</b>", "two\nlines \\ {x}"])
def test_a_link_says_its_text_and_nothing_else(text: str) -> None:
    words = Words(problem="P", solution="S", credit=link(text, "/people/1"))
    rendered = render(body_of("Q", ["A"], words))
    assert " ".join(text.split()) in rendered.text
    assert rendered.html.count("<a ") == 1
    assert "<b>" not in rendered.html


def test_pictures_of_the_topic_become_the_articles_own(
    session: Session, browser_of: Browse, staff: User, helper: User, section: Section
) -> None:
    topic = solved(session, helper, audience=Audience({"plan:business"}))
    answer = session.get_one(Post, topic.accepted_post_id)
    picture, notes = (
        attachments.keep(
            session,
            actor=actor_of(helper),
            folder=uploads(),
            upload=Upload(name=name, content=content),
            now=NOW,
        )
        for name, content in (("dialog.png", encoded(halves())), ("notes.txt", b"Drawer 3"))
    )
    body = f"Choose **A4**.\n\n{written(picture)}\n\n{written(notes)}"
    editing.edit_post(
        session, actor=actor_of(helper), post_id=answer.id, draft=Draft(body=body), edition=1, now=NOW
    )
    session.commit()

    said = text_of(session, draft(session, staff, topic)).body

    assert picture.token not in said
    assert written(notes) in said
    key = said.partition("![dialog.png](/files/")[2].partition(")")[0]
    assert place_of(files.file_of(session, key), uploads()).read_bytes() == encoded(halves())
    stranger = browser_of(make_customer(session))
    with stranger.get(f"/files/{key}") as shown:
        assert shown.status_code == 200
    assert stranger.get(f"/attachments/{picture.token}").status_code == 404


@pytest.mark.usefixtures("section")
def test_a_picture_that_an_answer_only_names_is_not_copied(
    session: Session, staff: User, helper: User
) -> None:
    author = make_customer(session)
    upload = Upload(name="secret.png", content=encoded(halves()))
    picture = attachments.keep(session, actor=actor_of(author), folder=uploads(), upload=upload, now=NOW)
    hidden = make_topic(session, author=author, board=make_board(session), body=written(picture))
    room = make_board(session, audience=STAFF)
    moderation.move_topic(session, actor=actor_of(staff), topic_id=hidden.id, board_slug=room.slug, now=NOW)
    topic = solved(session, helper)
    editing.edit_post(
        session,
        actor=actor_of(helper),
        post_id=session.get_one(Post, topic.accepted_post_id).id,
        draft=Draft(body=written(picture)),
        edition=1,
        now=NOW,
    )
    session.commit()

    assert written(picture) in text_of(session, draft(session, staff, topic)).body
