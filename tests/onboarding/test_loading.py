"""Maps, checklists and completions come in from files by the commands, real ones too."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.onboarding import DATA, Course, commands, read_courses, write_files
from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account
from portal.core.errors import InvalidError
from portal.onboarding.maps import queries as maps
from portal.onboarding.maps.files import read_map, write_map
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.rules import Proof
from tests.factories import make_account
from tests.onboarding.factories import draft, make_map

Run = Callable[..., Result]
COHORTS = {("AAA", "2013J"), ("GGG", "2014B")}

MAP: dict[str, Any] = {
    "slug": "first-order",
    "names": {"en": "First order", "ja": "最初の受注"},
    "persona": "Sales",
    "steps": [
        {"key": "import", "titles": {"en": "Import"}, "due_after_days": 3, "milestone": "go_live"},
        {
            "key": "order",
            "titles": {"en": "Order"},
            "due_after_days": 2,
            "counted_from": "import",
            "needs": ["import"],
            "proof": {"kind": "feature.used", "where": {"feature": "orders"}},
        },
    ],
}


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*arguments: str | Path) -> Result:
        return app.test_cli_runner().invoke(args=[*map(str, arguments)])

    return invoke


@pytest.fixture
def file(tmp_path: Path) -> Callable[[object], Path]:
    def write(*items: object) -> Path:
        path = tmp_path / "file.json"
        path.write_text("\n".join(map(json.dumps, items)))
        return path

    return write


def test_a_map_goes_out_and_in_again_the_same(session: Session, run: Run, tmp_path: Path) -> None:
    proof = Proof(kind="feature.used", people=2, where={"feature": ("export", "import")})
    success_map = make_map(session, [draft("One", proof=proof), draft("Two", needs=["s1"], article_id=7)])
    path = tmp_path / "map.json"
    path.write_text(run("onboarding", "export-map", success_map.slug).stdout)
    told = json.loads(path.read_text())

    assert "2 steps, nothing new" in run("onboarding", "import-map", path).stdout
    path.write_text(json.dumps(told | {"slug": "copy", "names": {"en": "Copy"}}))
    assert "copy: 2 steps, published" in run("onboarding", "import-map", path).stdout
    session.rollback()
    session.expire_all()
    original, copy = maps.maps_for(session, SYSTEM)
    assert write_map(copy)["steps"] == write_map(original)["steps"] == told["steps"]
    assert len(original.versions) == 1


def test_a_changed_map_is_a_new_version(session: Session, run: Run, file: Callable[..., Path]) -> None:
    run("onboarding", "import-map", file(MAP))
    steps = [MAP["steps"][0] | {"due_after_days": 4}, MAP["steps"][1]]

    result = run("onboarding", "import-map", file(MAP | {"steps": steps}))

    assert "first-order: 2 steps, published" in result.stdout
    session.rollback()
    (success_map,) = maps.maps_for(session, SYSTEM)
    assert [version.number for version in success_map.versions] == [1, 2]
    assert [step.due_after_days for step in success_map.steps] == [4, 2]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"names": {}}, "names by language"),
        ({"steps": "none"}, "list of steps"),
        ({"color": "red"}, "color is no field of the map"),
        ({"steps": [{"key": "a"}]}, "step 1 needs due_after_days"),
        ({"steps": [MAP["steps"][0] | {"owner": "them"}]}, "owner of step 1 cannot be used"),
        ({"steps": [MAP["steps"][0] | {"quiz": {"en": [{}]}}]}, "quiz of step 1 cannot be used"),
        ({"steps": [MAP["steps"][0], MAP["steps"][0]]}, "two steps have the same key"),
        ({"steps": [MAP["steps"][0], "Order"]}, "step 2 has to be an object"),
        ([], "the map has to be an object"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_the_place(wrong: Any, complaint: str) -> None:
    with pytest.raises(InvalidError, match=complaint):
        read_map(MAP | wrong if isinstance(wrong, dict) else wrong)


def test_a_map_whose_steps_wait_for_each_other_is_not_brought_in(
    session: Session, run: Run, file: Callable[..., Path]
) -> None:
    steps = [MAP["steps"][0] | {"needs": ["order"]}, MAP["steps"][1]]

    result = run("onboarding", "import-map", file(MAP | {"steps": steps}))

    assert result.exit_code == 1
    assert "would wait for each other" in result.stderr
    assert maps.maps_for(session, SYSTEM) == []


def test_checklists_start_once_and_bad_lines_are_named(
    session: Session, run: Run, file: Callable[..., Path]
) -> None:
    run("onboarding", "import-map", file(MAP))
    make_account(session, external_id="acme", country="US")
    good = {
        "account": "acme",
        "map": "first-order",
        "started_on": "2026-11-02",
        "days": {"import": "2026-11-20"},
    }
    bad = [
        {**good, "account": "nobody"},
        {**good, "map": "elsewhere"},
        {**good, "days": {"export": "2026-11-20"}},
        {**good, "started_on": "soon"},
        {**good, "colour": "red"},
        {"account": "acme"},
        "acme",
    ]
    lines = file(good, *bad, {**good, "team": "Osaka"})

    first, second = run("onboarding", "start", lines), run("onboarding", "start", lines)

    assert first.stdout == "2 started, 0 already there, 7 refused\n"
    assert second.stdout == "0 started, 2 already there, 7 refused\n"
    assert first.exit_code == 1
    named = [line.split(": ")[0].rpartition(":")[2] for line in first.stderr.splitlines()]
    assert sorted(named) == [str(number) for number in range(2, 9)]
    session.rollback()
    due = (
        select(ChecklistStep.key, ChecklistStep.due_on)
        .join(ChecklistStep.checklist)
        .order_by(ChecklistStep.id)
    )
    assert session.execute(due.where(Checklist.team == "")).all() == [
        ("import", date(2026, 11, 20)),
        ("order", date(2026, 11, 24)),
    ]


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/events/oulad")
@pytest.mark.parametrize("cohorts", [COHORTS, pytest.param(None, marks=pytest.mark.whole)])
def test_a_real_checklist_comes_in_and_is_done_as_the_files_say(
    session: Session, run: Run, tmp_path: Path, cohorts: set[tuple[str, str]] | None
) -> None:
    courses = read_courses(cohorts)
    write_files(courses, tmp_path)

    for words in commands(courses, tmp_path):
        result = run(*words)
        assert result.exit_code == 0, result.stderr
    session.rollback()

    for course in courses:
        assert counted(session, course) == straight_count(course), course.slug


def straight_count(course: Course) -> tuple[int, int, dict[str, int], int]:
    """Count in the files: accounts, those that did all in time, who did each milestone, and who did all."""
    required = course.milestones.keys() - course.optional
    reached = course.completions
    done = {item: sum(item in reached.get(one, {}) for one in course.accounts) for item in course.milestones}
    finished = {
        account: max(days[item] for item in required)
        for account, days in reached.items()
        if required <= days.keys()
    }
    ends_on = max(course.milestones[item] for item in required)
    in_time = sum(day <= ends_on for day in finished.values())
    return len(course.accounts), in_time, done, len(finished)


def counted(session: Session, course: Course) -> tuple[int, int, dict[str, int], int]:
    """Count the same in the checklists of the site."""
    mine = Checklist.success_map.has(slug=course.slug)
    checklists = session.scalars(select(Checklist).where(mine)).all()
    completed = [one for one in checklists if one.completed_at]
    in_time = sum(one.completed_at.date() <= one.ends_on for one in completed if one.completed_at)
    done = select(ChecklistStep.key, func.count(ChecklistStep.completed_at).label("done")).join(
        ChecklistStep.checklist
    )
    by_key = session.execute(done.where(mine).group_by(ChecklistStep.key)).all()
    accounts = select(func.count()).select_from(Account).where(Account.external_id.in_(course.accounts))
    return session.scalar(accounts) or 0, in_time, {row.key: row.done for row in by_key}, len(completed)
