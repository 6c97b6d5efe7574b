"""The pages on which staff remind people, write the words and deal with drafts."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import Account, TouchTier, User
from portal.core.clock import site_day, utc_now
from portal.notifications.kinds import Delivery
from portal.notifications.models import Notice, NoticeSetting
from portal.onboarding.models import Checklist
from portal.onboarding.nudges import service
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.nudges.rules import Site
from tests.factories import make_user
from tests.onboarding.factories import draft, make_checklist

HOME = "/staff/onboarding/nudges/"

Work = Callable[[], None]


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session, name="Ren Abe")


@pytest.fixture
def browser(staff: User, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(staff)


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Mei Ito", language="ja")


@pytest.fixture
def late(session: Session, account: Account, champion: User) -> Checklist:
    return make_checklist(session, account, [draft("Import")])


@pytest.fixture
def waiting(session: Session, account: Account, staff: User, late: Checklist) -> Nudge:
    """A draft that waits for staff."""
    account.touch_tier, account.manager = TouchTier.HIGH, staff
    session.commit()
    now = utc_now()
    site = Site(name="Engawa", address="https://portal.test", language="en")
    service.remind_late(session, after=0, site=site, today=site_day(now), now=now)
    session.commit()
    return session.scalars(select(Nudge)).one()


def test_staff_see_what_each_would_read_and_send_it(
    session: Session, work: Work, browser: FlaskClient, champion: User, late: Checklist, account: Account
) -> None:
    page = browser.get(f"{HOME}new?map={late.success_map_id}&step=s1").text
    assert account.name in page
    assert "「Import（日本語）」" in page
    step_id = str(late.steps[0].id)

    answer = browser.post(
        f"{HOME}?map={late.success_map_id}&step=s1", data={"step_id": step_id}, follow_redirects=True
    )
    work()

    assert "1 person is reminded." in answer.text
    assert answer.request.path == f"{HOME}new"
    assert session.scalars(select(Notice.user_id).where(Notice.kind == "nudge")).all() == [champion.id]
    for page in (HOME, f"/staff/onboarding/checklists/{late.id}"):
        assert "「Import（日本語）」" in browser.get(page).text
    history = browser.get(f"/onboarding/checklists/{late.id}/history").text
    assert "Reminded Mei Ito of “Import”" in history


def test_staff_see_who_wants_no_reminders(
    session: Session, browser: FlaskClient, champion: User, late: Checklist
) -> None:
    session.add(NoticeSetting(user_id=champion.id, kind="nudge", delivery=Delivery.NOTHING))
    session.commit()
    assert "Wants no reminders" in browser.get(f"{HOME}new").text
    answer = browser.post(HOME, data={"step_id": str(late.steps[0].id)}, follow_redirects=True)
    assert "1 person wants no reminders." in answer.text


def test_someone_has_to_be_ticked(browser: FlaskClient) -> None:
    answer = browser.post(HOME, data={"step_id": "x"}, follow_redirects=True)
    assert "Tick at least one account." in answer.text


def test_an_account_without_people_has_nobody_to_write_to(
    session: Session, browser: FlaskClient, account: Account
) -> None:
    make_checklist(session, account)
    assert "Nobody to write to" in browser.get(f"{HOME}new").text


def test_unknown_placeholders_are_named_and_the_text_is_kept(browser: FlaskClient) -> None:
    answer = browser.post(f"{HOME}template", data={"text_en": "Dear {nmae} <b>", "text_ja": "こんにちは"})
    assert answer.status_code == 422
    assert "{nmae} cannot be filled in. Use only {name}, {account}," in answer.text
    assert "Dear {nmae} &lt;b&gt;" in answer.text
    assert "こんにちは" in answer.text


def test_what_is_written_for_a_step_is_what_people_read(
    browser: FlaskClient, champion: User, late: Checklist
) -> None:
    place = f"{HOME}template?map={late.success_map_id}&step=s1"
    answer = browser.post(place, data={"text_en": "", "text_ja": "{name}さん <b>"}, follow_redirects=True)
    assert "{name}さん &lt;b&gt;" in answer.text
    assert "Mei Itoさん &lt;b&gt;" in browser.get(f"{HOME}new").text


@pytest.mark.parametrize("place", ["map=x&step=s1", "map=x", "step=s1", "map=99999999999999999999"])
def test_an_address_that_names_no_step_is_not_taken_for_the_general_text(
    browser: FlaskClient, place: str
) -> None:
    assert browser.get(f"{HOME}template?{place}").status_code == 404
    assert browser.post(f"{HOME}template?{place}", data={"text_en": "Hello"}).status_code == 404


def test_a_draft_is_changed_sent_and_gone(
    session: Session, work: Work, browser: FlaskClient, waiting: Nudge, champion: User
) -> None:
    address, to = f"{HOME}drafts/{waiting.id}", champion.id
    assert "To Mei Ito" in browser.get(HOME).text
    assert browser.post(address, data={"text": "お話ししませんか", "edition": "1"}).status_code == 303
    assert "お話ししませんか" in browser.get(address).text

    browser.post(address, data={"text": "お話ししましょう", "edition": "2", "send": "1"})
    work()

    notice = session.scalars(select(Notice).where(Notice.kind == "nudge")).one()
    assert (notice.user_id, notice.params["text"]) == (to, "お話ししましょう")
    assert browser.get(address).status_code == 409


def test_a_draft_that_cannot_be_sent_keeps_what_was_typed(
    session: Session, browser: FlaskClient, waiting: Nudge, champion: User
) -> None:
    session.add(NoticeSetting(user_id=champion.id, kind="nudge", delivery=Delivery.NOTHING))
    session.commit()
    address = f"{HOME}drafts/{waiting.id}"

    answer = browser.post(address, data={"text": "My careful words", "edition": "1", "send": "1"})

    assert answer.status_code == 409
    assert "My careful words" in answer.text
    assert "Mei Ito cannot be sent this now" in answer.text
    assert browser.post(address, data={"text": " "}).status_code == 422


def test_what_was_typed_stays_when_the_draft_was_sent_meanwhile(browser: FlaskClient, waiting: Nudge) -> None:
    address = f"{HOME}drafts/{waiting.id}"
    browser.post(address, data={"text": "The first", "edition": "1", "send": "1"})

    for data in ({"text": "My careful words", "send": "1"}, {"text": "My careful words"}):
        answer = browser.post(address, data=data)
        assert answer.status_code == 409
        assert "My careful words" in answer.text
        assert "This draft was sent or discarded meanwhile." in answer.text
    answer = browser.post(address, data={"_method": "delete"})
    assert answer.status_code == 409
    assert "The first" in answer.text


def test_two_windows_do_not_overwrite_each_other(browser: FlaskClient, waiting: Nudge) -> None:
    address = f"{HOME}drafts/{waiting.id}"
    assert 'name="edition" value="1"' in browser.get(address).text
    assert 'name="edition" value="1"' in browser.get(HOME).text
    browser.post(address, data={"text": "From one window", "edition": "1"})

    answer = browser.post(address, data={"text": "From the other", "edition": "1"})
    assert answer.status_code == 409
    assert "From one window" in answer.text
    assert "From the other" in answer.text
    assert 'name="edition" value="2"' in answer.text
    answer = browser.post(address, data={"send": "1", "edition": "1"})
    assert (answer.status_code, "From one window" in answer.text) == (409, True)
    assert browser.post(address, data={"send": "1", "edition": "2"}).status_code == 303


def test_a_discarded_draft_reaches_nobody(
    session: Session, work: Work, browser: FlaskClient, waiting: Nudge
) -> None:
    browser.post(f"{HOME}drafts/{waiting.id}", data={"_method": "delete"})
    work()
    assert session.scalars(select(Nudge.state)).all() == [NudgeState.DISCARDED]
    assert session.scalars(select(Notice).where(Notice.kind == "nudge")).all() == []
