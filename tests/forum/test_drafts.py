"""What people begin to write: kept for them alone, never overwritten by what is older, gone once posted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.core.db import transaction
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.forum import moderation, queries
from portal.forum.drafts import places, service
from portal.forum.drafts import queries as drafts
from portal.forum.drafts.models import PostDraft
from portal.forum.drafts.service import Begun, Window
from portal.forum.models import Post, Topic
from portal.forum.moderation import Mark
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user

Browse = Callable[[User], FlaskClient]
Save = Callable[..., PostDraft | None]
JSON: Final = {"Accept": "application/json"}
PLACE: Final = "new:"


@pytest.fixture
def author(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session) -> Topic:
    return make_topic(session, author=make_customer(session))


@pytest.fixture
def save(session: Session, author: User) -> Save:
    def run(body: str, window: Window | None = None, *, place: str = PLACE, **about: Any) -> PostDraft | None:
        draft = service.save(
            session,
            actor=actor_of(author),
            place=place,
            text=Begun(body=body, **about),
            window=window or Window(),
            now=NOW,
        )
        session.commit()
        return draft

    return run


def kept(session: Session, user: User, place: str = PLACE) -> str | None:
    mine = select(PostDraft.body).where(PostDraft.user_id == user.id, PostDraft.place == place)
    return session.scalar(mine.where(PostDraft.discarded_at.is_(None)))


def post_json(browser: FlaskClient, place: str, body: str, **form: str) -> tuple[int, dict[str, Any]]:
    answer = browser.post("/me/drafts/", data={"place": place, "body": body, **form}, headers=JSON)
    return answer.status_code, answer.json or {}


def test_a_draft_fills_the_form_wherever_its_author_opens_it(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    post = make_reply(session, author=author, topic=topic)
    here, elsewhere = browser_of(author), browser_of(author)
    pages = {
        "new:": "/community/topics/new",
        f"topic:{topic.id}": f"/community/topics/{topic.id}-{topic.slug}",
        f"post:{post.id}": f"/community/posts/{post.id}/comments",
        f"edit:{post.id}:1": f"/community/posts/{post.id}/text",
    }
    for place in pages:
        status, said = post_json(here, place, f"Begun in {place}", draft_writer="one", draft_step="1")
        assert (status, said) == (200, {"version": said["version"]})

    for place, page in pages.items():
        assert f"Begun in {place}</textarea>" in elsewhere.get(page).text
        assert f"Begun in {place}" not in browser_of(make_user(session)).get(page).text


def test_a_draft_without_a_text_is_shown_to_its_author_alone(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    page, form = f"/community/topics/{topic.id}-{topic.slug}", 'name="draft_version" value='
    browser = browser_of(author)
    _, said = post_json(browser, f"topic:{topic.id}", "", title="Begun")

    assert f'{form}"{said["version"]}"' in browser.get(page).text
    assert f'{form}"0"' in browser_of(make_customer(session)).get(page).text


def test_the_other_answers_of_a_form_are_kept_too(session: Session, browser_of: Browse, author: User) -> None:
    board = make_board(session)
    browser = browser_of(author)
    answers = {
        "kind": "review",
        "rating": "4",
        "usage": "Labels",
        "board": board.slug,
        "title": "Good & fast",
    }
    post_json(browser, f"new:{board.slug}", "It prints.", **answers)

    page = browser.get(f"/community/topics/new?board={board.slug}").text

    assert '<option selected value="4">' in page
    assert 'value="Good &amp; fast"' in page
    assert 'value="Labels"' in page
    assert "Write a review" in page


def test_posting_forgets_the_draft_in_the_same_transaction(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    browser, post = browser_of(author), make_reply(session, author=author, topic=topic)
    board = topic.board.slug
    acts = {
        "new:": ("/community/topics/new", {"title": "How?", "board": board, "kind": "question"}),
        f"topic:{topic.id}": (f"/community/topics/{topic.id}/posts", {}),
        f"post:{post.id}": (f"/community/posts/{post.id}/comments", {}),
        f"edit:{post.id}:1": (f"/community/posts/{post.id}/text", {"edition": "1"}),
    }
    for place, (path, form) in acts.items():
        _, said = post_json(browser, place, "Like this?")
        sent = {"body": "Like this?", "place": place, "draft_version": str(said["version"]), **form}
        assert browser.post(path, data=sent | {"body": ""}).status_code == 422
        session.rollback()
        assert kept(session, author, place) == "Like this?"
        assert browser.post(path, data=sent).status_code == 303
        session.rollback()
        assert kept(session, author, place) is None


def test_posting_keeps_what_another_window_has_saved_since(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    browser, place = browser_of(author), f"topic:{topic.id}"
    _, said = post_json(browser, place, "Old", draft_writer="one", draft_step="1")
    post_json(browser, place, "Newer", draft_version=str(said["version"]), draft_writer="two", draft_step="1")

    form = {"body": "Old", "draft_version": str(said["version"]), "draft_writer": "one"}
    assert browser.post(f"/community/topics/{topic.id}/posts", data=form).status_code == 303

    session.rollback()
    assert kept(session, author, place) == "Newer"


def test_the_older_window_is_told_and_overwrites_nothing(
    session: Session, browser_of: Browse, author: User
) -> None:
    browser = browser_of(author)
    _, first = post_json(browser, PLACE, "One", draft_writer="one", draft_step="1")
    known = str(first["version"])
    status, second = post_json(browser, PLACE, "Two", draft_version=known, draft_writer="two", draft_step="1")
    assert (status, second["version"]) == (200, first["version"] + 1)

    status, said = post_json(
        browser, PLACE, "One and more", draft_version=known, draft_writer="one", draft_step="2"
    )
    page = browser.post("/me/drafts/", data={"place": PLACE, "body": "Typed <here>", "draft_version": known})

    assert status == page.status_code == 409
    assert "in another window" in said["detail"]
    assert "Typed &lt;here&gt;</textarea>" in page.text
    assert "Two</textarea>" in page.text
    assert kept(session, author) == "Two"


def test_a_discarded_or_posted_draft_is_not_saved_again_by_an_old_window(
    session: Session, save: Save, author: User
) -> None:
    draft = save("Begun", Window(writer="one", step=1))
    assert draft is not None
    old = Window(version=draft.version, writer="one", step=2)
    service.discard(session, actor=actor_of(author), draft_id=draft.id, now=NOW)
    session.commit()
    with pytest.raises(ConflictError):
        save("Begun and more", old)
    assert save("Afresh", Window(writer="two", step=1)) is not None

    with pytest.raises(ConflictError):
        save("Begun and more", old)
    service.finish(session, actor=actor_of(author), place=PLACE, window=Window(writer="two"))
    session.commit()
    with pytest.raises(ConflictError):
        save("Begun and more", old)
    assert kept(session, author) is None


@given(st.permutations([1, 2, 3, 4]))
def test_saves_of_one_window_may_overtake_each_other(
    session: Session, author: User, order: list[int]
) -> None:
    place = f"topic:{author.id}"
    for step in order:
        text = Begun(body=f"Text {step}")
        window = Window(writer="one", step=step)
        service.save(session, actor=actor_of(author), place=place, text=text, window=window, now=NOW)
    assert kept(session, author, place) == "Text 4"
    service.finish(session, actor=actor_of(author), place=place, window=Window(writer="one"))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=8))
def test_two_windows_lose_nothing_silently(
    session: Session, author: User, turns: list[tuple[str, bool]]
) -> None:
    """Each turn someone opens a page anew or goes on in theirs, and saves: it is taken, or they are told."""
    actor, place = actor_of(author), f"post:{author.id}"
    pages: dict[str, Window] = {}
    stays: str | None = None
    for number, (name, is_opened) in enumerate(turns):
        seen = kept(session, author, place)
        assert seen == stays
        if is_opened or name not in pages:
            version = drafts.kept_for(session, actor, place).version
            pages[name] = Window(version=version, writer=f"{name}{number}")
        page = pages[name] = replace(pages[name], step=pages[name].step + 1)
        text = Begun(body=f"{page.writer} says {number}")
        try:
            saved = service.save(session, actor=actor, place=place, text=text, window=page, now=NOW)
        except ConflictError:
            assert seen is not None
            assert not seen.startswith(f"{page.writer} ")
            continue
        assert saved is not None
        is_known = seen is None or is_opened or seen.startswith(f"{page.writer} ") or page.step == 1
        assert is_known
        pages[name], stays = replace(page, version=saved.version), text.body
    service.clear_old(session, now=NOW + timedelta(days=91))
    session.expunge_all()


def test_many_windows_at_once_make_one_draft(app: Flask, session: Session, author: User) -> None:
    actor, ready = actor_of(author), Barrier(4)
    session.rollback()

    def act(number: int) -> bool:
        with app.app_context():
            ready.wait(timeout=20)
            try:
                with transaction(wake=False) as writing:
                    window = Window(writer=f"window {number}", step=1)
                    text = Begun(body=f"Text {number}")
                    service.save(writing, actor=actor, place=PLACE, text=text, window=window, now=NOW)
            except ConflictError:
                return False
            return True

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(act, range(4)))

    assert taken.count(True) == 1
    assert kept(session, author) == f"Text {taken.index(True)}"


def test_an_empty_text_is_no_draft(session: Session, save: Save, author: User) -> None:
    assert save(" \n") is None
    draft = save("Words")
    assert draft is not None
    assert save("", Window(version=draft.version)) is None
    assert kept(session, author) is None


def test_drafts_are_for_their_author_alone(
    session: Session, browser_of: Browse, save: Save, author: User
) -> None:
    draft = save("A secret")
    assert draft is not None
    path = f"/me/drafts/{draft.id}"
    for user in (make_customer(session), make_user(session)):
        browser = browser_of(user)
        assert browser.get(path).status_code == 404
        assert browser.post(f"{path}/discarding").status_code == 404
        assert "A secret" not in browser.get("/me/drafts/").text
    own = browser_of(author)
    assert "A secret</textarea>" in own.get(path).text
    assert "A secret" in own.get("/me/drafts/").text


def test_discarding_can_be_undone_for_a_day(
    session: Session, browser_of: Browse, save: Save, author: User
) -> None:
    browser, draft = browser_of(author), save("Begun")
    assert draft is not None
    path = f"/me/drafts/{draft.id}/discarding"

    assert browser.post(path).headers["Location"] == "/me/drafts/"
    page = browser.get("/me/drafts/").text
    assert f'action="{path}"' in page
    assert "No drafts" in page
    browser.post(path, data={"_method": "delete"})
    session.rollback()
    assert kept(session, author) == "Begun"

    service.discard(session, actor=actor_of(author), draft_id=draft.id, now=NOW)
    service.clear_old(session, now=NOW + timedelta(hours=23))
    assert session.scalar(select(PostDraft.id)) == draft.id
    service.clear_old(session, now=NOW + timedelta(hours=25))
    assert session.scalar(select(PostDraft.id)) is None


def test_old_drafts_are_cleared(session: Session, save: Save, author: User) -> None:
    save("Begun")
    service.clear_old(session, now=NOW + timedelta(days=90))
    assert kept(session, author) == "Begun"
    service.clear_old(session, now=NOW + timedelta(days=91))
    assert kept(session, author) is None


def test_drafts_are_limited_in_number_and_size(session: Session, save: Save) -> None:
    first = save("Begun", place="topic:0")
    assert first is not None
    known = Window(version=first.version)
    for number in range(1, service.DRAFTS_A_PERSON):
        save("Begun", place=f"topic:{number}")
    with pytest.raises(InvalidError, match="You keep 50 drafts already"):
        save("One more", place="topic:999")
    assert save("Changed", known, place="topic:0") is not None
    for begun in (
        {"body": "x" * 100_001},
        {"body": "x", "title": "x" * 301},
        {"body": "x", "fields": {"tags": "x" * 401}},
    ):
        with pytest.raises(InvalidError, match="Shorten it"):
            save(place="topic:1", **begun)


@pytest.mark.parametrize(
    "place", ["", "topic", "topic:", "topic:1:2", "edit:1", "new:a b", "account:1", "topic:１"]
)
def test_what_is_no_place_keeps_nothing(browser_of: Browse, author: User, place: str) -> None:
    status, said = post_json(browser_of(author), place, "Begun")
    assert status == 422
    assert "Open the form again" in said["detail"]


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "x", ""])
def test_odd_numbers_break_nothing(browser_of: Browse, author: User, number: str) -> None:
    browser = browser_of(author)
    status, _ = post_json(browser, "topic:9999999999", "Begun", draft_version=number, draft_step=number)
    assert status in {200, 409}
    assert browser.get("/me/drafts/").status_code == 200


def test_without_a_script_a_button_saves_and_leads_back(
    browser_of: Browse, author: User, topic: Topic
) -> None:
    browser = browser_of(author)
    page = browser.post(
        "/me/drafts/", data={"place": f"topic:{topic.id}", "body": "Begun"}, follow_redirects=True
    )

    assert "Draft saved." in page.text
    assert "Begun</textarea>" in page.text
    assert page.request.path == f"/community/topics/{topic.id}-{topic.slug}"


def wheres(session: Session, user: User) -> dict[str, tuple[str, bool]]:
    mine = drafts.drafts_for(session, actor_of(user))
    found = drafts.wheres_for(session, actor_of(user), mine, language="en")
    return {draft.place: (found[draft.id].title, bool(found[draft.id].path)) for draft in mine}


def test_a_draft_outlives_its_place(
    session: Session, browser_of: Browse, save: Save, author: User, topic: Topic
) -> None:
    staff = make_user(session)
    post = make_reply(session, author=author, topic=topic)
    for place in (places.to_reply(topic.id), places.to_comment(post.id), places.to_edit(post.id, 1)):
        save("Begun", place=place)
    assert set(wheres(session, author).values()) == {(topic.title, True)}

    moderation.mark_topic(
        session, actor=actor_of(staff), topic_id=topic.id, mark=Mark.CLOSED, is_set=True, now=NOW
    )
    session.commit()
    page = browser_of(author).get(f"/community/topics/{topic.id}-{topic.slug}").text
    assert "Your draft is kept: read and copy it" in page
    assert "<textarea" not in page
    assert wheres(session, author) == {
        f"topic:{topic.id}": (topic.title, False),
        f"post:{post.id}": (topic.title, False),
        f"edit:{post.id}:1": (topic.title, True),
    }

    room = make_board(session, audience=STAFF)
    moderation.move_topic(session, actor=actor_of(staff), topic_id=topic.id, board_slug=room.slug, now=NOW)
    session.commit()
    assert set(wheres(session, author).values()) == {("", False)}
    page = browser_of(author).get("/me/drafts/").text
    assert "In a topic that you cannot see any more" in page
    assert topic.title not in page
    assert save(
        "Begun and more",
        Window(version=drafts.kept_for(session, actor_of(author), f"topic:{topic.id}").version),
        place=f"topic:{topic.id}",
    )


def test_a_change_of_an_older_text_does_not_fill_the_form_of_a_newer_one(
    session: Session, browser_of: Browse, save: Save, author: User, topic: Topic
) -> None:
    post = make_reply(session, author=author, topic=topic, body="First")
    save("Mine", place=places.to_edit(post.id, 1))
    browser = browser_of(author)
    form = {"body": "Second", "edition": "1"}
    assert browser.post(f"/community/posts/{post.id}/text", data=form).status_code == 303

    assert "Second</textarea>" in browser.get(f"/community/posts/{post.id}/text").text
    assert "Nothing can be posted there any more" in browser.get("/me/drafts/").text


def test_a_quotation_stands_behind_what_was_begun(
    session: Session, browser_of: Browse, save: Save, author: User, topic: Topic
) -> None:
    opening = session.scalars(select(Post).where(Post.topic_id == topic.id)).one()
    save("Begun", place=places.to_reply(topic.id))

    page = browser_of(author).get(f"/community/topics/{topic.id}-{topic.slug}?quote={opening.id}").text

    text = page.partition('name="body"')[2].partition("</textarea>")[0]
    assert text.index("Begun") < text.index("&gt; The printer prints nothing.")


@pytest.mark.parametrize(
    ("title", "body", "beginning"),
    [
        ("Labels", "Words", "Labels"),
        (" ", " Look: ![shot.png](/attachments/0) and [a.log](/attachments/1).", "Look: shot.png and a.log."),
        ("", "x" * 99, "x" * 80),
    ],
)
def test_the_list_shows_how_a_draft_begins(title: str, body: str, beginning: str) -> None:
    assert PostDraft(title=title, body=body).beginning == beginning


def test_nobody_discards_what_is_not_theirs(session: Session, save: Save) -> None:
    draft = save("Begun")
    assert draft is not None
    with pytest.raises(NotFoundError):
        service.bring_back(session, actor=actor_of(make_customer(session)), draft_id=draft.id)
    assert queries.boards_for(session, actor_of(make_customer(session))) == []
