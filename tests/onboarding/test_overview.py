"""How all checklists stand, found by the database, beside what is said of each alone."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.core.paging import DayCursor
from portal.onboarding.cli import onboarding
from portal.onboarding.models import Checklist, ChecklistStep, MapVersion, SuccessMap
from portal.onboarding.overview.figures import runs_for, step_counts_for
from portal.onboarding.overview.queries import (
    CHECKLISTS_A_PAGE,
    ListedChecklist,
    checklists_for,
    maps_for,
    standing_counts_for,
)
from portal.onboarding.overview.rules import Run, StepRun, step_times, time_to_first_value
from portal.onboarding.overview.wanted import Wanted
from portal.onboarding.queries import checklist_for
from portal.onboarding.rules import Path, Standing, StepState, path_of, urgency
from tests.factories import NOW, actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import make_checklist
from tests.statements import statements

Browse = Callable[[User], FlaskClient]

TODAY = date(2026, 11, 20)
DONE_AT = datetime(2026, 11, 10, tzinfo=UTC)
ANY = Wanted()
_numbers = count(1)

due_days = st.sampled_from((-9, -8, -7, -1, 0, 1, 5))
"""When a step is due, in days from today."""
steps = st.lists(st.tuples(due_days, st.booleans(), st.booleans()), max_size=3)
"""The day, whether it is required and whether it is done, of each but the first step."""
checklists = st.lists(st.tuples(st.integers(1, 3), due_days, st.booleans(), steps), max_size=8)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def make_plans(session: Session, plans: Sequence[Any]) -> tuple[Wanted, list[int]]:
    """Make checklists of a map of their own, each of an account with one of three names; return their ids."""
    number = next(_numbers)
    version = MapVersion(number=1, published_at=DONE_AT)
    success_map = SuccessMap(slug=f"map-{number}", names={"en": f"Map {number}"}, versions=[version])
    checklists = []
    for name, due, is_done, others in plans:
        account = Account(
            external_id=f"plan-{next(_numbers)}",
            name=f"Account {name}",
            plan="team",
            seats=5,
            touch_tier=TouchTier.LOW,
            started_on=date(2026, 1, 1),
        )
        made = [
            ChecklistStep(
                key=f"s{place}",
                position=place,
                titles={"en": f"Step {place}"},
                due_after_days=1,
                due_on=TODAY + timedelta(days=days),
                is_required=required,
                completed_at=DONE_AT if done else None,
            )
            for place, (days, required, done) in enumerate([(due, True, is_done), *others], start=1)
        ]
        checklist = Checklist(
            account=account,
            success_map=success_map,
            version=version,
            started_on=date(2026, 11, 2),
            ends_on=max(step.due_on for step in made if step.is_required),
            steps=made,
        )
        checklist.settle()
        checklists.append(checklist)
    session.add_all([success_map, *checklists])
    session.commit()
    return Wanted(map=success_map.slug), [checklist.id for checklist in checklists]


def paths_of(session: Session, ids: Sequence[int]) -> list[Path]:
    """Say of each checklist alone how it stands, those that need someone first."""
    paths = [path_of(checklist_for(session, SYSTEM, one), today=TODAY) for one in ids]
    return sorted(paths, key=lambda path: (urgency(path), path.checklist.id))


def whole_list(session: Session, wanted: Wanted, **wishes: Any) -> Iterator[ListedChecklist]:
    """Read the list page by page."""
    cursor = None
    while True:
        page = checklists_for(session, SYSTEM, wanted, today=TODAY, after=cursor, size=3, **wishes)
        yield from page.rows
        if not page.next_cursor:
            return
        cursor = DayCursor.decode(page.next_cursor)


@given(plans=checklists)
def test_the_list_says_of_each_what_its_path_says(session: Session, plans: Sequence[Any]) -> None:
    wanted, ids = make_plans(session, plans)
    paths = paths_of(session, ids)

    assert [
        (row.checklist.id, row.standing, row.latest, row.days_late, row.done, row.total)
        for row in whole_list(session, wanted)
    ] == [
        (
            path.checklist.id,
            path.standing,
            path.latest and path.latest.step,
            path.latest.days_late if path.latest else 0,
            path.done,
            path.total,
        )
        for path in paths
    ]
    counts = standing_counts_for(session, SYSTEM, wanted, today=TODAY)
    assert counts == {each: Counter(path.standing for path in paths)[each] for each in Standing}
    for standing in Standing:
        chosen = [row.checklist.id for row in whole_list(session, wanted, standing=standing)]
        assert chosen == [path.checklist.id for path in paths if path.standing is standing]


@given(plans=checklists)
def test_steps_are_counted_as_their_paths_say(session: Session, plans: Sequence[Any]) -> None:
    wanted, ids = make_plans(session, plans)
    stops = [stop for path in paths_of(session, ids) for stop in path.stops]

    counts = {
        each.step.key: (each.started, each.finished, each.overdue, each.stuck)
        for each in step_counts_for(session, SYSTEM, wanted, today=TODAY)
    }

    assert counts == {
        key: (
            len(own := [stop for stop in stops if stop.step.key == key]),
            sum(stop.step.is_done for stop in own),
            sum(stop.days_late > 0 for stop in own),
            sum(stop.state is StepState.STUCK and stop.step.is_required for stop in own),
        )
        for key in {stop.step.key for stop in stops}
    }


def test_only_staff_see_them(session: Session) -> None:
    make_checklist(session, make_account(session))
    member = actor_of(make_customer(session))

    assert checklists_for(session, member, ANY, today=TODAY).rows == []
    assert sum(standing_counts_for(session, member, ANY, today=TODAY).values()) == 0
    assert step_counts_for(session, member, ANY, today=TODAY) == []
    assert runs_for(session, member, ANY, today=TODAY) == []
    assert maps_for(session, member) == []


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session))


def test_a_page_costs_the_same_however_many_there_are(session: Session, staff: FlaskClient) -> None:
    make_plans(session, [(1, -9, False, [(-3, True, False)])] * 2)
    staff.get("/staff/onboarding/")
    with statements() as few:
        staff.get("/staff/onboarding/")
    make_plans(session, [(1, -9, False, [(-3, True, False)])] * 120)

    with statements() as many:
        page = staff.get("/staff/onboarding/")

    assert len(many) == len(few)
    assert page.text.count("/staff/onboarding/checklists/") == CHECKLISTS_A_PAGE


def test_the_next_page_goes_on(session: Session, staff: FlaskClient) -> None:
    _wanted, ids = make_plans(session, [(1, -9, False, [])] * (CHECKLISTS_A_PAGE + 1))
    page = staff.get("/staff/onboarding/?standing=stuck")
    more = page.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    last = staff.get(more).text

    assert f"/checklists/{ids[-1]}" not in page.text
    assert f"/checklists/{ids[-1]}" in last
    assert "Back to the start" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("cursor", ["x", DayCursor(day=TODAY, name="\0", id=1).encode(), "WzEsWzJdLDNd"])
def test_a_damaged_address_says_so(staff: FlaskClient, cursor: str) -> None:
    assert staff.get(f"/staff/onboarding/?after={cursor}").status_code == 422


def test_filters_leave_the_others_out(session: Session, staff: FlaskClient) -> None:
    manager = make_user(session, name="Mona Manager")
    chosen = make_account(session, name="Chosen", plan="business", touch_tier=TouchTier.HIGH, manager=manager)
    checklist = make_checklist(session, chosen)
    make_checklist(session, make_account(session, name="Other"))
    filters = (
        "tier=high",
        "plan=business",
        f"manager={manager.id}",
        "q=%20hOs",
        f"map={slug_of(session, checklist)}",
    )

    for address in (*filters, "&".join(filters)):
        page = staff.get(f"/staff/onboarding/?{address}").text
        assert "Chosen</a>" in page, address
        assert "Other</a>" not in page, address
        assert "All (1)" in page, address
    assert "No checklist fits these filters." in staff.get("/staff/onboarding/?q=100%25").text


def slug_of(session: Session, checklist: Checklist) -> str:
    """Return the slug of a checklist's map."""
    return session.scalars(select(SuccessMap.slug).where(SuccessMap.id == checklist.success_map_id)).one()


