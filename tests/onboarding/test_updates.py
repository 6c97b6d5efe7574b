from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.adoption.models import Signal
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.onboarding import queries
from portal.onboarding import service as checklists
from portal.onboarding.dates import service as dates
from portal.onboarding.history.models import Act
from portal.onboarding.history.queries import acts_for
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.queries import map_for
from portal.onboarding.models import Checklist, ChecklistStep, MapStep, MapVersion, SuccessMap
from portal.onboarding.updates import service
from portal.onboarding.updates.rules import update_to
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import draft, former_days, make_checklist, quiz_draft

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 2)
KEYS = [f"s{number}" for number in range(1, 9)]

Browse = Callable[[User], FlaskClient]


@st.composite
def map_steps(draw: st.DrawFn) -> list[MapStep]:
    """The steps of a version: each refers to ones before it, or to what is not there; one is required."""
    steps: list[MapStep] = []
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=6, unique=True))
    for key in keys:
        known = [each for each in KEYS if each not in keys[len(steps) :]]
        steps.append(
            MapStep(
                key=key,
                position=len(steps) + 1,
                titles={"en": draw(st.sampled_from("ABC"))},
                due_after_days=draw(st.integers(0, 20)),
                counted_from=draw(st.sampled_from([None, *known])),
                needs=draw(st.lists(st.sampled_from(known), max_size=2, unique=True)) if known else [],
                is_required=draw(st.booleans()),
            )
        )
    steps[-1].is_required = True
    return steps


@st.composite
def running(draw: st.DrawFn, *, finished: bool = False) -> Checklist:
    """A checklist in any state: some steps are done, some have a day that someone chose."""
    steps = [ChecklistStep(**step.content()) for step in draw(map_steps())]
    checklist = Checklist(
        account=Account(country="ZZ"), started_on=MONDAY, ends_on=MONDAY, version_id=1, steps=steps
    )
    for step in steps:
        step.chosen_on = draw(st.none() | st.dates(MONDAY, MONDAY + timedelta(days=90)))
        is_done = draw(st.booleans()) or (finished and step.is_required)
        step.completed_at = NOW - timedelta(hours=step.position) if is_done else None
        step.due_on, step.version = MONDAY, 1
    checklist.settle()
    dones = [step for step in steps if step.is_done]
    for step in dones:
        step.due_on = draw(st.dates(MONDAY, MONDAY + timedelta(days=90)))
    return checklist


def version_of(steps: list[MapStep]) -> MapVersion:
    return MapVersion(id=2, number=2, steps=steps)


def done_keys(steps: Sequence[ChecklistStep]) -> set[str]:
    return {step.key for step in steps if step.is_done}


@given(running() | running(finished=True), map_steps())
def test_nothing_done_is_lost_and_nobody_who_finished_is_reopened(
    checklist: Checklist, steps: list[MapStep]
) -> None:
    was_complete, at, done = checklist.is_complete, checklist.completed_at, done_keys(checklist.steps)
    record = [step.key for step in checklist.steps]

    service.carry_out(update_to(version_of(steps), checklist))

    after = {step.key: step for step in checklist.steps}
    assert done_keys(checklist.steps) == done
    assert after.keys() == {step.key for step in steps} | done
    assert [step.position for step in checklist.steps] == list(range(1, len(after) + 1))
    in_map = [key for key in (step.key for step in checklist.steps) if key in {step.key for step in steps}]
    assert in_map == [step.key for step in steps]
    order = ["", *(step.key for step in checklist.steps)]
    for before, key in pairwise(["", *(key for key in record if key in after)]):
        assert key in in_map or order.index(key) == order.index(before) + 1
    if was_complete:
        assert checklist.is_complete
        checklist.settle()
        assert checklist.completed_at == at


@given(running() | running(finished=True), map_steps())
def test_days_follow_the_version_and_stay_after_what_they_need(
    checklist: Checklist, steps: list[MapStep]
) -> None:
    done = {step.key: step.due_on for step in checklist.steps if step.is_done}
    chosen = {step.key: step.chosen_on for step in checklist.steps if step.chosen_on}

    service.carry_out(update_to(version_of(steps), checklist))

    after = {step.key: step for step in checklist.steps}
    for step in checklist.steps:
        assert step.chosen_on == chosen.get(step.key)
        if step.is_done:
            assert step.due_on == done[step.key]
            continue
        needed = [after[key] for key in step.needs if key in after]
        assert all(step.due_on >= each.due_on for each in needed if not (each.is_done and step.chosen_on))
    assert checklist.ends_on == max(step.due_on for step in checklist.steps if step.is_required)


