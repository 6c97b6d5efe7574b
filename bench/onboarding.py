"""`make bench-onboarding`: how long a hundred thousand completions take to come in and tick their steps."""

import csv
import json
import sys
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from bench.imports import run

DATA: Final = Path(__file__).parents[2] / "shared/data/events/oulad"
STARTS: Final = {"B": (2, 1), "J": (10, 1)}
KIND: Final = "product.milestone_reached"
ZONE: Final = "+09:00"
EARLY_DAYS: Final = 30
"""Some of what counts happened before the first day."""
MOST_SECONDS: Final = 120
WANTED: Final = 100_000

Cohort = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Course:
    """A cohort of the data as a site sees it: its first day, its milestones' days, who is in it."""

    cohort: Cohort
    first_day: date
    milestones: dict[str, date]
    optional: set[str]
    accounts: list[str]
    completions: dict[str, dict[str, date]]

    @property
    def slug(self) -> str:
        """The slug of its success map."""
        return "-".join(self.cohort).lower()


def rows(name: str) -> list[dict[str, str]]:
    """Read one of the data's files."""
    with (DATA / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def read_courses(cohorts: Collection[Cohort] | None = None) -> list[Course]:
    """Read the cohorts of the data, or some of them; days count from a first of February or October."""
    courses: dict[Cohort, Course] = {}
    for row in rows("cohorts"):
        cohort = row["code_module"], row["code_presentation"]
        month, day = STARTS[cohort[1][-1]]
        first = date(int(cohort[1][:4]), month, day)
        courses[cohort] = Course(
            cohort=cohort, first_day=first, milestones={}, optional=set(), accounts=[], completions={}
        )
        last = first + timedelta(days=int(row["module_presentation_length"]))
        for item in rows("milestones"):
            if (item["code_module"], item["code_presentation"]) == cohort:
                due = first + timedelta(days=int(item["due_day"])) if item["due_day"] else last
                courses[cohort].milestones[item["id_assessment"]] = due
                if item["assessment_type"] == "Exam":  # Most of their results are not in the data.
                    courses[cohort].optional.add(item["id_assessment"])
    home = {}
    for row in rows("accounts"):
        cohort = row["code_module"], row["code_presentation"]
        home[row["account_id"]] = courses[cohort]
        courses[cohort].accounts.append(row["account_id"])
    for row in rows("milestone_events"):
        course = home.get(row["account_id"])
        if course and row["item_id"] in course.milestones:
            reached = course.first_day + timedelta(days=int(row["day"]))
            course.completions.setdefault(row["account_id"], {})[row["item_id"]] = reached
    return [course for cohort, course in courses.items() if cohorts is None or cohort in cohorts]


def write_files(courses: Collection[Course], folder: Path) -> None:
    """Write what another system would export: accounts, maps, checklists and signals."""
    with (folder / "accounts.csv").open("w") as file:
        file.write("external_id,name,started_on,country\n")
        for course in courses:
            file.writelines(f"{one},{one},{_start(course)},GB\n" for one in course.accounts)
    for course in courses:
        (folder / f"{course.slug}.json").write_text(json.dumps(_map(course)))
    _write_lines(
        folder / "checklists.jsonl",
        (_checklist(course, one) for course in courses for one in course.accounts),
    )
    signals = (
        (day, account, item)
        for course in courses
        for account, reached in course.completions.items()
        for item, day in reached.items()
    )
    _write_lines(folder / "signals.jsonl", (_signal(*signal) for signal in sorted(signals)))


def _start(course: Course) -> date:
    return course.first_day - timedelta(days=EARLY_DAYS)


def _map(course: Course) -> dict[str, Any]:
    return {
        "slug": course.slug,
        "names": {"en": f"{course.cohort[0]} {course.cohort[1]}"},
        "persona": course.cohort[0],
        "steps": [
            {
                "key": item,
                "titles": {"en": f"Milestone {item}"},
                "due_after_days": 0,
                "is_required": item not in course.optional,
                "proof": {"kind": KIND, "where": {"milestone": item}},
            }
            for item, _day in sorted(course.milestones.items(), key=lambda milestone: milestone[1])
        ],
    }


def _checklist(course: Course, account: str) -> dict[str, Any]:
    days = {item: day.isoformat() for item, day in course.milestones.items()}
    return {"account": account, "map": course.slug, "started_on": _start(course).isoformat(), "days": days}


def _signal(day: date, account: str, item: str) -> dict[str, Any]:
    return {
        "key": f"{account}:{item}",
        "kind": KIND,
        "occurred_at": f"{day.isoformat()}T09:00:00{ZONE}",
        "account": account,
        "data": {"milestone": item},
    }


def _write_lines(path: Path, items: Iterable[dict[str, Any]]) -> None:
    with path.open("w") as file:
        file.writelines(f"{json.dumps(item)}\n" for item in items)


def commands(courses: Collection[Course], folder: Path) -> list[list[str]]:
    """Return the commands that bring the files in."""
    maps = [str(folder / f"{course.slug}.json") for course in courses]
    return [
        ["accounts", "import", str(folder / "accounts.csv")],
        ["onboarding", "import-map", *maps],
        ["onboarding", "start", str(folder / "checklists.jsonl")],
        ["signals", "ingest", str(folder / "signals.jsonl")],
        ["outbox", "drain"],
    ]


def main() -> None:
    """Bring the whole data in, and say how long each part took."""
    if not DATA.is_dir():
        sys.stdout.write(f"skipped: the milestones are not in {DATA}\n")
        return
    courses = read_courses()
    completions = sum(len(reached) for course in courses for reached in course.completions.values())
    with tempfile.TemporaryDirectory() as name:
        site, folder = Path(name, "site"), Path(name)
        write_files(courses, folder)
        run(["db", "upgrade"], site)
        parts = {" ".join(words[:2]): run(words, site) for words in commands(courses, folder)}
    for words, part in parts.items():
        sys.stdout.write(
            f"{words:24} {part.seconds:6.1f} s, {part.cpu_seconds:6.1f} s of processors, "
            f"{part.megabytes:4.0f} MB\n"
        )
    seconds = sum(parts[words].seconds for words in ("signals ingest", "outbox drain"))
    sys.stdout.write(
        f"{completions:,} completions in {seconds:.1f} s, {seconds * WANTED / completions:.1f} s "
        f"for {WANTED:,}; aim: under {MOST_SECONDS} s on two processors\n"
    )


if __name__ == "__main__":
    main()
