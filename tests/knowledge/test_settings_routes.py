"""Where an article stands, for whom, and whether its texts wait or are put away."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.models import Article, ArticleStatus, Stage, Translation
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, make_section


@pytest.fixture
def staff(browser_of: Callable[[User], FlaskClient], session: Session) -> FlaskClient:
    return browser_of(make_user(session))


@pytest.fixture
def text(session: Session) -> Translation:
    return make_article(session)


def settings_of(text: Translation) -> str:
    return f"/staff/articles/{text.article_id}/settings"


def path_of(text: Translation, more: str) -> str:
    return f"/staff/articles/{text.article_id}/en/{more}"


def fresh(session: Session, text: Translation) -> Translation:
    session.rollback()
    session.refresh(text)
    return text


@pytest.mark.parametrize("audience", [{"public"}, {"plan:team", "account:3"}])
def test_the_form_shows_what_holds_and_takes_it_unchanged(
    staff: FlaskClient, session: Session, text: Translation, audience: set[str]
) -> None:
    article = session.get_one(Article, text.article_id)
    article.audience = frozenset(audience)
    session.commit()
    page = staff.get(settings_of(text)).text
    shown = " ".join(sorted(audience))

    assert f'value="{shown}"' in page
    form = {"section_id": article.section_id, "audience": shown, "verifier_id": "", "verify_every_days": ""}
    assert staff.post(settings_of(text), data=form).status_code == 303
    session.rollback()
    assert session.get_one(Article, text.article_id, populate_existing=True).audience == audience


def test_an_article_gets_another_place_audience_and_verifier(
    staff: FlaskClient, session: Session, text: Translation
) -> None:
    other, verifier = make_section(session), make_user(session)
    form = {
        "section_id": other.id,
        "audience": "staff",
        "verifier_id": verifier.id,
        "verify_every_days": 90,
    }
    page = staff.post(settings_of(text), data=form, follow_redirects=True).text
    assert 'value="90"' in page
    assert f'selected value="{verifier.id}"' in page
    session.rollback()
    article = session.get_one(Article, text.article_id, populate_existing=True)
    assert (article.section_id, article.audience) == (other.id, frozenset({"staff"}))
    assert (article.verifier_id, article.verify_every_days) == (verifier.id, 90)
    staff.post(settings_of(text), data=form | {"verifier_id": "", "verify_every_days": ""})
    session.rollback()
    session.refresh(article)
    assert (article.verifier_id, article.verify_every_days) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"section_id": 10_000}, {"audience": "everyone"}, {"verify_every_days": 0}, {"verifier_id": "customer"}],
)
def test_what_cannot_be_used_changes_nothing(
    staff: FlaskClient, session: Session, text: Translation, wrong: dict[str, object]
) -> None:
    if wrong == {"verifier_id": "customer"}:
        wrong = {"verifier_id": make_customer(session).id}
    form = {"section_id": text.article.section_id, "audience": "staff", "verifier_id": ""} | wrong
    assert staff.post(settings_of(text), data=form).status_code == 422
    session.rollback()
    assert session.get_one(Article, text.article_id, populate_existing=True).audience == frozenset({"public"})


def test_an_archived_text_can_be_brought_back(
    staff: FlaskClient, client: FlaskClient, session: Session, text: Translation
) -> None:
    page = staff.post(path_of(text, "archive"), follow_redirects=True).text
    assert "Archived. Nobody reads it now." in page
    assert "It is archived: readers do not see it." in page
    assert fresh(session, text).status is ArticleStatus.ARCHIVED
    assert client.get(f"/help/articles/{text.article_id}").status_code == 404
    page = staff.post(path_of(text, "archive"), data={"_method": "delete"}, follow_redirects=True).text
    assert "It is back." in page
    assert fresh(session, text).is_published


def test_a_text_that_waits_is_taken_back(staff: FlaskClient, session: Session, text: Translation) -> None:
    form = {"title": "Print", "body": "Choose it.", "significance": "normal", "base_number": 1}
    staff.post(path_of(text, "")[:-1], data=form | {"action": "publish", "publish_at": "2031-01-15T09:00"})
    assert fresh(session, text).stage is Stage.SCHEDULED
    page = staff.post(path_of(text, "withdrawal"), follow_redirects=True).text
    assert "it is a draft again" in page
    assert (fresh(session, text).stage, text.publish_at) == (Stage.DRAFT, None)
    assert staff.post(path_of(text, "withdrawal")).status_code == 409


@pytest.mark.parametrize("more", ["archive", "withdrawal"])
def test_what_is_not_there_is_not_found(staff: FlaskClient, text: Translation, more: str) -> None:
    assert staff.post(path_of(text, more).replace("/en/", "/ja/")).status_code == 404
    assert staff.post(f"/staff/articles/424242/en/{more}").status_code == 404
    assert staff.get("/staff/articles/424242/settings").status_code == 404