@given(running(), map_steps())
def test_following_a_version_twice_changes_nothing_more(checklist: Checklist, steps: list[MapStep]) -> None:
    version = version_of(steps)
    service.carry_out(update_to(version, checklist))

    again = update_to(version, checklist)

    assert (again.added, again.removed, again.changes, again.shifts) == ([], [], [], [])
    assert again.ends_on == checklist.ends_on


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session, name="Sam Ito")


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, country="ZZ")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    """Four steps: the second is done."""
    drafts = [
        draft("Import", due_after_days=4),
        draft("Order", due_after_days=9),
        draft("Invoice", due_after_days=14),
        draft("Ask", due_after_days=14, is_required=False),
    ]
    checklist = make_checklist(session, account, drafts, started_on=MONDAY)
    checklists.complete_step(session, actor=SYSTEM, step_id=checklist.steps[1].id, now=NOW)
    session.commit()
    return checklist


def publish_second(session: Session, checklist: Checklist) -> SuccessMap:
    """Change the first step, remove the second and the third, and add one."""
    map_id = checklist.success_map_id
    for key in ("s2", "s3"):
        steps = map_for(session, SYSTEM, map_id).steps
        maps.remove_step(session, actor=SYSTEM, step_id=next(step.id for step in steps if step.key == key))
    first = map_for(session, SYSTEM, map_id).steps[0]
    maps.change_step(session, actor=SYSTEM, step_id=first.id, draft=draft("Import all", due_after_days=9))
    maps.add_step(session, actor=SYSTEM, map_id=map_id, draft=quiz_draft("Pass", due_after_days=19))
    maps.publish(session, actor=SYSTEM, map_id=map_id, now=NOW)
    session.commit()
    return map_for(session, SYSTEM, map_id)


def move(session: Session, actor: User, checklist: Checklist) -> Checklist:
    mark = service.preview(session, actor=actor_of(actor), checklist_id=checklist.id).mark
    service.move(session, actor=actor_of(actor), checklist_id=checklist.id, agreed=mark, now=NOW)
    session.commit()
    return queries.checklist_for(session, SYSTEM, checklist.id)


def test_a_preview_says_what_changes_and_changes_nothing(
    session: Session, staff: User, checklist: Checklist
) -> None:
    publish_second(session, checklist)

    update = service.preview(session, actor=actor_of(staff), checklist_id=checklist.id)
    session.commit()

    assert [step.title("en") for step in update.added] == ["Pass"]
    assert [step.title("en") for step in update.removed] == ["Invoice"]
    assert [step.title("en") for step in update.kept] == ["Order"]
    assert [(change.before.title("en"), change.names) for change in update.changes] == [
        ("Import", frozenset({"titles", "due_after_days"}))
    ]
    assert [(step.key, shift.after) for step, shift in update.moved] == [("s1", date(2026, 11, 13))]
    assert update.ends_on == date(2026, 11, 27)
    assert [step.title("en") for step in checklist.steps] == ["Import", "Order", "Invoice", "Ask"]


def test_moving_copies_the_version_and_keeps_what_is_done(
    session: Session, staff: User, checklist: Checklist
) -> None:
    second = publish_second(session, checklist).published
    ids = [step.id for step in checklist.steps]

    moved = move(session, staff, checklist)

    assert second is not None
    assert moved.version_id == second.id
    assert [(step.title("en"), step.is_done) for step in moved.steps] == [
        ("Import all", False),
        ("Order", True),
        ("Ask", False),
        ("Pass", False),
    ]
    assert [step.id for step in moved.steps[:3]] == [ids[0], ids[1], ids[3]]
    assert moved.steps[3].quiz is not None
    assert former_days(session) == [("s1", date(2026, 11, 19), date(2026, 11, 6))]
    assert moved.ends_on == date(2026, 11, 27)
    assert "FootingChanged" in session.scalars(select(OutboxEvent.name)).all()
    newest = acts_for(session, actor_of(staff), moved.id).rows[0]
    assert (newest.act, newest.actor_id, newest.data) == (Act.MOVED, staff.id, {"before": 1, "after": 2})
    with pytest.raises(ConflictError, match="newest version"):
        service.preview(session, actor=actor_of(staff), checklist_id=checklist.id)


