"""Doing one act to many texts of the list, as a person does it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.knowledge.batches.models import ArticleBatch
from portal.knowledge.models import Article, ArticleStatus, Section, Stage, Translation
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

Browser = Callable[[User], FlaskClient]

LIST: Final = "/staff/articles/"
BATCHES: Final = "/staff/articles/batches/"
NEW: Final = f"{BATCHES}new"


@pytest.fixture
def staff(session: Session, browser_of: Browser) -> FlaskClient:
    return browser_of(make_user(session, name="Sam Ito"))


def ticked(staff: FlaskClient, query: str = "") -> list[str]:
    """Return the values of the boxes that the list shows."""
    return re.findall(r'name="text"\s+value="([^"]+)"', staff.get(f"{LIST}?{query}").text)


def send(staff: FlaskClient, query: str = "", **form: object) -> TestResponse:
    return staff.post(f"{BATCHES}?{query}", data=form)


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the form that asks."""
    form = page[page.index('name="act"') - 60 :]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)"\s+value="([^"]*)"', form)}


def now_is(session: Session, text: Translation) -> Translation:
    session.rollback()
    session.expire_all()
    return session.get_one(Translation, text.id)


def words(answer: TestResponse) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", answer.text).replace("  ", " ")


def test_archiving_what_is_ticked_happens_at_once_and_is_undone(session: Session, staff: FlaskClient) -> None:
    first, second = make_article(session, "First"), make_article(session, "Second")
    boxes = ticked(staff, "q=first")
    answer = send(staff, "q=first&sort=title", act="archive", text=boxes)
    assert answer.status_code == 303
    assert answer.location.endswith("?q=first&sort=title")
    page = staff.get(answer.location)
    assert "First" in page.text
    assert f'href="{LIST}?q=first&amp;sort=title"' in page.text
    assert now_is(session, first).status is ArticleStatus.ARCHIVED
    assert now_is(session, second).is_published
    undo = re.search(r'action="([^"]+/reversal[^"]*)"', page.text)
    assert undo
    undone = staff.post(unescape(undo[1]))
    assert undone.status_code == 303
    assert now_is(session, first).is_published
    assert "/reversal" not in staff.get(answer.location).text
    assert staff.post(unescape(undo[1])).status_code == 409


def test_everything_that_fits_the_filters_is_asked_about_first(session: Session, staff: FlaskClient) -> None:
    english = make_article(session)
    translate(session, english)
    others = [make_article(session, f"Other {number}") for number in range(3)]
    answer = send(staff, "q=other", act="archive", all="yes")
    assert answer.status_code == 303
    page = staff.get(answer.location)
    assert "Archive: 3 articles" in page.text
    assert all(now_is(session, text).is_published for text in others)
    late = make_article(session, "Other, but later")
    done = send(staff, "q=other", **hidden(page.text))
    assert done.status_code == 303
    assert all(now_is(session, text).status is ArticleStatus.ARCHIVED for text in others)
    assert now_is(session, late).is_published
    assert now_is(session, english).is_published


def test_publishing_says_first_what_will_come_of_it(session: Session, staff: FlaskClient) -> None:
    draft, live = make_article(session, "Draft", status=ArticleStatus.DRAFT), make_article(session, "Live")
    reviewed = make_article(session, "Reviewed", status=ArticleStatus.DRAFT)
    session.get_one(Section, reviewed.article.section_id).needs_review = True
    session.commit()
    answer = send(staff, act="publish", text=ticked(staff))
    page = staff.get(answer.location)
    assert "This goes ahead 1" in words(page)
    assert "Is sent for review: a second person has to look first 1" in words(page)
    assert "Left as it is: nothing to do 1" in words(page)
    assert not now_is(session, draft).is_published
    done = staff.get(send(staff, **hidden(page.text)).location)
    assert "Done 1" in words(done)
    assert now_is(session, draft).is_published
    assert now_is(session, reviewed).stage is Stage.IN_REVIEW
    assert "Undo" not in words(done)
    assert now_is(session, live).is_published


def test_moving_asks_where_to(session: Session, staff: FlaskClient) -> None:
    english, target = make_article(session), make_section(session)
    translate(session, english)
    page = staff.get(send(staff, act="move", text=ticked(staff)).location).text
    assert "Move to a section: 1 article" in page
    wrong = send(staff, **hidden(page), section_id="424242")
    assert wrong.status_code == 422
    assert "Move to a section: 1 article" in wrong.text
    done = send(staff, **hidden(page), section_id=target.id)
    assert done.status_code == 303
    session.rollback()
    session.expire_all()
    assert session.get_one(Article, english.article_id).section_id == target.id


def test_choosing_readers_and_a_verifier(session: Session, staff: FlaskClient) -> None:
    text, anna = make_article(session), make_user(session)
    page = staff.get(send(staff, act="readers", text=ticked(staff)).location).text
    wrong = send(staff, **(hidden(page) | {"audience": "everyone"}))
    assert wrong.status_code == 422
    assert "is no audience" in wrong.text
    assert 'value="everyone"' in wrong.text
    assert send(staff, **(hidden(page) | {"audience": "signed-in plan:team"})).status_code == 303
    page = staff.get(send(staff, act="assign", text=ticked(staff)).location).text
    duty = {"verifier_id": str(anna.id), "verify_every_days": "30"}
    assert send(staff, **(hidden(page) | duty | {"verify_every_days": "0"})).status_code == 422
    assert send(staff, **(hidden(page) | duty)).status_code == 303
    session.rollback()
    session.expire_all()
    article = session.get_one(Article, text.article_id)
    assert article.audience == frozenset({"signed-in", "plan:team"})
    assert (article.verifier_id, article.verify_every_days) == (anna.id, 30)


def test_noting_as_still_true(session: Session, staff: FlaskClient) -> None:
    text = make_article(session)
    answer = staff.get(send(staff, act="verify", text=ticked(staff)).location)
    assert "Done 1" in words(answer)
    session.rollback()
    session.expire_all()
    assert session.get_one(Article, text.article_id).verified_by_id is not None


def test_a_stale_selection_is_told_by_its_title(session: Session, staff: FlaskClient) -> None:
    stale, fine = make_article(session, "Stale"), make_article(session, "Fine")
    boxes = ticked(staff)
    stale.article.audience = frozenset({"staff"})
    session.commit()
    page = words(staff.get(send(staff, act="archive", text=[*boxes, "424242:en:"]).location))
    assert "Left as it is: it changed after you chose it 1" in page
    assert "Left out: it is not there any more 1" in page
    assert "Article 424242" in page
    assert now_is(session, stale).is_published
    assert now_is(session, fine).status is ArticleStatus.ARCHIVED


def test_nothing_ticked(session: Session, staff: FlaskClient) -> None:
    make_article(session)
    answer = send(staff, "language=en", act="archive")
    assert (answer.status_code, answer.location) == (303, f"{LIST}?language=en")
    assert "Tick the articles first." in staff.get(answer.location).text
    assert session.scalars(select(ArticleBatch)).all() == []


@pytest.mark.parametrize(
    "form",
    [
        {"act": "burn", "text": "1:en:"},
        {"text": "1:en:"},
        {"act": "archive", "text": "one"},
        {"act": "archive", "text": "x:en:"},
        {"act": "archive", "text": f"{2**40}:en:"},
    ],
)
def test_what_cannot_be_read_is_refused(session: Session, staff: FlaskClient, form: dict[str, str]) -> None:
    assert send(staff, **form).status_code == 422
    assert staff.get(NEW, query_string=form).status_code == 422


def test_addresses_keep_nothing_but_filters(session: Session, staff: FlaskClient) -> None:
    make_article(session)
    answer = send(staff, "_external=1&_scheme=ftp&_anchor=x&language=en", act="archive", text=ticked(staff))
    assert re.fullmatch(rf"{BATCHES}\d+\?language=en", answer.location)


def test_what_was_done_is_listed(session: Session, staff: FlaskClient) -> None:
    make_article(session)
    send(staff, act="archive", text=ticked(staff))
    page = words(staff.get(BATCHES))
    assert "Archive" in page
    assert "Sam Ito" in page
    assert staff.get(f"{BATCHES}424242").status_code == 404


def test_only_staff_do_anything(session: Session, client: FlaskClient, browser_of: Browser) -> None:
    text = make_article(session)
    customer = browser_of(make_customer(session))
    form = {"act": "archive", "text": f"{text.article_id}:en:"}
    assert customer.post(BATCHES, data=form).status_code == 403
    assert customer.get(NEW, query_string=form).status_code == 403
    assert client.post(BATCHES, data=form).location.startswith("/sign-in")
    assert now_is(session, text).is_published
