"""A second person looks at a text before readers do."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.editing.reviews import waiting_for
from portal.knowledge.models import ArticleReview, ArticleStatus, Stage, Translation, Verdict
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import make_article

Browser = Callable[[User], FlaskClient]

QUEUE = "/staff/articles/reviews/"


@pytest.fixture
def author(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session, name="Aya Mori"))


@pytest.fixture
def reviewer(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session))


def send(author: FlaskClient, text: Translation, body: str, **values: object) -> None:
    form = {"title": "Print labels", "body": body, "significance": "normal", "action": "review"}
    path = f"/staff/articles/{text.article_id}/en"
    answer = author.post(path, data=form | {"base_number": text.newest_number, "note": "Clearer"} | values)
    assert answer.status_code == 303


@pytest.fixture
def text(session: Session, author: FlaskClient) -> Translation:
    """A published article whose second revision waits."""
    text = make_article(session)
    send(author, text, "Choose **Send**.")
    return fresh(session, text)


def fresh(session: Session, text: Translation) -> Translation:
    session.rollback()
    session.refresh(text)
    return text


def path_of(text: Translation) -> str:
    return f"/staff/articles/{text.article_id}/en/review"


def test_the_queue_says_what_waits_for_whom(
    author: FlaskClient, reviewer: FlaskClient, session: Session, text: Translation
) -> None:
    new = make_article(session, "Count stock", status=ArticleStatus.DRAFT)
    send(author, new, "Count it.", title="Count stock")
    page = reviewer.get(QUEUE).text
    rows = page.partition("<tbody>")[2].split("</tr>")
    assert all(words in rows[0] for words in ("Print labels", "Aya Mori", "A change of what readers see."))
    assert "New: readers have not seen it yet." in rows[1]
    assert author.get(QUEUE).text.count("Yours: someone else has to look.") == 2
    assert waiting_for(session, actor_of(make_customer(session))) == []


def test_an_empty_queue_says_so(reviewer: FlaskClient) -> None:
    assert "Nothing waits" in reviewer.get(QUEUE).text


def test_a_reviewer_sees_the_page_and_what_changes(reviewer: FlaskClient, text: Translation) -> None:
    page = reviewer.get(path_of(text)).text
    assert "**<del>Print</del>**" in page
    assert "<p>Choose <strong>Send</strong>.</p>" in page
    assert "Clearer" in page
    assert 'value="approved"' in page


def test_an_approved_text_goes_live(reviewer: FlaskClient, session: Session, text: Translation) -> None:
    answer = reviewer.post(path_of(text), data={"number": 2, "verdict": "approved"})
    assert (answer.status_code, answer.location) == (303, QUEUE)
    assert fresh(session, text).body == "Choose **Send**."


def test_changes_are_asked_for_in_words(
    author: FlaskClient, reviewer: FlaskClient, session: Session, text: Translation
) -> None:
    form = {"number": 2, "verdict": "changes_asked", "comment": " "}
    answer = reviewer.post(path_of(text), data=form)
    assert answer.status_code == 422
    assert "Say what should change." in answer.text
    assert reviewer.post(path_of(text), data=form | {"comment": "Which button?"}).status_code == 303
    assert fresh(session, text).stage is Stage.CHANGES_ASKED
    page = author.get(f"/staff/articles/{text.article_id}/en").text
    assert "Changes were asked for in revision 2." in page
    assert "Which button?" in page


def test_nobody_reviews_their_own_text(author: FlaskClient, text: Translation) -> None:
    assert 'value="approved"' not in author.get(path_of(text)).text
    answer = author.post(path_of(text), data={"number": 2, "verdict": "approved"})
    assert answer.status_code == 403


def test_a_text_that_changed_meanwhile_is_read_again(
    author: FlaskClient, reviewer: FlaskClient, session: Session, text: Translation
) -> None:
    send(author, text, "Choose **Post**.")
    answer = reviewer.post(path_of(text), data={"number": 2, "verdict": "approved", "comment": "Fine."})
    assert answer.status_code == 409
    assert "Choose <strong>Post</strong>." in answer.text
    assert ">Fine.</textarea>" in answer.text.replace("\r\n", "").replace(">\n", ">")
    assert fresh(session, text).body == "Choose **Print**."
    assert session.scalars(select(ArticleReview)).all() == []


def test_what_does_not_wait_is_not_reviewed(reviewer: FlaskClient, session: Session) -> None:
    text = make_article(session)
    assert "This text does not wait for a review." in reviewer.get(path_of(text)).text
    assert reviewer.post(path_of(text), data={"number": 1, "verdict": "approved"}).status_code == 409
    assert reviewer.post(path_of(text), data={"number": 1, "verdict": "no"}).status_code == 422
    assert reviewer.get(path_of(text).replace("/en/", "/ja/")).status_code == 404


def test_what_was_said_stands_in_the_history(
    reviewer: FlaskClient, session: Session, text: Translation
) -> None:
    reviewer.post(path_of(text), data={"number": 2, "verdict": "approved", "comment": "Well put."})
    session.rollback()
    assert session.scalars(select(ArticleReview.verdict)).one() is Verdict.APPROVED
    assert "Well put." in reviewer.get(f"/staff/articles/{text.article_id}/en/revisions/").text
