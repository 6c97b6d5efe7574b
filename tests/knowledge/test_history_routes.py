"""Revisions as staff see them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.models import ArticleRevision, Stage, Translation
from tests.factories import make_user
from tests.knowledge.factories import make_article, translate

BODIES = ("Choose **Send**.", "Choose **Send** now.")


@pytest.fixture
def staff(browser_of: Callable[[User], FlaskClient], session: Session) -> FlaskClient:
    return browser_of(make_user(session, name="Sam Ito"))


@pytest.fixture
def text(session: Session, staff: FlaskClient) -> Translation:
    """An article of three revisions, of which readers see the second."""
    text = make_article(session)
    for number, (body, action) in enumerate(zip(BODIES, ("publish", "draft"), strict=True), 1):
        form = {"title": "Print", "body": body, "significance": "major", "note": f"Note {number}"}
        path = f"/staff/articles/{text.article_id}/en"
        assert staff.post(path, data=form | {"base_number": number, "action": action}).status_code == 303
    session.rollback()
    session.refresh(text, ["live_number", "newest_number", "version"])
    return text


def path_of(text: Translation, more: str = "") -> str:
    return f"/staff/articles/{text.article_id}/en/revisions/{more}"


def test_the_list_says_what_each_revision_is(staff: FlaskClient, text: Translation) -> None:
    page = staff.get(path_of(text)).text
    rows = page.partition("<tbody>")[2].split("</tr>")
    assert [f"revisions/{number}" in row for row, number in zip(rows, (3, 2, 1), strict=False)] == [True] * 3
    assert ["Readers see this one" in row for row in rows] == [False, True, False, False]
    assert all(words in rows[0] for words in ("Sam Ito", "Note 2", "Major"))


def test_a_revision_is_shown_as_it_was(staff: FlaskClient, text: Translation) -> None:
    page = staff.get(path_of(text, "1")).text
    assert "<p>Choose <strong>Print</strong>.</p>" in page
    assert "Restore this revision" in page
    assert "Restore this revision" not in staff.get(path_of(text, "3")).text


@pytest.mark.parametrize("query", ["?from=1&to=3", "?from=3&to=1"])
def test_any_two_are_compared_the_older_first(staff: FlaskClient, text: Translation, query: str) -> None:
    page = staff.get(path_of(text, query)).text
    assert "**<del>Print</del>**" in page
    assert "**<ins>Send</ins>**<ins> now</ins>" in page


def test_one_with_itself_is_the_same(staff: FlaskClient, text: Translation) -> None:
    assert "Both say the same." in staff.get(path_of(text, "?from=2&to=2")).text


def test_a_restored_revision_is_a_new_draft(staff: FlaskClient, session: Session, text: Translation) -> None:
    answer = staff.post(path_of(text, "1/restoration"), follow_redirects=True)
    assert "Restored as a draft." in answer.text
    session.rollback()
    session.refresh(text)
    newest = session.scalars(select(ArticleRevision).where(ArticleRevision.number == 4)).one()
    assert (newest.body, newest.restored_number) == ("Choose **Print**.", 1)
    assert (text.body, text.stage) == ("Choose **Send**.", Stage.DRAFT)
    assert "Says again what revision 1 said." in staff.get(path_of(text)).text
    again = staff.post(path_of(text, "4/restoration"), follow_redirects=True)
    assert "The newest text says the same." in again.text
    session.rollback()
    session.refresh(text)
    assert text.newest_number == 4


def test_a_restored_translation_is_of_what_it_was_made_from(
    staff: FlaskClient, session: Session, text: Translation
) -> None:
    japanese = translate(session, text)
    path = f"/staff/articles/{text.article_id}/ja"
    form = {"title": "新しい", "body": "新しい。", "significance": "normal", "base_number": 1}
    staff.post(path, data=form | {"source_number": 3, "says_source": "y"})
    printed = {"title": "Print", "body": BODIES[1], "base_number": 3, "significance": "typo"}
    staff.post(f"/staff/articles/{text.article_id}/en", data=printed | {"action": "publish"})
    staff.post(f"{path}/revisions/1/restoration")
    mine = select(ArticleRevision.source_number).where(ArticleRevision.translation_id == japanese.id)
    session.rollback()
    assert session.scalars(mine.order_by(ArticleRevision.number)).all() == [2, 3, 2]


@pytest.mark.parametrize("more", ["9", "?from=1&to=9", "9/restoration"])
def test_what_was_never_said_is_not_found(staff: FlaskClient, text: Translation, more: str) -> None:
    ask = staff.post if "restoration" in more else staff.get
    assert ask(path_of(text, more)).status_code == 404
    assert ask(path_of(text, more).replace("/en/", "/ja/")).status_code == 404