def test_accounts_that_left_need_nobody(session: Session, staff: FlaskClient) -> None:
    gone = make_account(session, name="Gone", status=AccountStatus.CHURNED, churned_on=date(2026, 11, 5))
    make_checklist(session, gone)

    assert "Gone</a>" not in staff.get("/staff/onboarding/").text


Made = tuple[int, int, bool, list[tuple[int, bool, bool]]]
STUCK: Made = (1, -9, False, [(5, True, False)])
LATE: Made = (1, -1, False, [])
DONE: Made = (1, -9, True, [])
"""Checklists that are stuck at their first step, late with it, or done."""


def test_the_worst_step_is_one_click_away(session: Session, staff: FlaskClient) -> None:
    make_plans(session, [STUCK, DONE, DONE])
    wanted, _ids = make_plans(session, [STUCK, STUCK, LATE, DONE])

    for address in ("", f"?map={wanted.map}", "?standing=completed"):
        page = staff.get(f"/staff/onboarding/{address}").text
        assert f'Worst step:\n      <a href="/staff/onboarding/funnel/{wanted.map}/s1">Step 1</a>' in page
        assert "2 checklists are stuck there" in page


def test_nothing_is_worst_while_nobody_is_stuck(session: Session, staff: FlaskClient) -> None:
    make_plans(session, [LATE, DONE])

    assert "Worst step" not in staff.get("/staff/onboarding/").text
    assert "Worst step" not in staff.get("/staff/onboarding/funnel").text


