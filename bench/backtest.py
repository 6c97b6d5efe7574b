"""`make bench-backtest`: do scores foretell who leaves? Two real histories, as files for the backtest."""

import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bench.imports import run
from bench.onboarding import DATA as OULAD
from bench.onboarding import STARTS, rows
from portal.health.validation.cases import SIGN_IN

SUMO: Final = OULAD.with_name("sumo-community")
GRADES: Final = {
    40: "product.milestone_passed",
    55: "product.milestone_passed_fairly",
    70: "product.milestone_passed_well",
    85: "product.milestone_passed_best",
}
"""From how many marks on a milestone counts as what: the university's own grades."""
LABELLED_ON: Final = date(2020, 1, 31)
REACHED: Final = "product.milestone_reached"
ON_TIME: Final = "product.milestone_on_time"
PREPARED: Final = "article.viewed"


def write_oulad(folder: Path, *, modules: Collection[str] = ()) -> None:
    """Write the course accounts, all or of some modules: each a person, day 0 the first of a month."""
    cohorts = {(row["code_module"], row["code_presentation"]): row for row in rows("cohorts")}
    accounts = [row for row in rows("accounts") if not modules or row["code_module"] in modules]
    lengths = {cohort: int(row["module_presentation_length"]) for cohort, row in cohorts.items()}
    _write(folder / "accounts.csv", (_account(row, lengths) for row in accounts))
    milestones = [row for row in rows("milestones") if row["assessment_type"] != "Exam"]
    _write(
        folder / "milestones.csv", map(_milestone, milestones)
    )  # Most results of exams are not in the data.
    starts = {row["account_id"]: _start(row["code_presentation"]) for row in accounts}
    due = {row["id_assessment"]: int(row["due_day"]) for row in milestones if row["due_day"]}
    clicks = (
        _event(row["account_id"], PREPARED, starts[row["account_id"]] - timedelta(days=1))
        | {"signals": row["pre_course_clicks"]}
        for row in accounts
        if int(row["pre_course_clicks"] or 0)
    )
    reached = (
        _event(row["account_id"], kind, starts[row["account_id"]] + timedelta(days=int(row["day"])))
        | {"milestone": row["item_id"] if kind == REACHED else ""}
        for row in rows("milestone_events")
        if row["account_id"] in starts
        for kind in _kinds(int(row["day"]), row["score"], due.get(row["item_id"]))
    )
    _write(folder / "events.csv", [*clicks, *reached])


def _milestone(row: dict[str, str]) -> dict[str, object]:
    return {
        "cohort": _cohort(row),
        "milestone": row["id_assessment"],
        "due_after_days": row["due_day"],
        "required": "yes",
    }


def _event(account: str, kind: str, day: date) -> dict[str, object]:
    return {"account": account, "kind": kind, "on": day, "person": account, "signals": 1, "milestone": ""}


def _kinds(day: int, score: str, due: int | None) -> list[str]:
    """Return what a completion says: that it is there, whether in time, and each grade that it reached."""
    grades = [kind for least, kind in GRADES.items() if score and float(score) >= least]
    return [REACHED, *([ON_TIME] if due is None or day <= due else []), *grades]


def _start(presentation: str) -> date:
    month, day = STARTS[presentation[-1]]
    return date(int(presentation[:4]), month, day)


def _cohort(row: dict[str, str]) -> str:
    return f"{row['code_presentation']}-{row['code_module']}"


def _account(row: dict[str, str], lengths: dict[tuple[str, str], int]) -> dict[str, object]:
    start = _start(row["code_presentation"])
    left, is_lost = row["date_unregistration"], row["churned"] == "1"
    last = lengths[row["code_module"], row["code_presentation"]]
    return {
        "external_id": row["account_id"],
        "started_on": start,
        "cohort": _cohort(row),
        "outcome": "churned" if is_lost else "active",
        "outcome_on": start + timedelta(days=int(left or last)) if is_lost else "",
    }


def write_sumo(folder: Path, *, asked_on: date, gone_from: date, least_answers: int = 5) -> None:
    """Write the contributors with enough answers by a day; who posts nothing in a later month has left."""
    with (SUMO / "events.csv").open() as file:
        events = [
            (row["user"], row["event"], date.fromisoformat(row["at"][:10])) for row in csv.DictReader(file)
        ]
    answers = Counter(user for user, event, day in events if event == "answer" and day <= asked_on)
    chosen = {user for user, count in answers.items() if count >= least_answers}
    month = (gone_from.year, gone_from.month)
    stayed = {user for user, _event, day in events if (day.year, day.month) == month}
    if asked_on == LABELLED_ON:  # The data say themselves who has left.
        with (SUMO / "labels.csv").open() as file:
            stayed = {row["user"] for row in csv.DictReader(file) if row["churned"] == "0"}
    first: dict[str, date] = {}
    for user, _event, day in events:
        first[user] = min(day, first.get(user, day))
    _write(
        folder / "accounts.csv",
        (
            {
                "external_id": user,
                "started_on": first[user],
                "cohort": f"{asked_on:%Y-%m}",
                "outcome": "active" if user in stayed else "churned",
                "outcome_on": "" if user in stayed else gone_from,
            }
            for user in sorted(chosen)
        ),
    )
    _write(
        folder / "events.csv",
        (
            {"account": user, "kind": kind, "on": day, "person": user}
            for user, event, day in events
            if user in chosen
            for kind in ("answer.posted" if event == "answer" else "question.asked", SIGN_IN)
        ),
    )


def _write(file: Path, lines: Iterable[dict[str, object]]) -> None:
    rows = list(lines)
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def backtest(folder: Path, *words: str) -> str:
    """Run `portal health backtest` on a site without accounts; return what it says."""
    site = folder / "site"
    run(["db", "upgrade"], site)
    environment = os.environ | {"PORTAL_DATA_DIR": str(site)}
    portal = [sys.executable, "-m", "portal", "health", "backtest", *words]
    return subprocess.run(portal, env=environment, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Fit on earlier cohorts or months, report on later ones."""
    if not OULAD.is_dir():
        sys.stdout.write(f"skipped: the histories are not in {OULAD.parent}\n")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        courses, before, after = (folder / part for part in ("courses", "before", "after"))
        for made in (courses, before, after):
            made.mkdir()
        write_oulad(courses)
        for model in ("milestones", "v1"):
            words = ["--model", model, "--train", "2013B,2013J", "--test", "2014B"]
            fit = ["--as-of-day", "30,60,90", "--fit", str(folder / f"{model}_courses.toml")]
            sys.stdout.write(backtest(folder, str(courses), *words, *fit))
        write_sumo(before, asked_on=date(2019, 11, 30), gone_from=date(2020, 1, 1))
        write_sumo(after, asked_on=date(2020, 1, 31), gone_from=date(2020, 3, 1))
        fitted = str(folder / "contributors.toml")
        sys.stdout.write(
            backtest(folder, str(before), "--as-of", "2019-11-30", "--train", "2019-11", "--fit", fitted)
        )
        sys.stdout.write(backtest(folder, str(after), "--as-of", "2020-01-31", "--model", fitted))


if __name__ == "__main__":
    main()
