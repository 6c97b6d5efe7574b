"""The progress of a team: who sees it, and that it equals a plain recount."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts import service as accounts
from portal.accounts.actors import SYSTEM, VISITOR, Role
from portal.accounts.models import Account, User
from portal.core.errors import ForbiddenError, NotFoundError
from portal.onboarding import service
from portal.onboarding.models import Checklist, ChecklistStep, Owner
from portal.onboarding.people import service as people
from portal.onboarding.team.queries import Team, team_for
from portal.onboarding.team.rules import nobodys, progress_of
from tests.factories import NOW, actor_of, make_account, make_user, start_sign_in
from tests.onboarding.factories import draft, make_checklist

Browse = Callable[[User], FlaskClient]
TODAY = date(2026, 11, 20)


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Cho Kim")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    """Three steps of the customer's, of which the last is not due yet, and one of the vendor's."""
    drafts = [draft("Import"), draft("Order"), draft("Invoice", due_after_days=60)]
    return make_checklist(session, account, [*drafts, draft("Connect", owner=Owner.VENDOR)])


def team(session: Session, reader: User, account: Account) -> Team:
    return team_for(session, actor_of(reader), account.id, today=TODAY)


def lines(found: Team) -> dict[str, tuple[int, int, int, int]]:
    return {row.person.name: (row.done, row.open, row.late, row.ticked) for row in found.members}


def test_each_person_stands_as_their_steps_do(
    session: Session, account: Account, member: User, champion: User, checklist: Checklist
) -> None:
    gone, staff = make_user(session, account=account, name="Yui Mori"), make_user(session, name="Ken Abe")
    make_user(session, account=account, name="Went long ago", is_active=False)
    first, second, third, ours = checklist.steps
    for step, doers in ((first, (member, champion)), (second, (gone,)), (third, (member,)), (ours, (staff,))):
        for person in doers:
            people.assign(session, actor=SYSTEM, step_id=step.id, user_id=person.id, now=NOW)
    service.complete_step(session, actor=actor_of(champion), step_id=first.id, now=NOW)
    gone.is_active = False
    session.commit()

    found = team(session, champion, account)
    assert lines(found) == {"Cho Kim": (1, 0, 0, 1), "Kim Sato": (1, 1, 0, 0), "Yui Mori": (0, 1, 1, 0)}
    assert [step.titles["en"] for step in found.nobodys] == ["Order"]


def test_who_was_invited_is_shown_until_they_join(
    session: Session, account: Account, champion: User, browser_of: Browse
) -> None:
    other = make_account(session)
    for email, place in (("new", account), ("new", account), ("late", account), ("other", other)):
        accounts.invite(
            session,
            actor=SYSTEM,
            email=f"{email}@example.test",
            role=Role.CUSTOMER,
            account_id=place.id,
            now=NOW,
        )
    session.commit()
    make_user(session, account=account, email="late@example.test")

    found = team(session, champion, account)
    assert [row.email for row in found.invited] == ["new@example.test"]
    page = browser_of(champion).get("/onboarding/team").text
    assert "new@example.test" in page
    assert "other@example.test" not in page


def test_who_was_invited_in_the_evening_was_so_on_the_day_of_the_site(
    session: Session, account: Account, champion: User, browser_of: Browse
) -> None:
    page = browser_of(champion).get("/onboarding/team").text
    assert "Invite someone" in page
    at = datetime(2026, 11, 19, 23, tzinfo=UTC)
    email = "new@example.test"
    accounts.invite(session, actor=SYSTEM, email=email, role=Role.CUSTOMER, account_id=account.id, now=at)
    session.commit()

    assert 'datetime="2026-11-20"' in browser_of(champion).get("/onboarding/team").text


def test_the_last_sign_in_is_a_day(session: Session, account: Account, member: User, champion: User) -> None:
    start_sign_in(session, member)

    days = {row.person.name: row.signed_in_on for row in team(session, champion, account).members}
    assert days["Cho Kim"] is None
    assert abs((days["Kim Sato"] or TODAY) - datetime.now(UTC).date()) <= timedelta(days=1)


def test_only_the_champion_and_staff_see_it(
    session: Session, account: Account, member: User, champion: User
) -> None:
    stranger = make_user(session, account=make_account(session), role=Role.CHAMPION)
    for reader in (champion, make_user(session)):
        assert team(session, reader, account).account is account
    with pytest.raises(ForbiddenError):
        team(session, member, account)
    with pytest.raises(NotFoundError):
        team(session, stranger, account)
    with pytest.raises(NotFoundError):
        team_for(session, VISITOR, account.id, today=TODAY)


def test_the_ways_there(
    session: Session, browser_of: Browse, member: User, champion: User, checklist: Checklist
) -> None:
    assert 'href="/onboarding/team"' in browser_of(champion).get("/onboarding/").text
    assert 'href="/onboarding/team"' not in browser_of(member).get("/onboarding/").text
    page = browser_of(make_user(session)).get(f"/staff/onboarding/checklists/{checklist.id}").text
    assert f'href="/onboarding/team?account={checklist.account_id}"' in page
    assert "Steps assigned to nobody" in browser_of(champion).get("/onboarding/team").text


some_steps = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(-3, 3),
        st.frozensets(st.integers(1, 4)),
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from(Owner),
    ),
    max_size=12,
)


@given(some_steps, st.frozensets(st.integers(1, 4)))
def test_a_team_equals_a_plain_recount(
    rows: list[tuple[bool, int, frozenset[int], int | None, Owner]], active_ids: frozenset[int]
) -> None:
    steps, doers, counted, orphans = [], {}, Counter[tuple[int, str]](), []
    for number, (is_done, days, who, ticker, owner) in enumerate(rows):
        due_on = TODAY + timedelta(days=days)
        step = ChecklistStep(id=number, due_on=due_on, owner=owner, completed_at=NOW if is_done else None)
        step.completed_by_id = ticker if is_done else None
        steps.append(step)
        if who:
            doers[number] = who
        for person in who:
            counted[person, "done" if is_done else "open"] += 1
            counted[person, "late"] += not is_done and days < 0
        if is_done and ticker:
            counted[ticker, "ticked"] += 1
        if not is_done and owner is Owner.CUSTOMER and not (who & active_ids):
            orphans.append(step)

    for person in range(1, 5):
        found = progress_of(User(id=person), steps, doers, signed_in_on=None, today=TODAY)
        for name in ("done", "open", "late", "ticked"):
            assert getattr(found, name) == counted[person, name]
    assert nobodys(steps, doers, active_ids) == orphans
