"""Links by which people without a sign-in look at a checklist."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.core.clock import utc_now
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.onboarding import service as onboarding
from portal.onboarding.models import Checklist
from portal.onboarding.sharing import queries, service
from portal.onboarding.sharing.models import SharedLink
from portal.onboarding.sharing.tokens import token_of
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Mika Ito")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    drafts = [draft("Invite the team", due_after_days=3, article_id=7), draft("Import the products")]
    return make_checklist(session, account, drafts)


@pytest.fixture
def link(session: Session, champion: User, checklist: Checklist) -> SharedLink:
    found = share(session, champion, checklist, now=utc_now())
    session.commit()
    return found


def share(
    session: Session, user: User, checklist: Checklist, *, days: int = 30, now: datetime = NOW
) -> SharedLink:
    return service.share(session, actor=actor_of(user), checklist_id=checklist.id, days=days, now=now)


def test_a_link_works_until_its_last_moment(session: Session, champion: User, checklist: Checklist) -> None:
    link = share(session, champion, checklist)
    end = NOW + timedelta(days=30)

    last = end - timedelta(seconds=1)
    assert queries.shared_checklist(session, link.id, now=last).id == checklist.id
    with pytest.raises(NotFoundError):
        queries.shared_checklist(session, link.id, now=end)


def test_a_revoked_link_works_no_more(session: Session, champion: User, checklist: Checklist) -> None:
    link, other = share(session, champion, checklist), share(session, champion, checklist)

    service.revoke(session, actor=actor_of(champion), link_id=link.id, now=NOW)
    service.revoke(session, actor=actor_of(champion), link_id=link.id, now=NOW + timedelta(days=1))

    assert link.revoked_at == NOW
    with pytest.raises(NotFoundError):
        queries.shared_checklist(session, link.id, now=NOW)
    listed = queries.links_for(session, actor_of(champion), [checklist], now=NOW)
    assert listed == {checklist.id: [other]}


def test_a_link_works_for_the_days_that_are_offered(
    session: Session, champion: User, checklist: Checklist
) -> None:
    with pytest.raises(InvalidError):
        share(session, champion, checklist, days=10_000)


def test_members_share_nothing_and_strangers_find_nothing(
    session: Session, account: Account, checklist: Checklist, link: SharedLink
) -> None:
    member = make_user(session, account=account)
    with pytest.raises(ForbiddenError):
        share(session, member, checklist)
    with pytest.raises(ForbiddenError):
        service.revoke(session, actor=actor_of(member), link_id=link.id, now=NOW)
    assert queries.links_for(session, actor_of(member), [checklist], now=NOW) == {}
    stranger = make_user(session, account=make_account(session), role=Role.CHAMPION)
    with pytest.raises(NotFoundError):
        share(session, stranger, checklist)
    with pytest.raises(NotFoundError):
        service.revoke(session, actor=actor_of(stranger), link_id=link.id, now=NOW)


def test_whoever_holds_the_link_sees_the_path_without_names_and_changes_nothing(
    session: Session, client: FlaskClient, champion: User, checklist: Checklist, link: SharedLink
) -> None:
    step = checklist.steps[1]
    onboarding.complete_step(session, actor=actor_of(champion), step_id=step.id, now=NOW)
    session.commit()

    answer = client.get(f"/onboarding/shared/{token_of(link.id)}")

    assert answer.status_code == 200
    assert "Invite the team" in answer.text
    assert "Ticked by hand" in answer.text
    assert "Required steps: <strong>1 of 2</strong>" in answer.text
    main = answer.text[answer.text.index("<main") : answer.text.index("</main")]
    assert "Mika Ito" not in main
    assert "<form" not in main
    assert "/articles/" not in main
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("change", [lambda token: token + "x", lambda token: "1." + token[2:], lambda _: "1"])
def test_nobody_guesses_an_address(
    client: FlaskClient, link: SharedLink, change: Callable[[str], str]
) -> None:
    token = token_of(link.id)
    assert client.get(f"/onboarding/shared/{token}").status_code == 200
    other = change(token) if change(token) != token else "2" + token[1:]

    assert client.get(f"/onboarding/shared/{other}").status_code == 404
    assert client.get(f"/onboarding/shared/{other}/calendar.ics").status_code == 404


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Invite the team"), ("ja", "Invite the team（日本語）")]
)
def test_a_calendar_holds_each_step_on_its_day(
    session: Session, client: FlaskClient, checklist: Checklist, link: SharedLink, language: str, title: str
) -> None:
    onboarding.complete_step(session, actor=SYSTEM, step_id=checklist.steps[1].id, now=NOW)
    session.commit()

    answer = client.get(f"/onboarding/shared/{token_of(link.id)}/calendar.ics?language={language}")

    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.data)
    events = list(calendar.walk("VEVENT"))
    assert [event.decoded("dtstart") for event in events] == [step.due_on for step in checklist.steps]
    assert str(events[0]["summary"]) == title
    assert str(events[1]["summary"]) != checklist.steps[1].title(language)
    assert checklist.steps[1].title(language) in str(events[1]["summary"])
    assert str(events[0]["url"]).endswith(f"/onboarding/shared/{token_of(link.id)}")
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_a_calendar_speaks_only_languages_of_the_site(client: FlaskClient, link: SharedLink) -> None:
    answer = client.get(f"/onboarding/shared/{token_of(link.id)}/calendar.ics?language=xx")

    assert answer.status_code == 404


def test_the_champion_makes_and_revokes_links_on_the_page(
    browser_of: Browse, session: Session, account: Account, champion: User, checklist: Checklist
) -> None:
    browser = browser_of(champion)
    answer = browser.post(f"/onboarding/checklists/{checklist.id}/links", data={"days": "365"})
    link = session.scalars(select(SharedLink)).one()

    page = browser.get(answer.headers["Location"]).text
    assert f"/onboarding/shared/{token_of(link.id)}" in page
    assert "By Mika Ito" in page
    member = browser_of(make_user(session, account=account)).get("/onboarding/").text
    assert token_of(link.id) not in member
    assert "Share this checklist" not in member

    browser.post(f"/onboarding/links/{link.id}/revocation")
    assert token_of(link.id) not in browser.get("/onboarding/").text


def test_staff_share_from_their_own_page(
    browser_of: Browse, session: Session, checklist: Checklist, link: SharedLink
) -> None:
    browser = browser_of(make_user(session))

    answer = browser.post(f"/onboarding/checklists/{checklist.id}/links", data={"days": "30"})

    assert answer.headers["Location"] == f"/staff/onboarding/checklists/{checklist.id}"
    page = browser.get(answer.headers["Location"]).text
    assert page.count("/calendar.ics") == 2
    assert browser_of(make_customer(session)).get(answer.headers["Location"]).status_code == 403
