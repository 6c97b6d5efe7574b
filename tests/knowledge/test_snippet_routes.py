from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.snippets.models import ArticleTemplate, Snippet
from tests.factories import make_user
from tests.knowledge.factories import make_article

SNIPPETS = "/staff/snippets/"
TEMPLATES = "/staff/article-templates/"


@pytest.fixture
def staff(session: Session, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(make_user(session))


def test_a_snippet_is_written_used_changed_and_removed(staff: FlaskClient, session: Session) -> None:
    answer = staff.post(SNIPPETS, data={"name": "refund-days", "body_en": "30\r\ndays", "body_ja": ""})
    assert (answer.status_code, answer.location) == (303, SNIPPETS)
    session.rollback()
    snippet = session.scalars(select(Snippet)).one()
    assert snippet.bodies == {"en": "30\ndays"}
    page = f"{SNIPPETS}{snippet.id}"
    assert "No article uses it." in staff.get(page).text

    text = make_article(session, "Return it", body="{{snippet:refund-days}}")
    shown = staff.get(page).text
    assert "{{snippet:refund-days}}" in shown
    assert f'href="/staff/articles/{text.article_id}/en"' in shown
    assert staff.post(page, data={"_method": "delete"}).status_code == 409

    assert staff.post(page, data={"body_en": "14 days", "name": "other"}).status_code == 303
    session.rollback()
    session.expire_all()
    assert (snippet.name, snippet.bodies) == ("refund-days", {"en": "14 days"})
    assert "14 days" in staff.get(SNIPPETS).text

    session.delete(session.merge(text))
    session.commit()
    assert staff.post(page, data={"_method": "delete"}).status_code == 303
    assert staff.get(page).status_code == 404


@pytest.mark.parametrize(
    "data", [{"name": "Refund days", "body_en": "a"}, {"name": "a"}, {"name": "", "body_en": "a"}]
)
def test_what_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, session: Session, data: dict[str, str]
) -> None:
    answer = staff.post(SNIPPETS, data=data)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert session.scalars(select(Snippet)).all() == []


def test_a_change_to_nothing_is_refused(staff: FlaskClient, session: Session) -> None:
    staff.post(SNIPPETS, data={"name": "a", "body_en": "a"})
    snippet_id = session.scalars(select(Snippet.id)).one()
    assert staff.post(f"{SNIPPETS}{snippet_id}", data={"body_en": " "}).status_code == 422


def test_names_that_nothing_stands_behind_are_shown(staff: FlaskClient, session: Session) -> None:
    make_article(session, body="{{snippet:gone}}")
    assert f'href="{SNIPPETS}?name=gone#name"' in staff.get(SNIPPETS).text
    assert 'value="gone"' in staff.get(f"{SNIPPETS}?name=gone").text


def test_a_template_is_written_used_changed_and_removed(staff: FlaskClient, session: Session) -> None:
    data = {"name": "How to", "body_en": "## What you need", "body_ja": "## 必要なもの"}
    assert staff.post(TEMPLATES, data=data).status_code == 303
    template_id = session.scalars(select(ArticleTemplate.id)).one()
    assert f'href="/staff/articles/new?template={template_id}"' in staff.get(TEMPLATES).text
    assert "## What you need" in staff.get(f"/staff/articles/new?template={template_id}&language=en").text
    assert "## 必要なもの" in staff.get(f"/staff/articles/new?template={template_id}&language=ja").text
    assert staff.get("/staff/articles/new?template=424242").status_code == 404

    assert staff.post(TEMPLATES, data=data).status_code == 422
    page = f"{TEMPLATES}{template_id}"
    assert staff.post(page, data={"name": "Guide", "body_en": "## Steps"}).status_code == 303
    session.rollback()
    session.expire_all()
    template = session.get_one(ArticleTemplate, template_id)
    assert (template.name, template.bodies) == ("Guide", {"en": "## Steps"})
    assert staff.post(page, data={"name": "Guide", "body_en": ""}).status_code == 422
    assert staff.post(page, data={"_method": "delete"}).status_code == 303
    assert staff.get(page).status_code == 404
