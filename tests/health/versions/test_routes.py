"""Drafts over HTTP: what is typed stays, mistakes have their line, and admins put versions to use."""

import csv
import io
from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import Role
from portal.accounts.models import Account, User
from portal.health import service as scores
from portal.health.model import shipped_text
from portal.health.versions import previews
from portal.health.versions.models import ModelState, PreviewedScore, ScoringModel
from portal.health.versions.rules import renamed
from tests.factories import NOW, make_user

Browse = Callable[[User], FlaskClient]
V2 = renamed(shipped_text("v1"), "v2")
MODEL = "/staff/accounts/model"


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session, name="Mio"))


@pytest.fixture
def draft_id(staff: FlaskClient, session: Session) -> int:
    answer = staff.post(f"{MODEL}/drafts/", data={"text": V2, "note": "As it was", "based_on": "v1"})
    assert answer.status_code == 303
    session.rollback()
    return session.scalars(select(ScoringModel.id).where(ScoringModel.version == "v2")).one()


def text_in(html: str) -> str:
    return html.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]


def row(session: Session, draft_id: int) -> ScoringModel:
    session.rollback()
    session.expire_all()
    return session.get_one(ScoringModel, draft_id)


def test_a_new_draft_begins_with_the_version_in_use_under_the_next_name(staff: FlaskClient) -> None:
    page = staff.get(f"{MODEL}/drafts/new").text

    assert "version = &#34;v2&#34;" in text_in(page)
    assert "component.feature" in text_in(page)