def test_the_funnel_is_of_the_map_with_the_worst_step(session: Session, staff: FlaskClient) -> None:
    make_plans(session, [DONE] * 3)
    wanted, _ids = make_plans(session, [STUCK] * 2 + [LATE] + [DONE] * 20)

    page = staff.get("/staff/onboarding/funnel").text

    assert re.search(rf'<option value="{wanted.map}"\s+selected>', page)
    assert page.count("Worst step") == 1
    assert page.index("Step 1</a>") < page.index("Worst step") < page.index("Step 2</a>")
    assert "20 of 23" in page
    assert "(87%, 68% to 95%)" in page
    assert "0 of 2" in page
    for name, number in (("Finished", 20), ("Overdue", 1), ("Stuck", 2)):
        assert f"{name} <strong>{number}</strong>" in page


def test_the_funnel_can_be_narrowed(session: Session, staff: FlaskClient) -> None:
    wanted, _ids = make_plans(session, [DONE])

    assert "Step 1" in staff.get(f"/staff/onboarding/funnel?map={wanted.map}&tier=low&plan=team").text
    for other in ("tier=high", "plan=business"):
        page = staff.get(f"/staff/onboarding/funnel?map={wanted.map}&{other}").text
        assert "Nobody has begun yet" in page
    assert staff.get("/staff/onboarding/funnel?map=none").status_code == 404


def test_the_funnel_needs_a_map(staff: FlaskClient) -> None:
    assert "No success map yet" in staff.get("/staff/onboarding/funnel").text


def run_of(*steps: StepRun, started: int = 0, seen: int = 30) -> Run:
    """Make a checklist of steps s1, s2 and so on, that began and was seen on days counted from the first."""
    return Run(
        id=1,
        ends_on=day(20),
        completed_on=None,
        tier=TouchTier.LOW,
        plan="team",
        started_on=day(started),
        seen_until=day(seen),
        steps={f"s{place}": step for place, step in enumerate(steps, start=1)},
    )


def day(number: int) -> date:
    return date(2026, 11, 1) + timedelta(days=number)


def step_run(done: int | None, *needs: str, first: bool = False) -> StepRun:
    return StepRun(done_on=None if done is None else day(done), needs=needs, is_first_value=first)


@pytest.mark.parametrize(
    ("steps", "ready"),
    [
        ([step_run(None), step_run(4)], 0),
        ([step_run(None, "s2"), step_run(4)], 4),
        ([step_run(9, "s2", "s3"), step_run(4), step_run(6)], 6),
        ([step_run(None, "s2"), step_run(None)], None),
        ([step_run(9, "s2"), step_run(None)], 9),
        ([step_run(None, "gone")], 0),
    ],
)
def test_a_step_is_ready_when_nothing_precedes_it(steps: list[StepRun], ready: int | None) -> None:
    assert run_of(*steps).ready_on("s1") == (None if ready is None else day(ready))


def test_a_step_done_before_what_it_needs_took_no_time() -> None:
    _from_start, from_ready = step_times([run_of(step_run(3, "s2"), step_run(8))], "s1")

    assert [(step.time, step.survival) for step in from_ready.curve.steps] == [(0, 0.0)]


def test_first_value_is_the_first_of_several_and_says_nothing_without_one() -> None:
    time = time_to_first_value(
        [
            run_of(step_run(9, first=True), step_run(5, first=True)),
            run_of(step_run(None, first=True), started=2, seen=12),
            run_of(step_run(1)),
        ]
    )

    assert (time.ended.numerator, time.ended.denominator) == (1, 2)
    assert [(step.time, step.at_risk) for step in time.curve.steps] == [(5, 2)]


def test_people_can_read_the_report(app: Flask, session: Session) -> None:
    wanted, _ids = make_plans(session, [STUCK, *[DONE] * 20])

    def report(*words: str) -> Result:
        return app.test_cli_runner().invoke(onboarding, ["report", *words])

    text = report("--map", wanted.map).stdout
    assert re.search(r"stuck +1\n", text)
    assert f"{wanted.map}, touch tier: low" in text
    assert "touch tier: high" not in text
    assert re.search(r"Step 1 +21 +20 +1 +1  8 \(8 to 8\)  \[20 of 21\]", text)
    assert re.search(r"completion rate +100\.0% \(8\d\.\d% to 100\.0%\)  \[20 of 20\]", text)
    assert "no success map none" in report("--map", "none").stderr
    assert report("--as-of", "0001-01-01").stdout.startswith("Onboarding as of 2000-01-01")
