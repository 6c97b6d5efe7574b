import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import Account
from portal.core.errors import InvalidError
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import (
    Fact,
    Proof,
    Standing,
    StepState,
    evidence_for,
    next_step,
    parse_conditions,
    parse_proof,
    path_of,
    urgency,
    write_conditions,
)

START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)

words = st.text("abcxyz:0189", min_size=1, max_size=6)
conditions = st.dictionaries(words, st.lists(words, min_size=1, max_size=3).map(tuple), max_size=3)
proofs = st.builds(
    Proof,
    kind=st.sampled_from(["article.viewed", "feature.used"]),
    count=st.integers(1, 5),
    people=st.integers(1, 4),
    where=conditions,
)


@st.composite
def fact_lists(draw: st.DrawFn) -> list[Fact]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["article.viewed", "feature.used"]),
                st.integers(0, 6),
                st.sampled_from([None, "user:1", "user:2", "user:3", "user:4"]),
            ),
            max_size=14,
        )
    )
    facts = [
        Fact(id=number, kind=kind, occurred_at=START + timedelta(minutes=minute), person=person)
        for number, (kind, minute, person) in enumerate(rows, start=1)
    ]
    return list(draw(st.permutations(facts)))


def fact(number: int, **values: Any) -> Fact:
    fields: dict[str, Any] = {
        "kind": "feature.used",
        "occurred_at": START + timedelta(hours=number),
        "person": "user:1",
    }
    return Fact(id=number, **(fields | values))


@given(proofs)
def test_a_proof_survives_its_row(proof: Proof) -> None:
    assert parse_proof(json.loads(json.dumps(proof.stored()))) == proof


def test_one_signal_by_one_person_is_enough_unless_said_otherwise() -> None:
    assert parse_proof({"kind": "question.asked"}) == Proof(
        kind="question.asked", count=1, people=1, where={}
    )


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"kind": "viewed"},
        {"kind": "article.viewed", "count": 0},
        {"kind": "article.viewed", "people": 0},
        {"kind": "article.viewed", "count": "2"},
        {"kind": "article.viewed", "where": "subject=article:1"},
        {"kind": "article.viewed", "within_days": 3},
    ],
)
def test_what_cannot_prove_a_step_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        parse_proof(stored)


@given(conditions)
def test_conditions_are_read_as_they_are_written(where: dict[str, tuple[str, ...]]) -> None:
    assert parse_conditions(write_conditions(where), field="where") == where


def test_spaces_and_empty_lines_in_conditions_mean_nothing() -> None:
    text = "\n subject = article:1 | article:2 \n\n"
    assert parse_conditions(text, field="where") == {"subject": ("article:1", "article:2")}


