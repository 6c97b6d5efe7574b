"""Goals as people set, change and drop them, and as each of their readers sees them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor, Role
from portal.accounts.models import Account, User
from portal.adoption.kinds import KINDS
from portal.core.clock import site_day, site_day_end
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.core.statistics import Rate
from portal.onboarding.goals import policies, queries, service, wording
from portal.onboarding.goals.models import Direction, Goal, GoalValue
from portal.onboarding.goals.rules import Count
from portal.onboarding.goals.subjects import goals_named_for
from portal.onboarding.history.models import Act, ChecklistAct
from portal.onboarding.models import Checklist
from portal.onboarding.rules import Proof
from portal.onboarding.sharing import service as sharing
from portal.onboarding.sharing.tokens import token_of
from tests.factories import actor_of, make_account, make_customer, make_user
from tests.onboarding.factories import STARTED_ON, draft, goal_draft, make_checklist, make_goal

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = NOW.date()

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def champion(session: Session, account: Account) -> User:
    return make_user(session, account=account, role=Role.CHAMPION, name="Mika Ito")


@pytest.fixture
def checklist(session: Session, account: Account) -> Checklist:
    return make_checklist(session, account)


@pytest.fixture
def goal(session: Session, checklist: Checklist) -> Goal:
    return make_goal(session, checklist)


def enter(session: Session, goal: Goal, value: float, *, day: int = 18, now: datetime = NOW) -> Goal:
    """Enter the value of so many days after the start."""
    on = STARTED_ON + timedelta(days=day)
    changed = service.enter_value(session, actor=SYSTEM, goal_id=goal.id, day=on, value=value, now=now)
    session.commit()
    return changed


def acts(session: Session) -> list[ChecklistAct]:
    return list(session.scalars(select(ChecklistAct).order_by(ChecklistAct.id)))


def events(session: Session, *names: str) -> list[str]:
    rows = session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id))
    return [name for name in rows if name in names]


def test_values_are_kept_and_the_latest_day_holds(
    session: Session, champion: User, member: User, goal: Goal
) -> None:
    actor = actor_of(champion)
    for day, value in ((18, 5.0), (10, 9.0), (18, 6.0)):
        on = STARTED_ON + timedelta(days=day)
        service.enter_value(session, actor=actor, goal_id=goal.id, day=on, value=value, now=NOW)
        session.commit()

    kept = session.scalars(select(GoalValue).order_by(GoalValue.id)).all()
    assert [(one.value, one.entered_by_id) for one in kept] == [(v, champion.id) for v in (5.0, 9.0, 6.0)]
    assert (goal.value, goal.reached_at) == (6.0, None)


def test_a_later_lower_value_does_not_take_back_what_was_reached(session: Session, goal: Goal) -> None:
    enter(session, goal, 25, day=10)
    enter(session, goal, 3)

    reached_at = site_day_end(STARTED_ON + timedelta(days=10))
    assert (goal.value, goal.reached_at) == (3, reached_at)
    assert events(session, "GoalReached", "GoalReopened") == ["GoalReached"]
    assert [row.act for row in acts(session)] == [Act.STARTED, Act.GOAL_SET, Act.GOAL_REACHED]


def test_a_corrected_slip_of_the_same_day_reaches_nothing(session: Session, goal: Goal) -> None:
    enter(session, goal, 400)
    enter(session, goal, 4)

    assert (goal.value, goal.reached_at) == (4, None)
    assert events(session, "GoalReached", "GoalReopened") == ["GoalReached", "GoalReopened"]


def test_a_value_that_is_told_late_reaches_the_goal_earlier_without_news(
    session: Session, goal: Goal
) -> None:
    enter(session, goal, 25)
    assert goal.reached_at == NOW

    enter(session, goal, 22, day=3)

    assert goal.reached_at == site_day_end(STARTED_ON + timedelta(days=3))
    assert events(session, "GoalReached", "GoalReopened") == ["GoalReached"]


@pytest.mark.parametrize(
    ("day", "value"), [(19, 1.0), (-1, 1.0), (3, float("nan")), (3, float("-inf")), (3, 1e-323)]
)
def test_a_value_is_a_number_of_a_day_that_has_come(
    session: Session, goal: Goal, day: int, value: float
) -> None:
    with pytest.raises(InvalidError):
        enter(session, goal, value, day=day)


def test_nobody_enters_what_is_counted(session: Session, checklist: Checklist) -> None:
    goal = make_goal(session, checklist, goal_draft(count=Count(kind="question.asked"), baseline=None))

    with pytest.raises(ConflictError):
        enter(session, goal, 5)


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"outcome": "  "}, "outcome"),
        ({"measure": " "}, "measure"),
        ({"target": float("nan")}, "target"),
        ({"baseline": float("inf")}, "baseline"),
        ({"target": 1e-323}, "target"),
        ({"baseline": -0.0009}, "baseline"),
        ({"due_on": STARTED_ON - timedelta(days=1)}, "due_on"),
        ({"due_on": STARTED_ON + timedelta(days=3000)}, "due_on"),
        ({"baseline": 20}, "target"),
        ({"direction": Direction.AT_MOST, "baseline": 20}, "target"),
        ({"count": Count(kind="question.asked"), "baseline": None, "target": 0}, "target"),
        ({"count": Count(kind="question.asked"), "baseline": -9, "target": -2}, "target"),
        (
            {"count": Count(kind="question.asked"), "direction": Direction.AT_MOST, "target": -1},
            "target",
        ),
        ({"count": Count(kind="goal.reached")}, "kind"),
        ({"count": Count(kind="phase.entered")}, "kind"),
        ({"count": Count(kind="step.completed")}, "kind"),
        (
            {
                "direction": Direction.AT_MOST,
                "baseline": 30,
                "count": Count(kind="question.asked", last_days=40),
            },
            "last_days",
        ),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_where_it_does_not(
    session: Session, checklist: Checklist, wishes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        make_goal(session, checklist, goal_draft(**wishes))

    assert caught.value.field == field


def test_a_changed_goal_is_reached_as_it_says_now(session: Session, champion: User, goal: Goal) -> None:
    enter(session, goal, 15)
    actor, later = actor_of(champion), goal.due_on + timedelta(days=7)

    def change(**wishes: Any) -> None:
        draft, edition = goal_draft(**wishes), goal.edition
        service.change_goal(session, actor=actor, goal_id=goal.id, draft=draft, edition=edition, now=NOW)
        session.commit()

    change(target=10)
    assert queries.goal_for(session, actor, goal.id).reached_at == NOW
    change(target=30, due_on=later)
    change(target=30, due_on=later, measure="orders a day")

    assert (goal.value, goal.reached_at, goal.measure) == (15, None, "orders a day")
    changes = [row for row in acts(session) if row.act is Act.GOAL_CHANGED]
    assert [(row.data.get("target_before"), row.data.get("target_after")) for row in changes] == [
        (20, 10),
        (10, 30),
        (None, None),
    ]
    assert events(session, "GoalReached", "GoalReopened") == ["GoalReached", "GoalReopened"]


def test_a_dropped_goal_leaves_a_line_and_nothing_else(session: Session, champion: User, goal: Goal) -> None:
    enter(session, goal, 5)

    service.drop_goal(session, actor=actor_of(champion), goal_id=goal.id, now=NOW)
    session.commit()

    assert session.scalars(select(Goal)).all() == []
    assert session.scalars(select(GoalValue)).all() == []
    last = acts(session)[-1]
    assert (last.act, last.actor_id, last.data["goal"]) == (Act.GOAL_DROPPED, champion.id, goal.outcome)


DEEDS: dict[str, Callable[[Session, Actor, Goal], object]] = {
    "set": lambda session, actor, goal: service.set_goal(
        session, actor=actor, checklist_id=goal.checklist_id, draft=goal_draft(), now=NOW
    ),
    "change": lambda session, actor, goal: service.change_goal(
        session, actor=actor, goal_id=goal.id, draft=goal_draft(), edition=1, now=NOW
    ),
    "enter": lambda session, actor, goal: service.enter_value(
        session, actor=actor, goal_id=goal.id, day=TODAY, value=1, now=NOW
    ),
    "drop": lambda session, actor, goal: service.drop_goal(session, actor=actor, goal_id=goal.id, now=NOW),
}
WHO = ("visitor", "stranger", "foreign champion", "member", "champion", "staff", "admin")


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", WHO)
def test_the_champion_and_staff_may_and_nobody_else(
    session: Session, account: Account, goal: Goal, who: str, deed: str
) -> None:
    actors = {
        "visitor": lambda: VISITOR,
        "stranger": lambda: actor_of(make_customer(session)),
        "foreign champion": lambda: actor_of(make_customer(session, role=Role.CHAMPION)),
        "member": lambda: actor_of(make_user(session, account=account)),
        "champion": lambda: actor_of(make_user(session, account=account, role=Role.CHAMPION)),
        "staff": lambda: actor_of(make_user(session)),
        "admin": lambda: actor_of(make_user(session, role=Role.ADMIN)),
    }
    actor, do = actors[who](), DEEDS[deed]
    assert policies.may_set_goals(actor, goal.checklist) == (who in {"champion", "staff", "admin"})

    if who in {"champion", "staff", "admin"}:
        do(session, actor, goal)
        return
    error = ForbiddenError if who == "member" else NotFoundError
    with pytest.raises(error):
        do(session, actor, goal)
    named = goals_named_for(session, actor, [goal.id], "en")
    assert set(named) == ({goal.id} if who == "member" else set())


days = st.integers(-10, 10).map(lambda number: TODAY + timedelta(days=number))


@given(st.lists(st.tuples(days, st.none() | days, st.booleans()), max_size=12))
def test_attainment_and_open_goals_are_those_one_may_see(
    session: Session, told: list[tuple[Any, Any, bool]]
) -> None:
    session.execute(delete(Goal))
    mine, other = (make_account(session) for _ in range(2))
    places = {True: make_checklist(session, mine), False: make_checklist(session, other)}
    made = []
    for due_on, reached_on, is_mine in told:
        goal = make_goal(session, places[is_mine], goal_draft(due_on=due_on))
        goal.reached_at = site_day_end(reached_on) if reached_on else None
        made.append(goal.id)
    session.commit()
    member, ids = make_user(session, account=mine), {mine.id, other.id}

    def plain(own: list[tuple[Any, Any, bool]]) -> tuple[int, int]:
        due = [(by, at) for by, at, _mine in own if by < TODAY]
        return len([by for by, at in due if at and at <= by]), len(due)

    everyone, mine_only = plain(told), plain([one for one in told if one[2]])
    assert queries.attainment(session, SYSTEM, today=TODAY) == Rate(*everyone)
    assert queries.attainment(session, actor_of(member), today=TODAY) == Rate(*mine_only)
    assert queries.attainment(session, VISITOR, today=TODAY) == Rate(0, 0)
    still = {goal_id for goal_id, (_by, at, _mine) in zip(made, told, strict=True) if at is None}
    mine_open = {goal_id for goal_id, one in zip(made, told, strict=True) if one[1] is None and one[2]}
    found = queries.open_goals_for(session, SYSTEM, ids)
    assert {goal.id for goal in found} == still
    assert [goal.due_on for goal in found] == sorted(goal.due_on for goal in found)
    assert {goal.id for goal in queries.open_goals_for(session, actor_of(member), ids)} == mine_open
    assert queries.open_goals_for(session, VISITOR, ids) == []


FORM = {
    "outcome": "Closing takes a morning",
    "measure": "hours",
    "direction": "at_most",
    "target": "4",
    "baseline": "16",
    "due_on": "2026-12-20",
}


def test_a_champion_sets_changes_and_drops_a_goal_on_the_pages(
    browser_of: Browse, session: Session, champion: User, checklist: Checklist
) -> None:
    browser = browser_of(champion)
    assert "Set a goal" in browser.get("/onboarding/").text

    page = browser.post(f"/onboarding/checklists/{checklist.id}/goals", data=FORM).headers["Location"]
    answer = browser.post(f"{page}/values", data={"day": site_day(NOW).isoformat(), "value": "9.5"})
    assert answer.headers["Location"] == page
    shown = browser.get(page).text
    assert "hours: at most 4" in shown
    assert "Now 9.5" in shown
    assert 'value="0.5417"' in shown
    assert "Mika Ito" in shown

    edit = browser.get(f"{page}/edit").text
    assert 'value="16.0"' in edit
    assert 'name="edition" value="1"' in edit
    browser.post(page, data={**FORM, "edition": "1", "outcome": "Closing takes an hour", "target": "1"})
    assert "Closing takes an hour" in browser.get("/onboarding/").text

    home = browser.post(page, data={"_method": "delete"}).headers["Location"]
    assert home == f"/onboarding/#checklist-{checklist.id}"
    assert "Removed the goal “Closing takes an hour”" in browser.get("/onboarding/").text
    assert browser.get(page).status_code == 404


def test_of_two_who_change_a_goal_neither_loses_anything(
    browser_of: Browse, session: Session, champion: User, goal: Goal
) -> None:
    page, browser = f"/onboarding/goals/{goal.id}", browser_of(champion)
    enter(session, goal, 5)
    typed = {**FORM, "edition": "1", "outcome": "Closing takes an hour"}
    browser_of(make_user(session)).post(page, data={**FORM, "edition": "1", "target": "7"})

    late = browser.post(page, data=typed)

    assert late.status_code == 409
    for bit in ("Someone else changed this goal", "hours: at most 7", "Closing takes an hour"):
        assert bit in late.text
    assert 'name="edition" value="2"' in late.text
    session.refresh(goal)
    assert (goal.outcome, goal.target) == ("Closing takes a morning", 7)
    session.rollback()
    assert browser.post(page, data={**typed, "edition": "2"}).status_code == 303
    session.refresh(goal)
    assert (goal.outcome, goal.target) == ("Closing takes an hour", 4)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": "many"}, "Not a valid float value."),
        ({"target": "nan"}, "Write a number of at most twelve digits."),
        ({"target": "1e-323"}, "So small a number cannot be shown: write 0, or at least 0.001."),
        ({"baseline": "3"}, "It would be reached from the start; choose another target."),
        ({"kind": "question.asked", "where": "subject"}, "“subject” does not read name=value."),
        ({"kind": "user.born"}, "Not a valid choice."),
        ({"due_on": "2026-10-01"}, "Choose a day from"),
    ],
)
def test_what_was_typed_stays_with_what_is_wrong(
    browser_of: Browse, session: Session, champion: User, checklist: Checklist, wrong: Any, said: str
) -> None:
    answer = browser_of(champion).post(f"/onboarding/checklists/{checklist.id}/goals", data={**FORM, **wrong})

    assert answer.status_code == 422
    assert said in answer.text
    assert "Closing takes a morning" in answer.text
    assert session.scalars(select(Goal)).all() == []


def test_a_counted_goal_says_what_it_counts_and_takes_no_values(
    browser_of: Browse, session: Session, account: Account, champion: User
) -> None:
    proof = Proof(kind="product.route_planned")
    checklist = make_checklist(session, account, [draft(proof=proof)])
    counted = {"kind": "product.route_planned", "last_days": "7", "counts_people": "y", "where": "a=b|c"}
    form = {**FORM, **counted, "direction": "at_least", "baseline": ""}
    browser = browser_of(champion)

    page = browser.post(f"/onboarding/checklists/{checklist.id}/goals", data=form).headers["Location"]

    shown = browser.get(page).text
    for bit in ("In the product: route_planned", "In the last 7 days", "Each person counts once"):
        assert bit in shown
    assert "Keep the value" not in shown
    assert "a=b|c" in browser.get(f"{page}/edit").text
    goal = session.scalars(select(Goal)).one()
    assert (goal.kind, goal.conditions) == ("product.route_planned", {"a": ["b", "c"]})


def test_members_see_goals_and_cannot_touch_them(browser_of: Browse, member: User, goal: Goal) -> None:
    browser = browser_of(member)

    listed, shown = browser.get("/onboarding/").text, browser.get(f"/onboarding/goals/{goal.id}").text

    assert goal.outcome in listed
    assert goal.outcome in shown
    for button in ("Set a goal", "Change the goal", "Remove the goal", "Keep the value"):
        assert button not in listed + shown


def test_whoever_holds_a_shared_link_sees_goals_without_names(
    session: Session, client: FlaskClient, champion: User, checklist: Checklist, goal: Goal
) -> None:
    service.enter_value(session, actor=actor_of(champion), goal_id=goal.id, day=TODAY, value=12, now=NOW)
    link = sharing.share(
        session, actor=actor_of(champion), checklist_id=checklist.id, days=365, now=datetime.now(UTC)
    )
    session.commit()

    text = client.get(f"/onboarding/shared/{token_of(link.id)}").text

    main = text[text.index("<main") : text.index("</main")]
    assert goal.outcome in main
    assert "Now 12" in main
    for hidden in ("Mika Ito", "/onboarding/goals/", "Set a goal"):
        assert hidden not in main


def test_staff_see_the_goals_of_a_plan(browser_of: Browse, session: Session, goal: Goal) -> None:
    text = browser_of(make_user(session)).get(f"/staff/onboarding/checklists/{goal.checklist_id}").text

    assert goal.outcome in text
    assert "Set a goal" in text


def test_a_kind_that_has_no_words_is_not_offered(
    app: Flask, browser_of: Browse, session: Session, account: Account, champion: User
) -> None:
    proofs = [Proof(kind=kind) for kind in ("phase.entered", "topic.posted", "product.route_planned")]
    checklist = make_checklist(session, account, [draft(proof=proof) for proof in proofs])

    form = browser_of(champion).get(f"/onboarding/checklists/{checklist.id}/goals/new").text

    assert [f'value="{proof.kind}"' in form for proof in proofs] == [False, False, True]
    with app.test_request_context():
        assert wording.called("topic.posted") == "topic.posted"


def test_every_kind_with_words_is_a_kind_of_signal(app: Flask) -> None:
    assert set(wording.KINDS) <= set(KINDS)
    with app.test_request_context():
        for kind in [*wording.KINDS, "product.route_planned"]:
            said = []
            for language in ("en", "ja"):
                with force_locale(language):
                    said.append(wording.called(kind))
            assert said[0] != said[1]