def test_a_day_that_someone_chose_stays(session: Session, staff: User, checklist: Checklist) -> None:
    day, first = date(2026, 12, 24), checklist.steps[0]
    mark = dates.preview(session, actor=SYSTEM, step_id=first.id, day=day).mark
    dates.choose_day(session, actor=SYSTEM, step_id=first.id, day=day, agreed=mark, now=NOW)
    session.commit()
    publish_second(session, checklist)

    moved = move(session, staff, checklist)

    assert (moved.steps[0].due_on, moved.steps[0].chosen_on, moved.ends_on) == (day, day, day)


def test_who_has_finished_stays_finished(session: Session, staff: User, checklist: Checklist) -> None:
    for step in (checklist.steps[0], checklist.steps[2]):
        checklists.complete_step(session, actor=SYSTEM, step_id=step.id, now=NOW)
    session.commit()
    publish_second(session, checklist)

    moved = move(session, staff, checklist)

    assert moved.completed_at == NOW
    assert [(step.title("en"), step.is_required) for step in moved.steps] == [
        ("Import all", True),
        ("Order", True),
        ("Invoice", True),
        ("Ask", False),
        ("Pass", False),
    ]


def test_a_version_that_asks_no_more_completes_a_checklist_and_the_ledger_knows(
    session: Session, staff: User, checklist: Checklist, work: Callable[[], None]
) -> None:
    for key in ("s1", "s3"):
        steps = map_for(session, SYSTEM, checklist.success_map_id).steps
        maps.remove_step(session, actor=SYSTEM, step_id=next(step.id for step in steps if step.key == key))
    maps.publish(session, actor=SYSTEM, map_id=checklist.success_map_id, now=NOW)
    session.commit()
    account_id = checklist.account_id
    work()
    assert session.scalars(select(Signal).where(Signal.kind == "checklist.completed")).all() == []

    assert move(session, staff, checklist).completed_at == NOW
    work()

    signal = session.scalars(select(Signal).where(Signal.kind == "checklist.completed")).one()
    assert (signal.account_id, signal.occurred_at) == (account_id, NOW)


def test_what_changed_meanwhile_is_shown_first(session: Session, staff: User, checklist: Checklist) -> None:
    publish_second(session, checklist)
    mark = service.preview(session, actor=actor_of(staff), checklist_id=checklist.id).mark
    checklists.complete_step(session, actor=SYSTEM, step_id=checklist.steps[2].id, now=NOW)
    session.commit()

    with pytest.raises(ConflictError, match="meanwhile"):
        service.move(session, actor=actor_of(staff), checklist_id=checklist.id, agreed=mark, now=NOW)
    session.rollback()
    assert [step.title("en") for step in move(session, staff, checklist).steps][1:3] == ["Order", "Invoice"]


def test_only_staff_move_checklists(session: Session, account: Account, checklist: Checklist) -> None:
    publish_second(session, checklist)
    champion = actor_of(make_user(session, account=account, role=Role.CHAMPION))

    for use in (
        lambda actor: service.preview(session, actor=actor, checklist_id=checklist.id),
        lambda actor: service.move(session, actor=actor, checklist_id=checklist.id, agreed="", now=NOW),
    ):
        with pytest.raises(ForbiddenError):
            use(champion)
        with pytest.raises(NotFoundError):
            use(actor_of(make_customer(session)))


def test_staff_see_that_there_is_a_newer_version_look_and_move(
    session: Session, browser_of: Browse, staff: User, checklist: Checklist
) -> None:
    browser = browser_of(staff)
    home = f"/staff/onboarding/checklists/{checklist.id}"
    path = f"{home}/version"
    assert path not in browser.get(home).text
    assert browser.get(path).status_code == 409
    publish_second(session, checklist)
    assert "Version 2 of the map has been published." in browser.get(home).text

    page = browser.get(path).text
    for words in ("New steps", "Steps that go", "Steps that stay on the record", "Import all", "Title · Due"):
        assert words in page
    stale = browser.post(path, data={"agreed": "something else"})
    assert (stale.status_code, "meanwhile" in stale.text, "New steps" in stale.text) == (409, True, True)
    agreed = page.split('name="agreed" value="')[1].split('"')[0]
    answer = browser.post(path, data={"agreed": agreed})

    assert (answer.status_code, answer.headers["Location"]) == (303, home)
    page = browser.get(home).text
    assert "Import all" in page
    assert "Moved the checklist from version 1 to version 2" in page
    assert path not in page
