from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.models import Article, ArticleStatus, Section, Translation
from tests.factories import make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def staff(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session))


def form_of(section: Section, **values: object) -> dict[str, object]:
    text = {"title": "Print labels", "body": "Choose **Print**.", "summary": ""}
    return text | {"section_id": section.id, "audience": "public", "status": "published"} | values


def pages_of(text: Translation) -> list[str]:
    return [
        "/staff/articles/",
        "/staff/articles/new",
        f"/staff/articles/{text.article_id}/en",
        "/staff/sections/",
        f"/staff/sections/{text.article.section_id}",
    ]


def test_staff_pages_are_for_staff(
    staff: FlaskClient, client: FlaskClient, browser_of: Browser, session: Session
) -> None:
    customer = browser_of(make_customer(session))
    for path in pages_of(make_article(session)):
        assert staff.get(path).status_code == 200
        assert customer.get(path).status_code == 403
        assert client.get(path).location.startswith("/sign-in")


def test_nobody_else_changes_anything(client: FlaskClient, browser_of: Browser, session: Session) -> None:
    text = make_article(session)
    customer = browser_of(make_customer(session))
    form = form_of(text.article.section, title="Mine", name_en="Mine", version=text.version)
    for path in pages_of(text)[1:]:
        assert customer.post(path, data=form).status_code == 403
        assert client.post(path, data=form).status_code == 302
    session.rollback()
    assert session.scalars(select(Translation.title)).all() == ["Print labels"]
    assert len(session.scalars(select(Section)).all()) == 1


def test_the_list_narrows(staff: FlaskClient, session: Session) -> None:
    labels = make_article(session, "Print labels")
    translate(session, labels)
    make_article(session, "Count stock", status=ArticleStatus.DRAFT)
    section = labels.article.section_id

    def shows(query: str) -> list[str]:
        page = staff.get(f"/staff/articles/?{query}").text
        return [title for title in ("Print labels", "ラベルを印刷する", "Count stock") if title in page]

    assert shows("") == ["Print labels", "ラベルを印刷する", "Count stock"]
    assert shows("language=ja") == ["ラベルを印刷する"]
    assert shows("status=draft") == ["Count stock"]
    assert shows(f"section={section}&language=en") == ["Print labels"]
    assert shows("q=count") == ["Count stock"]
    assert "No such article" in staff.get("/staff/articles/?q=nothing").text


def test_writing_an_article(staff: FlaskClient, session: Session) -> None:
    section = make_section(session)
    form = form_of(section, audience="signed-in plan:team", body="One.\r\nTwo.")
    answer = staff.post("/staff/articles/new?language=ja", data=form)
    session.rollback()
    text = session.scalars(select(Translation)).one()
    article = session.scalars(select(Article)).one()
    assert (answer.status_code, answer.location) == (303, f"/staff/articles/{article.id}/ja")
    assert (text.language, text.body, text.is_published) == ("ja", "One.\nTwo.", True)
    assert (article.section_id, article.audience) == (section.id, frozenset({"signed-in", "plan:team"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"body": " "},
        {"section_id": 10_000},
        {"audience": "everyone"},
        {"status": "gone"},
        {"version": "x"},
    ],
)
def test_what_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, session: Session, wrong: dict[str, object]
) -> None:
    text = make_article(session)
    form = form_of(text.article.section, summary="Typed for minutes.", version=text.version) | wrong
    for path in ("/staff/articles/new", f"/staff/articles/{text.article_id}/en"):
        answer = staff.post(path, data=form)
        assert answer.status_code == 422
        assert "Typed for minutes." in answer.text
    session.rollback()
    assert session.scalars(select(Translation.summary)).all() == ["What you can do then."]


def test_changing_moving_and_withdrawing_an_article(staff: FlaskClient, session: Session) -> None:
    text, other = make_article(session), make_section(session)
    form = form_of(other, title="Print slips", audience="staff", status="draft", version=text.version)
    assert staff.post(f"/staff/articles/{text.article_id}/en", data=form).status_code == 303
    session.rollback()
    session.refresh(text)
    assert (text.title, text.status) == ("Print slips", ArticleStatus.DRAFT)
    article = session.scalars(select(Article)).one()
    assert (article.section_id, article.audience) == (other.id, frozenset({"staff"}))


def test_adding_a_translation(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    path = f"/staff/articles/{text.article_id}/ja"
    assert 'name="version"' not in staff.get(path).text
    form = form_of(text.article.section, title="ラベルを印刷する", status="draft")
    assert staff.post(path, data=form).status_code == 303
    session.rollback()
    assert session.scalars(select(Translation.title).order_by(Translation.id)).all() == [
        "Print labels",
        "ラベルを印刷する",
    ]


def test_a_stale_save_shows_both_texts_and_can_then_be_saved(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    path, section = f"/staff/articles/{text.article_id}/en", text.article.section
    first = form_of(section, body="The other's words.", version=text.version)
    stale = form_of(section, body="My words.", version=text.version)
    assert staff.post(path, data=first).status_code == 303
    answer = staff.post(path, data=stale)
    assert answer.status_code == 409
    assert "My words." in answer.text
    assert "The other&#39;s words." in answer.text
    session.rollback()
    session.refresh(text)
    assert text.body == "The other's words."
    assert f'name="version" value="{text.version}"' in answer.text
    assert staff.post(path, data=stale | {"version": text.version}).status_code == 303


@pytest.mark.parametrize(
    "path", ["/staff/articles/10000/en", "/staff/articles/{}/fr", "/staff/sections/10000"]
)
def test_what_is_not_there_is_not_found(staff: FlaskClient, session: Session, path: str) -> None:
    text = make_article(session)
    path = path.format(text.article_id)
    form = form_of(text.article.section, name_en="Name")
    assert staff.get(path).status_code == 404
    assert staff.post(path, data=form).status_code == 404


def test_adding_and_changing_a_section(staff: FlaskClient, session: Session) -> None:
    top = make_section(session, "Top")
    data = {"name_en": "Printing", "name_ja": "印刷", "parent_id": top.id, "position": 3}
    assert staff.post("/staff/sections/", data=data).status_code == 303
    session.rollback()
    section = session.scalars(select(Section).where(Section.slug == "printing")).one()
    assert (section.names, section.parent_id, section.position) == (
        {"en": "Printing", "ja": "印刷"},
        top.id,
        3,
    )
    path = f"/staff/sections/{section.id}"
    assert 'value="印刷"' in staff.get(path).text
    assert staff.post(path, data={"name_en": "Labels", "description_en": "All of it."}).status_code == 303
    session.rollback()
    session.refresh(section)
    assert (section.names, section.descriptions, section.parent_id) == (
        {"en": "Labels"},
        {"en": "All of it."},
        None,
    )


def test_a_section_that_cannot_be_used_stays_on_the_page(staff: FlaskClient, session: Session) -> None:
    section = make_section(session)
    assert staff.post("/staff/sections/", data={"description_en": "Typed."}).status_code == 422
    answer = staff.post(f"/staff/sections/{section.id}", data={"name_en": "Typed", "parent_id": section.id})
    assert answer.status_code == 422
    assert 'value="Typed"' in answer.text
