import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    Freshness,
    Section,
    Significance,
    Stage,
    Translation,
)
from portal.knowledge.snippets import templates as article_templates
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

Browser = Callable[[User], FlaskClient]

DRAFT = ArticleStatus.DRAFT


@pytest.fixture
def staff(browser_of: Browser, session: Session) -> FlaskClient:
    return browser_of(make_user(session))


def form_of(**values: object) -> dict[str, object]:
    text = {"title": "Print labels", "body": "Choose **Print**.", "summary": "", "significance": "normal"}
    return text | values


def new_form(section: Section, **values: object) -> dict[str, object]:
    return form_of(section_id=section.id, audience="public") | values


def path_of(text: Translation, language: str = "en") -> str:
    return f"/staff/articles/{text.article_id}/{language}"


def text_of(session: Session, language: str = "en") -> Translation:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Translation).where(Translation.language == language)).one()


def newest_of(session: Session, language: str = "en") -> ArticleRevision:
    mine = select(ArticleRevision).where(ArticleRevision.translation_id == text_of(session, language).id)
    return session.scalars(mine.order_by(ArticleRevision.number.desc())).first() or pytest.fail("no revision")


def needs_reviews(session: Session, text: Translation) -> None:
    session.get_one(Section, text.article.section_id).needs_review = True
    session.commit()


def pages_of(text: Translation) -> list[str]:
    return [
        "/staff/articles/new",
        path_of(text),
        path_of(text, "ja"),
        path_of(text, "ja") + "/translation",
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
    form = new_form(text.article.section, title="Mine", base_number=1)
    for path in pages_of(text)[1:]:
        assert customer.post(path, data=form).status_code == 403
        assert client.post(path, data=form).status_code == 302
    session.rollback()
    assert session.scalars(select(Translation.title)).all() == ["Print labels"]


def test_writing_an_article(staff: FlaskClient, session: Session) -> None:
    section = make_section(session)
    form = new_form(section, audience="signed-in plan:team", body="One.\r\nTwo.", action="publish")
    answer = staff.post("/staff/articles/new?language=ja", data=form)
    text = text_of(session, "ja")
    article = session.scalars(select(Article)).one()
    assert (answer.status_code, answer.location) == (303, f"/staff/articles/{article.id}/ja")
    assert (text.body, text.is_published) == ("One.\nTwo.", True)
    assert (article.section_id, article.audience) == (section.id, frozenset({"signed-in", "plan:team"}))
    assert article.source_language == "ja"


def test_a_template_begins_an_article(staff: FlaskClient, session: Session) -> None:
    writer = actor_of(make_user(session))
    template = article_templates.add_template(
        session, actor=writer, name="How to", bodies={"en": "1. First", "ja": "1. はじめに"}
    )
    session.commit()
    assert "How to" in staff.get("/staff/articles/new").text
    assert "1. はじめに" in staff.get(f"/staff/articles/new?language=ja&template={template.id}").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"body": " "},
        {"significance": "huge"},
        {"base_number": "x"},
        {"publish_at": "soon"},
        {"publish_at": "2020-01-01T00:00"},
        {"publish_at": "9999-12-31T23:59"},
    ],
)
def test_what_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, session: Session, wrong: dict[str, object]
) -> None:
    text = make_article(session)
    form = new_form(text.article.section, summary="Typed for minutes.", base_number=1) | wrong
    for path in ("/staff/articles/new", path_of(text)):
        answer = staff.post(path, data=form)
        assert answer.status_code == 422
        assert "Typed for minutes." in answer.text
    assert newest_of(session).summary == "What you can do then."


@pytest.mark.parametrize("wrong", [{"section_id": 10_000}, {"audience": "everyone"}])
def test_a_place_that_cannot_be_used_stays_on_the_page(
    staff: FlaskClient, session: Session, wrong: dict[str, object]
) -> None:
    answer = staff.post("/staff/articles/new", data=new_form(make_section(session), body="Typed.") | wrong)
    assert answer.status_code == 422
    assert "Typed." in answer.text
    session.rollback()
    assert session.scalars(select(Article)).all() == []


