"""What was typed and not saved waits for the one who typed it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.knowledge.editing import drafts
from portal.knowledge.models import ArticleDraft, Translation
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section

Browser = Callable[[User], FlaskClient]

TYPED = {"title": "Half a title", "body": "Half a text", "summary": "", "note": "why"}


@pytest.fixture
def writer(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def staff(browser_of: Browser, writer: User) -> FlaskClient:
    return browser_of(writer)


@pytest.fixture
def text(session: Session) -> Translation:
    return make_article(session)


def path_of(text: Translation) -> str:
    return f"/staff/articles/{text.article_id}/en"


def kept(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    rows = session.scalars(select(ArticleDraft).order_by(ArticleDraft.id))
    return [(row.key, row.fields["body"]) for row in rows]


def keep(session: Session, actor: Actor, article_id: int | None = None, body: str = "Half") -> None:
    drafts.keep(
        session,
        actor=actor,
        article_id=article_id,
        language="en",
        fields={"body": body},
        base_number=None,
        now=NOW,
    )


def test_the_latest_of_each_form_is_kept(staff: FlaskClient, session: Session, text: Translation) -> None:
    for body in ("Half a text", "Half a text and more"):
        answer = staff.post(path_of(text) + "/draft", data=TYPED | {"body": body, "base_number": 1})
        assert (answer.status_code, answer.data) == (204, b"")
    staff.post("/staff/articles/new/ja/draft", data=TYPED | {"csrf_token": "x", "action": "draft"})
    assert kept(session) == [(f"{text.article_id}:en", "Half a text and more"), ("new:ja", "Half a text")]
    assert session.scalars(select(ArticleDraft.base_number).order_by(ArticleDraft.id)).all() == [1, None]
    assert session.scalars(select(ArticleDraft)).all()[1].fields == TYPED


def test_a_draft_survives_a_sign_out_and_is_offered(
    browser_of: Browser, staff: FlaskClient, writer: User, text: Translation
) -> None:
    staff.post(path_of(text) + "/draft", data=TYPED | {"base_number": 1})
    staff.post("/sign-out")
    again = browser_of(writer)
    page = again.get(path_of(text)).text
    assert "You have unsaved text from" in page
    assert "Choose **Print**." in page
    assert "data-autosave-url" not in page
    goes_on = again.get(path_of(text) + "?draft=continue").text
    assert "Half a text" in goes_on
    assert 'value="why"' in goes_on
    assert "You have unsaved text" not in goes_on
    assert f'data-autosave-url="{path_of(text)}/draft"' in goes_on


def test_drafts_are_ones_own(
    browser_of: Browser, staff: FlaskClient, session: Session, text: Translation
) -> None:
    staff.post(path_of(text) + "/draft", data=TYPED)
    assert "You have unsaved text" not in browser_of(make_user(session)).get(path_of(text)).text


def test_the_draft_of_a_new_article(staff: FlaskClient, session: Session) -> None:
    section = make_section(session)
    typed = TYPED | {"section_id": str(section.id), "audience": "staff"}
    staff.post("/staff/articles/new/en/draft", data=typed)
    assert "You have unsaved text" in staff.get("/staff/articles/new?language=en").text
    page = staff.get("/staff/articles/new?language=en&draft=continue").text
    assert 'value="Half a title"' in page
    assert 'value="staff"' in page
    answer = staff.post("/staff/articles/new?language=en", data=typed | {"significance": "normal"})
    assert answer.status_code == 303
    assert kept(session) == []


def test_saving_or_discarding_ends_a_draft(staff: FlaskClient, session: Session, text: Translation) -> None:
    typed = TYPED | {"base_number": "1"}
    staff.post(path_of(text) + "/draft", data=typed)
    staff.post(path_of(text), data=typed | {"significance": "normal"})
    assert kept(session) == []
    staff.post(path_of(text) + "/draft", data=typed | {"body": "More"})
    answer = staff.post(path_of(text) + "/draft", data={"_method": "delete"})
    assert (answer.status_code, answer.location) == (303, path_of(text))
    assert kept(session) == []


def test_an_offer_that_is_passed_over_stays(staff: FlaskClient, session: Session, text: Translation) -> None:
    staff.post(path_of(text) + "/draft", data=TYPED | {"base_number": "1"})
    assert 'name="leaves_draft"' in staff.get(path_of(text)).text
    form = {"title": "A", "body": "B", "significance": "typo", "base_number": "1", "leaves_draft": "yes"}
    assert "data-autosave-url" not in staff.post(path_of(text), data=form | {"title": ""}).text
    assert staff.post(path_of(text), data=form).status_code == 303
    assert kept(session) == [(f"{text.article_id}:en", "Half a text")]
    goes_on = staff.get(path_of(text) + "?draft=continue").text
    assert 'name="base_number" value="1"' in goes_on, "its author sees the conflict when saving"


def test_what_is_saved_already_is_no_draft(staff: FlaskClient, session: Session, text: Translation) -> None:
    staff.post(path_of(text) + "/draft", data=TYPED)
    same = {"title": text.title, "summary": text.summary, "body": text.body}
    assert staff.post(path_of(text) + "/draft", data=same).status_code == 204
    assert kept(session) == []
    staff.post(path_of(text) + "/draft", data=same | {"note": "Only the note is new."})
    assert len(kept(session)) == 1


def test_only_those_who_write_keep_drafts(session: Session, text: Translation) -> None:
    with pytest.raises(ForbiddenError):
        keep(session, actor_of(make_customer(session)))
    with pytest.raises(NotFoundError):
        keep(session, actor_of(make_user(session)), text.article_id + 1)


def test_more_than_any_text_may_hold_is_not_kept(session: Session, writer: User) -> None:
    with pytest.raises(InvalidError):
        keep(session, actor_of(writer), body="x" * (drafts.LONGEST + 1))