@pytest.mark.parametrize("text", ["subject", "=article:1", "subject=", "feature=export\nsubject= | "])
def test_a_condition_needs_a_name_and_a_value(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_conditions(text, field="where")
    assert caught.value.field == "where"


@given(st.integers(1, 5), st.integers(1, 4), fact_lists())
def test_evidence_is_complete_at_the_first_moment_that_suffices(
    count: int, people: int, facts: list[Fact]
) -> None:
    proof = Proof(kind="feature.used", count=count, people=people)
    seen: list[Fact] = []
    moment = None
    for each in sorted(facts, key=lambda item: (item.occurred_at, item.id)):
        seen += [each] if each.kind == proof.kind else []
        persons = {item.person for item in seen if item.person}
        if len(seen) >= count and (people == 1 or len(persons) >= people):
            moment = seen[-1]
            break

    evidence = evidence_for(proof, facts)

    if evidence is None:
        assert moment is None
    else:
        assert evidence[-1] == moment
        assert len(evidence) == len(set(evidence_ids(evidence))) == max(count, people)
        assert people == 1 or len({item.person for item in evidence if item.person}) >= people


def evidence_ids(evidence: tuple[Fact, ...]) -> list[int]:
    return [item.id for item in evidence]


@given(proofs, fact_lists(), fact_lists())
def test_later_facts_change_no_proof(proof: Proof, facts: list[Fact], more: list[Fact]) -> None:
    later = [
        Fact(
            id=100 + item.id,
            kind=item.kind,
            occurred_at=item.occurred_at + timedelta(days=1),
            person=item.person,
        )
        for item in more
    ]
    before = evidence_for(proof, facts)

    assert before is None or evidence_for(proof, facts + later) == before


def test_a_crowd_of_one_is_no_crowd() -> None:
    facts = [fact(1), fact(2), fact(3), fact(4, person=None)]

    assert evidence_for(Proof(kind="feature.used", people=2), facts) is None
    assert evidence_for(Proof(kind="feature.used", people=2), [*facts, fact(5, person="user:2")]) == (
        facts[0],
        fact(5, person="user:2"),
    )


@pytest.mark.parametrize(
    ("where", "proved"),
    [
        ({"subject": ("report:7",)}, True),
        ({"subject": ("report:1", "report:7")}, True),
        ({"subject": ("report:1",)}, False),
        ({"feature": ("EXPORT",)}, True),
        ({"feature": ("export",), "first": ("true",)}, True),
        ({"feature": ("export",), "first": ("false",)}, False),
        ({"rows": ("12",)}, True),
        ({"comment": ("none",)}, False),
        ({"missing": ("none",)}, False),
    ],
)
def test_every_condition_has_to_hold(where: dict[str, tuple[str, ...]], proved: bool) -> None:  # noqa: FBT001
    data = {"feature": "export", "first": True, "rows": 12, "comment": None}
    facts = [fact(1, subject="report:7", data=data)]

    assert (evidence_for(Proof(kind="feature.used", where=where), facts) is not None) is proved


def step(
    position: int, *, due: int = 0, done: bool = False, required: bool = True, needs: Sequence[int] = ()
) -> ChecklistStep:
    return ChecklistStep(
        key=f"s{position}",
        position=position,
        needs=[f"s{number}" for number in needs],
        due_on=TODAY + timedelta(days=due),
        is_required=required,
        completed_at=START if done else None,
        proof=None,
    )


def checklist(*steps: ChecklistStep, name: str = "Acme") -> Checklist:
    return Checklist(account=Account(name=name), steps=list(steps))


def test_required_steps_come_first_then_the_optional() -> None:
    optional, first, second = step(1, required=False), step(2), step(3)

    assert next_step([optional, first, second]) is first
    assert next_step([optional, step(2, done=True), second]) is second
    assert next_step([optional, step(2, done=True)]) is optional
    assert next_step([step(1, done=True)]) is None


def test_what_others_need_comes_before_them_even_if_it_is_optional() -> None:
    optional, required = step(2, required=False), step(1, needs=[2])

    assert next_step([required, optional]) is optional
    assert next_step([required, step(2, required=False, done=True)]) is required


@given(st.data())
def test_something_can_be_done_while_anything_is_open(data: st.DataObject) -> None:
    steps = [
        step(
            number,
            done=data.draw(st.booleans()),
            required=data.draw(st.booleans()),
            needs=data.draw(st.lists(st.integers(1, number - 1), max_size=3)) if number > 1 else (),
        )
        for number in range(1, data.draw(st.integers(1, 8)) + 1)
    ]
    upcoming = next_step(steps)

    assert (upcoming is None) is all(each.is_done for each in steps)
    if upcoming:
        assert not upcoming.is_done
        assert all(each.is_done for each in steps if each.key in upcoming.needs)


@pytest.mark.parametrize(
    ("due", "state", "standing", "days_late"),
    [
        (1, StepState.NEXT, Standing.ON_TRACK, 0),
        (0, StepState.NEXT, Standing.ON_TRACK, 0),
        (-1, StepState.OVERDUE, Standing.SLIPPING, 1),
        (-7, StepState.OVERDUE, Standing.SLIPPING, 7),
        (-8, StepState.STUCK, Standing.STUCK, 8),
    ],
)
def test_a_step_more_than_seven_days_late_is_stuck(
    due: int, state: StepState, standing: Standing, days_late: int
) -> None:
    path = path_of(checklist(step(1, due=due), step(2, due=30)), today=TODAY)

    assert path.next is not None
    assert (path.next.state, path.standing, path.next.days_late) == (state, standing, days_late)
    assert path.stops[1].state is StepState.COMING


def test_progress_counts_required_steps_only() -> None:
    steps = [
        step(1, done=True),
        step(2),
        step(3, required=False, done=True),
        step(4, required=False, due=-30),
    ]

    path = path_of(checklist(*steps), today=TODAY)

    assert (path.done, path.total, path.standing) == (1, 2, Standing.ON_TRACK)
    assert path.latest is not None
    assert path.latest.step is steps[1]


def test_what_is_done_is_never_late() -> None:
    path = path_of(checklist(step(1, due=-30, done=True)), today=TODAY)

    assert (path.standing, path.next, path.latest) == (Standing.COMPLETED, None, None)
    assert path.stops[0].days_late == 0


@given(st.lists(st.tuples(st.integers(-20, 20), st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_a_path_has_one_next_step_while_anything_is_open(rows: list[tuple[int, bool, bool]]) -> None:
    steps = [
        step(number, due=due, done=done, required=required)
        for number, (due, done, required) in enumerate(rows, start=1)
    ]

    path = path_of(checklist(*steps), today=TODAY)

    assert sum(stop.is_next for stop in path.stops) == any(not item.is_done for item in steps)
    assert sum(stop.state is StepState.DONE for stop in path.stops) == sum(item.is_done for item in steps)
    assert (path.done == path.total) is (path.standing is Standing.COMPLETED)


def test_those_that_need_someone_come_first() -> None:
    stuck = checklist(step(1, due=-9), name="Stuck")
    longer = checklist(step(1, due=-12), name="Stuck longer")
    slipping = checklist(step(1, due=-2), name="Slipping")
    fine = checklist(step(1, due=2), name="Fine")
    done = checklist(step(1, done=True), name="Done")

    paths = sorted(
        (path_of(each, today=TODAY) for each in (done, fine, slipping, stuck, longer)), key=urgency
    )

    names = [path.checklist.account.name for path in paths]
    assert names == ["Stuck longer", "Stuck", "Slipping", "Fine", "Done"]