def test_a_saved_text_is_a_draft_that_readers_do_not_see(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    form = form_of(body="Newer words.", base_number=1, significance="typo", note="A comma", action="draft")
    page = staff.post(path_of(text), data=form, follow_redirects=True).text
    assert "Readers do not see it yet." in page
    assert "Readers see revision 1" in page
    assert "Newer words." in page
    newest = newest_of(session)
    assert (newest.significance, newest.note) == (Significance.TYPO, "A comma")
    assert text_of(session).body == "Choose **Print**."


def test_a_stale_text_form_never_changes_whom_an_article_is_for(staff: FlaskClient, session: Session) -> None:
    text = make_article(session, audience=frozenset({"staff"}))
    form = new_form(make_section(session), body="Newer words.", base_number=1, action="publish")
    assert staff.post(path_of(text), data=form).status_code == 303
    article = session.get_one(Article, text_of(session).article_id)
    assert article.audience == frozenset({"staff"})
    assert article.section_id == text.article.section_id


def test_saving_the_same_again_says_so(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    same = form_of(summary="What you can do then.", base_number=1)
    assert "Nothing has changed." in staff.post(path_of(text), data=same, follow_redirects=True).text
    again = staff.post(path_of(text), data=same | {"action": "publish"}, follow_redirects=True)
    assert "Readers see this text already." in again.text
    assert newest_of(session).number == 1


def test_a_text_goes_live_at_a_time_in_the_writers_own_zone(browser_of: Browser, session: Session) -> None:
    staff = browser_of(make_user(session, time_zone="America/New_York"))
    with staff.session_transaction() as cookie:
        cookie["time_zone"] = "America/New_York"
    text = make_article(session, status=DRAFT)
    form = form_of(base_number=1, action="publish", publish_at="2031-01-15T09:00")
    page = staff.post(path_of(text), data=form, follow_redirects=True).text
    assert "It goes live on Jan 15, 2031, 9:00" in page
    assert 'value="2031-01-15T09:00"' in page
    assert text_of(session).publish_at == datetime(2031, 1, 15, 14, 0, tzinfo=UTC)
    assert text_of(session).stage is Stage.SCHEDULED


def test_where_a_review_is_needed_publishing_is_not_offered(staff: FlaskClient, session: Session) -> None:
    text = make_article(session, status=DRAFT)
    offer = 'value="publish"'
    assert offer in staff.get(path_of(text)).text
    assert offer in staff.get("/staff/articles/new").text
    needs_reviews(session, text)
    for path in (path_of(text), "/staff/articles/new"):
        page = staff.get(path).text
        assert offer not in page
        assert "You cannot publish this by yourself" in page


def test_publishing_without_the_needed_review_keeps_what_was_typed(
    staff: FlaskClient, session: Session
) -> None:
    text = make_article(session, status=DRAFT)
    needs_reviews(session, text)
    form = new_form(text.article.section, body="Typed for minutes.", base_number=1, action="publish")
    for path in ("/staff/articles/new", path_of(text)):
        answer = staff.post(path, data=form)
        assert answer.status_code == 422
        assert "a second person has to look first" in answer.text
        assert "Typed for minutes." in answer.text
    assert newest_of(session).number == 1


def test_a_text_is_sent_for_review(staff: FlaskClient, session: Session) -> None:
    text = make_article(session, status=DRAFT)
    form = form_of(body="Waiting words.", base_number=1, action="review", publish_at="2031-01-15T09:00")
    page = staff.post(path_of(text), data=form, follow_redirects=True).text
    assert "Revision 2 waits for a review, asked for by" in page
    assert "Once approved, it goes live on" in page
    assert text_of(session).stage is Stage.IN_REVIEW


def test_adding_a_translation(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    path = path_of(text, "ja")
    page = staff.get(path).text
    assert 'name="base_number"' not in page
    assert "Nobody has translated this yet" in page
    form = form_of(title="ラベルを印刷する", source_number=1, says_source="y", action="publish")
    assert staff.post(path, data=form).status_code == 303
    assert text_of(session, "ja").freshness is Freshness.FRESH
    assert newest_of(session, "ja").source_number == 1


def change_source(staff: FlaskClient, text: Translation, **values: object) -> None:
    form = form_of(body="New words here.", base_number=1, action="publish") | values
    assert staff.post(path_of(text), data=form).status_code == 303


def test_a_translation_stays_stale_until_its_translator_says_otherwise(
    staff: FlaskClient, session: Session
) -> None:
    text = make_article(session)
    translate(session, text)
    change_source(staff, text)
    path = path_of(text, "ja")
    assert "To update" in staff.get(path).text
    mended = form_of(title="ラベル", body="直しました。", base_number=1, source_number=2, action="publish")
    assert staff.post(path, data=mended).status_code == 303
    assert text_of(session, "ja").freshness is Freshness.TO_UPDATE
    assert newest_of(session, "ja").source_number == 1
    updated = mended | {"body": "新しい文章。", "base_number": 2, "says_source": "y"}
    assert staff.post(path, data=updated).status_code == 303
    assert text_of(session, "ja").freshness is Freshness.FRESH


def test_a_translation_of_nothing_yet_is_to_update(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    form = form_of(title="途中", body="途中です。", source_number=1, action="publish")
    assert staff.post(path_of(text, "ja"), data=form).status_code == 303
    assert text_of(session, "ja").freshness is Freshness.TO_UPDATE


def test_a_translator_sees_the_original_and_what_changed_in_it(staff: FlaskClient, session: Session) -> None:
    text = make_article(session, body="Choose **Print**.\n\nThen wait.")
    translate(session, text)
    path = path_of(text, "ja") + "/translation"
    assert "What changed in the original" not in staff.get(path).text
    change_source(staff, text, body="Choose **Print**.\n\nThen wait here.")
    page = staff.get(path).text
    assert "What changed in the original" in page
    assert "Then wait<ins> here</ins>." in page
    assert "<p>Then wait here.</p>" in page
    assert re.search(r'name="source_number"\s+value="2"', page)
    form = form_of(title="ラベル", body="待ちます。", base_number=1, source_number=2, says_source="y")
    answer = staff.post(path, data=form)
    assert (answer.status_code, answer.location) == (303, path)


def test_the_original_is_not_shown_beside_itself(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    answer = staff.get(path_of(text) + "/translation")
    assert (answer.status_code, answer.location) == (302, path_of(text))


def test_a_stale_save_shows_both_texts_and_can_then_be_saved(staff: FlaskClient, session: Session) -> None:
    text = make_article(session)
    first = form_of(title="Theirs", body="One.\n\nThe other's words.", base_number=1)
    stale = form_of(title="Mine", body="One.\n\nMy words.", base_number=1)
    assert staff.post(path_of(text), data=first).status_code == 303
    answer = staff.post(path_of(text), data=stale | {"action": "publish"})
    assert answer.status_code == 409
    assert "<del>Theirs</del>" in answer.text
    assert "<ins>Mine</ins>" in answer.text
    assert "One.\n\nMy words.</textarea>" in answer.text
    assert newest_of(session).body == "One.\n\nThe other's words."
    assert 'name="base_number" value="2"' in answer.text
    assert staff.post(path_of(text), data=stale | {"base_number": 2}).status_code == 303
    assert newest_of(session).body == "One.\n\nMy words."


def test_a_translation_that_someone_else_began_meanwhile_is_a_conflict(
    staff: FlaskClient, session: Session
) -> None:
    text = make_article(session)
    path = path_of(text, "ja") + "/translation"
    assert staff.post(path, data=form_of(title="先", source_number=1)).status_code == 303
    answer = staff.post(path, data=form_of(title="後", source_number=1))
    assert answer.status_code == 409
    assert "<del>先</del>" in answer.text


@pytest.mark.parametrize("path", ["/staff/articles/10000/en", "/staff/articles/{}/fr"])
def test_what_is_not_there_is_not_found(staff: FlaskClient, session: Session, path: str) -> None:
    path = path.format(make_article(session).article_id)
    assert staff.get(path).status_code == 404
    assert staff.post(path, data=form_of()).status_code == 404
    assert staff.get("/staff/articles/new?language=fr").status_code == 404


def test_a_time_that_has_passed_is_not_offered_again(staff: FlaskClient, session: Session) -> None:
    text = make_article(session, status=DRAFT)
    staff.post(path_of(text), data=form_of(base_number=1, action="review", publish_at="2031-01-15T09:00"))
    waiting = text_of(session)
    waiting.publish_at = datetime.now(UTC) - timedelta(minutes=1)
    session.commit()
    assert 'type="datetime-local" value=""' in staff.get(path_of(text)).text
