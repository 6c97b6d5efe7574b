from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor, Role
from portal.accounts.models import Account, User
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.onboarding import service as checklists
from portal.onboarding.dates import service
from portal.onboarding.dates.models import FormerDueDay
from portal.onboarding.dates.rules import Choice, choose
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist, ChecklistStep
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, former_days, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 19)
MONDAY = date(2026, 11, 2)
FRIDAY = date(2026, 11, 6)
NEXT_FRIDAY = date(2026, 11, 13)
THIRD_FRIDAY = date(2026, 11, 20)

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, country="ZZ")


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Cho Kim")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    """Three steps, a week each, the third counted from the second; and one that waits for nothing."""
    drafts = [
        draft("Import", due_after_days=4),
        draft("Order", due_after_days=5, counted_from="s1", needs=["s1"]),
        draft("Invoice", due_after_days=5, counted_from="s2"),
        draft("Ask", due_after_days=2, is_required=False),
    ]
    return make_checklist(session, account, drafts, started_on=MONDAY)


def days(checklist: Checklist) -> list[date]:
    return [step.due_on for step in checklist.steps]


def choose_day(session: Session, actor: Actor, step: ChecklistStep, day: date | None) -> Choice:
    mark = service.preview(session, actor=actor, step_id=step.id, day=day).mark
    choice = service.choose_day(session, actor=actor, step_id=step.id, day=day, agreed=mark, now=NOW)
    session.commit()
    return choice


def acts(session: Session) -> list[tuple[Act, dict[str, object]]]:
    rows = session.scalars(select(ChecklistAct).order_by(ChecklistAct.id))
    return [(row.act, {name: row.data[name] for name in row.data if name != "step"}) for row in rows]


def test_a_preview_shows_what_a_slip_pushes_and_changes_nothing(
    session: Session, champion: User, checklist: Checklist
) -> None:
    before = days(checklist)
    slip = FRIDAY + timedelta(days=7)

    choice = service.preview(session, actor=actor_of(champion), step_id=checklist.steps[0].id, day=slip)
    session.commit()

    assert [(step.title("en"), shift.before, shift.after) for step, shift in choice.moved] == [
        ("Import", FRIDAY, NEXT_FRIDAY),
        ("Order", NEXT_FRIDAY, THIRD_FRIDAY),
        ("Invoice", THIRD_FRIDAY, date(2026, 11, 27)),
    ]
    assert (choice.pushed, choice.ends_on, checklist.ends_on) == (2, date(2026, 11, 27), THIRD_FRIDAY)
    assert days(checklist) == before
    assert checklist.steps[0].chosen_on is None


def test_the_champion_chooses_a_day_and_takes_it_back(
    session: Session, champion: User, checklist: Checklist
) -> None:
    actor, step, before = actor_of(champion), checklist.steps[0], days(checklist)

    choose_day(session, actor, step, NEXT_FRIDAY)
    assert days(checklist) == [NEXT_FRIDAY, THIRD_FRIDAY, date(2026, 11, 27), date(2026, 11, 4)]
    assert (step.chosen_on, checklist.ends_on) == (NEXT_FRIDAY, date(2026, 11, 27))
    choose_day(session, actor, step, None)
    assert (days(checklist), step.chosen_on, checklist.ends_on) == (before, None, THIRD_FRIDAY)

    moved = {"before": FRIDAY.isoformat(), "after": NEXT_FRIDAY.isoformat(), "pushed": 2}
    back = {"before": NEXT_FRIDAY.isoformat(), "after": FRIDAY.isoformat(), "pushed": 2}
    assert acts(session)[1:] == [(Act.DAY_CHOSEN, moved), (Act.DAY_FREED, back)]
    assert session.scalars(select(OutboxEvent.name)).all().count("FootingChanged") == 3


def test_what_is_moved_or_pushed_keeps_the_day_it_had_until_yesterday(
    session: Session, champion: User, checklist: Checklist
) -> None:
    for day in (NEXT_FRIDAY, THIRD_FRIDAY, None):
        choose_day(session, actor_of(champion), checklist.steps[0], day)

    was_due = {"s1": FRIDAY, "s2": NEXT_FRIDAY, "s3": THIRD_FRIDAY}
    assert former_days(session) == [(key, YESTERDAY, day) for key, day in was_due.items()]


def test_former_days_go_with_their_checklist(session: Session, champion: User, checklist: Checklist) -> None:
    choose_day(session, actor_of(champion), checklist.steps[0], NEXT_FRIDAY)

    session.delete(checklist)
    session.commit()

    assert session.scalars(select(FormerDueDay)).all() == []


def test_choosing_the_same_again_is_no_act(session: Session, champion: User, checklist: Checklist) -> None:
    for _ in range(2):
        choose_day(session, actor_of(champion), checklist.steps[0], NEXT_FRIDAY)

    assert [act for act, _data in acts(session)] == [Act.STARTED, Act.DAY_CHOSEN]


def test_a_day_before_what_it_needs_is_refused_by_name(
    session: Session, champion: User, checklist: Checklist
) -> None:
    with pytest.raises(InvalidError, match="has to be done first") as error:
        choose_day(session, actor_of(champion), checklist.steps[1], FRIDAY - timedelta(days=1))

    assert error.value.params == {"step": checklist.steps[0].titles, "day": FRIDAY}
    assert choose_day(session, actor_of(champion), checklist.steps[1], FRIDAY).days["s2"] == FRIDAY


def test_once_that_is_done_an_earlier_day_will_do(
    session: Session, champion: User, checklist: Checklist
) -> None:
    checklists.complete_step(session, actor=SYSTEM, step_id=checklist.steps[0].id, now=NOW)
    session.commit()

    choose_day(session, actor_of(champion), checklist.steps[1], MONDAY + timedelta(days=1))

    assert days(checklist)[:2] == [FRIDAY, MONDAY + timedelta(days=1)]


def test_what_is_done_keeps_its_day(session: Session, champion: User, checklist: Checklist) -> None:
    first, second, third, _ask = checklist.steps
    checklists.complete_step(session, actor=SYSTEM, step_id=third.id, now=NOW)
    session.commit()

    choose_day(session, actor_of(champion), first, THIRD_FRIDAY)
    assert (second.due_on, third.due_on) == (date(2026, 11, 27), THIRD_FRIDAY)
    with pytest.raises(ConflictError, match="done"):
        choose(third, FRIDAY)

    checklists.reopen_step(session, actor=SYSTEM, step_id=third.id, now=NOW)
    assert third.due_on == date(2026, 12, 4) == third.checklist.ends_on
    assert former_days(session)[-1] == ("s3", YESTERDAY, THIRD_FRIDAY)


@pytest.mark.parametrize("day", [MONDAY - timedelta(days=1), date.min, date(2031, 12, 31), date.max])
def test_days_far_from_the_checklist_are_refused(
    session: Session, champion: User, checklist: Checklist, day: date
) -> None:
    with pytest.raises(InvalidError, match="Choose a day from 2026-11-02"):
        choose_day(session, actor_of(champion), checklist.steps[3], day)


def test_only_the_champion_and_staff_choose(session: Session, account: Account, checklist: Checklist) -> None:
    step = checklist.steps[0]
    other_champion = make_user(session, account=make_account(session), role=Role.CHAMPION)

    with pytest.raises(ForbiddenError):
        choose_day(session, actor_of(make_user(session, account=account)), step, NEXT_FRIDAY)
    with pytest.raises(NotFoundError):
        choose_day(session, actor_of(other_champion), step, NEXT_FRIDAY)
    assert choose_day(session, actor_of(make_user(session)), step, NEXT_FRIDAY).pushed == 2


def test_what_someone_else_did_meanwhile_is_shown_first(
    session: Session, champion: User, checklist: Checklist
) -> None:
    actor, (first, second, *_rest) = actor_of(champion), checklist.steps
    mark = service.preview(session, actor=actor, step_id=first.id, day=NEXT_FRIDAY).mark
    choose_day(session, SYSTEM, second, date(2026, 11, 30))

    with pytest.raises(ConflictError, match="meanwhile"):
        service.choose_day(session, actor=actor, step_id=first.id, day=NEXT_FRIDAY, agreed=mark, now=NOW)
    session.rollback()

    assert first.chosen_on is None


def test_first_the_page_shows_then_it_saves(browser_of: Browse, champion: User, checklist: Checklist) -> None:
    browser, path = browser_of(champion), f"/onboarding/steps/{checklist.steps[0].id}/day"
    assert f'href="{path}"' in browser.get("/onboarding/").text
    assert 'name="agreed"' not in browser.get(path).text

    page = browser.get(f"{path}?day=2026-11-13").text
    agreed = page.split('name="agreed" value="')[1].split('"')[0]
    assert page.index("Import") < page.index("Order") < page.index("Invoice")
    assert "The end moves from" in page
    answer = browser.post(path, data={"day": "2026-11-13", "agreed": agreed})

    assert answer.status_code == 303
    home = browser.get(answer.headers["Location"]).text
    assert "Moved “Import” from Nov 6, 2026 to Nov 13, 2026 (2 other steps move with it)" in home
    assert "Take the chosen day back" in browser.get(path).text


def test_saving_something_else_than_was_seen_shows_it_anew(
    session: Session, browser_of: Browse, champion: User, checklist: Checklist
) -> None:
    browser, path = browser_of(champion), f"/onboarding/steps/{checklist.steps[0].id}/day"

    answer = browser.post(path, data={"day": "2026-11-13", "agreed": "something else"})

    assert answer.status_code == 409
    assert "The checklist has changed meanwhile." in answer.text
    assert "The end moves from" in answer.text
    session.rollback()
    assert checklist.steps[0].chosen_on is None


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2026-11-05", "“Import” has to be done first, and that is due on Nov 6, 2026."),
        ("2026-11-01", "Choose a day from Nov 2, 2026 to"),
        ("9999-12-31", "Choose a day from Nov 2, 2026 to"),
        ("soon", "Not a valid date value."),
    ],
)
def test_a_day_that_cannot_be_is_said_to_be_and_kept(
    browser_of: Browse, champion: User, checklist: Checklist, day: str, says: str
) -> None:
    browser, path = browser_of(champion), f"/onboarding/steps/{checklist.steps[1].id}/day"

    for answer in (
        browser.get(path, query_string={"day": day}),
        browser.post(path, data={"day": day, "agreed": ""}),
    ):
        assert answer.status_code == 422
        assert says in answer.text
        assert f'value="{day}"' in answer.text


def test_who_comes_to_the_page(
    session: Session, client: FlaskClient, browser_of: Browse, account: Account, checklist: Checklist
) -> None:
    path = f"/onboarding/steps/{checklist.steps[0].id}/day"
    member, peer = make_user(session, account=account), make_customer(session)

    for browser, status in (
        (client, 302),
        (browser_of(member), 403),
        (browser_of(peer), 404),
        (browser_of(make_user(session)), 200),
    ):
        assert browser.get(path).status_code == status
    for browser, status in ((client, 302), (browser_of(member), 403), (browser_of(peer), 404)):
        assert browser.post(path, data={"day": "2026-11-13"}).status_code == status
    assert path not in browser_of(member).get("/onboarding/").text


def test_what_is_done_has_no_day_to_choose(browser_of: Browse, champion: User, checklist: Checklist) -> None:
    browser, step = browser_of(champion), checklist.steps[0]
    browser.post(f"/onboarding/steps/{step.id}/completion")

    assert "its day stays as it is" in browser.get(f"/onboarding/steps/{step.id}/day").text
    answer = browser.post(f"/onboarding/steps/{step.id}/day", data={"day": "2026-11-13", "agreed": ""})
    assert answer.status_code == 409
    assert "its day stays as it is" in answer.text