def test_a_draft_is_kept_with_who_wrote_it_and_why(
    staff: FlaskClient, session: Session, draft_id: int
) -> None:
    draft = row(session, draft_id)

    assert (draft.state, draft.note, draft.based_on, draft.text) == (
        ModelState.DRAFT,
        "As it was",
        "v1",
        V2.strip() + "\n",
    )
    page = staff.get(MODEL).text
    assert "As it was" in page
    assert "Mio" in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (V2.replace("weight = 15", "weight = -1"), "Line 85: component[3].weight must be a number above 0"),
        ("version = ", "Line 1: this is not TOML"),
        (V2 + "\u202e", "the character U+202E cannot be seen"),
        (V2 + "x" * 1_000_000, "the text is longer than 100000 characters"),
        ("a = " + "[" * 50_000, "Line 1: brackets are nested too deeply"),
        (renamed(V2, "v1"), "Line 4: there is a version v1 already"),
        ("   ", "Write the model"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_typed_stays(
    staff: FlaskClient, session: Session, draft_id: int, text: str, said: str
) -> None:
    typed = text[:60].strip().replace('"', "&#34;").splitlines()
    for address in (f"{MODEL}/drafts/", f"{MODEL}/drafts/{draft_id}"):
        answer = staff.post(address, data={"text": text, "note": "My reasons", "edition": "1"})

        assert answer.status_code == 422
        assert said in answer.text
        assert "My reasons" in answer.text
        assert all(line in text_in(answer.text) for line in typed)
    assert row(session, draft_id).edition == 1


def test_the_lines_around_a_mistake_are_shown(staff: FlaskClient) -> None:
    text = V2.replace("weight = 15", "weight = -1")
    page = staff.post(f"{MODEL}/drafts/", data={"text": text}).text

    assert "<mark>85 │ weight = -1" in page
    assert "83 │ label_en" in page


def test_empty_lines_before_the_model_count_where_a_mistake_is_told_and_where_it_is_shown(
    staff: FlaskClient,
) -> None:
    text = "\r\n\r\n\r\n" + V2.replace("weight = 15", "weight = -1")
    page = staff.post(f"{MODEL}/drafts/", data={"text": text}).text

    assert "Line 88: component[3].weight must be" in page
    assert "<mark>88 │ weight = -1" in page


def test_a_null_character_is_refused(staff: FlaskClient) -> None:
    assert staff.post(f"{MODEL}/drafts/", data={"text": V2 + "\x00"}).status_code == 422


def test_of_two_who_change_a_draft_neither_loses_what_was_typed(
    staff: FlaskClient, session: Session, draft_id: int
) -> None:
    address = f"{MODEL}/drafts/{draft_id}"
    mine, theirs = V2.replace("= 15", "= 16"), V2.replace("= 15", "= 17")
    staff.post(address, data={"text": theirs, "note": "", "edition": "1"})

    answer = staff.post(address, data={"text": mine, "note": "", "edition": "1"})

    assert answer.status_code == 409
    assert "weight = 16" in text_in(answer.text)
    assert "weight = 17" in answer.text.partition("<textarea")[0]
    assert 'name="edition" value="2"' in answer.text
    assert "weight = 17" in row(session, draft_id).text


def test_the_page_shows_how_far_a_draft_is_tried_and_then_what_it_would_change(
    staff: FlaskClient, busy: Account, draft_id: int
) -> None:
    address = f"{MODEL}/drafts/{draft_id}"
    waiting = staff.get(address).text
    assert "Accounts tried" in waiting
    assert 'hx-trigger="every 2s"' in waiting

    worker.work()

    page = staff.get(address).text
    assert "Accounts tried" not in page
    assert "hx-trigger" not in page.partition('id="effect"')[2].partition(">")[0]
    assert "0 accounts would come into another band." in page
    assert "Acme" in page
    piece = staff.get(f"{MODEL}/versions/{draft_id}/preview", headers={"HX-Request": "true"}).text
    assert piece.lstrip().startswith('<section id="effect"')
    assert "Acme" in piece


def test_the_file_says_what_is_stored(
    staff: FlaskClient, session: Session, busy: Account, draft_id: int
) -> None:
    worker.work()
    session.rollback()
    stored = session.scalars(select(PreviewedScore)).one()

    answer = staff.get(f"{MODEL}/versions/{draft_id}/preview?format=csv")

    (line,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert stored.before_e4
    assert stored.after_e4
    assert line["Account"] == "Acme"
    assert (float(line["Score now"]), float(line["Score then"])) == (
        stored.before_e4 / 10_000,
        stored.after_e4 / 10_000,
    )


def test_only_admins_put_a_version_to_use(
    staff: FlaskClient, session: Session, browser_of: Browse, draft_id: int
) -> None:
    address = f"{MODEL}/versions/{draft_id}/activation"
    assert "Admins put versions to use." in staff.get(address).text
    assert staff.post(address, data={"edition": "1"}).status_code == 403
    assert row(session, draft_id).state is ModelState.DRAFT

    admin = browser_of(make_user(session, role=Role.ADMIN))
    assert admin.post(address, data={"edition": "1"}).status_code == 303
    assert row(session, draft_id).state is ModelState.ACTIVE
    assert "This is version v2 of the model." in admin.get(MODEL).text


def test_the_question_before_says_how_many_accounts_change_their_band(
    staff: FlaskClient, session: Session, busy: Account, draft_id: int
) -> None:
    address = f"{MODEL}/versions/{draft_id}/activation"
    assert "is not known" in staff.get(address).text
    worker.work()
    assert "0 accounts come into another band." in staff.get(address).text
    kept = session.scalars(select(PreviewedScore)).one()
    kept.after_band = None
    session.commit()
    assert "1 account comes into another band." in staff.get(address).text


def test_the_model_page_says_how_many_scores_are_made_again(
    staff: FlaskClient, session: Session, browser_of: Browse, busy: Account, draft_id: int
) -> None:
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()
    admin = browser_of(make_user(session, role=Role.ADMIN))
    admin.post(f"{MODEL}/versions/{draft_id}/activation", data={"edition": "1"})

    assert "1 account still has its score from another version" in staff.get(MODEL).text
    worker.work()
    assert "from another version" not in staff.get(MODEL).text
    piece = staff.get(f"{MODEL}?rescoring=1", headers={"HX-Request": "true"})
    assert (piece.status_code, piece.text.strip()) == (200, "")


def test_a_version_that_was_in_use_can_be_tried_again(
    staff: FlaskClient, session: Session, browser_of: Browse, busy: Account, draft_id: int
) -> None:
    admin = browser_of(make_user(session, role=Role.ADMIN))
    admin.post(f"{MODEL}/versions/{draft_id}/activation", data={"edition": "1"})
    session.rollback()
    first = session.scalars(select(ScoringModel.id).where(ScoringModel.version == "v1")).one()

    assert "It has not been tried" in staff.get(f"{MODEL}/versions/{first}").text
    assert staff.post(f"{MODEL}/versions/{first}/preview").status_code == 303
    while previews.follow():
        pass
    assert "Acme" in staff.get(f"{MODEL}/versions/{first}/preview").text


def test_a_draft_can_be_thrown_away(staff: FlaskClient, session: Session, draft_id: int) -> None:
    answer = staff.post(f"{MODEL}/drafts/{draft_id}", data={"_method": "delete", "edition": "1"})

    assert answer.status_code == 303
    session.rollback()
    assert session.get(ScoringModel, draft_id, populate_existing=True) is None


def test_the_page_tells_where_accounts_lie_on_each_feature(
    staff: FlaskClient, session: Session, busy: Account
) -> None:
    assert "No account has evidence" not in staff.get(MODEL).text
    scores.rebuild_scores(session, account_id=busy.id, now=NOW)
    session.commit()

    page = staff.get(MODEL).text

    assert "How much of it 1 account reaches" in page
    assert "1 account has no evidence for it." in page
    assert "Half of the seats in about a month" in page
    assert 'href="#kind-article.read"' in page
    assert 'id="kind-article.read"' in page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_all_pages_are_there_in_both_languages(
    staff: FlaskClient, busy: Account, draft_id: int, language: str
) -> None:
    worker.work()
    for path in ("", "/drafts/new", f"/drafts/{draft_id}", f"/versions/{draft_id}"):
        answer = staff.get(MODEL + path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.text
