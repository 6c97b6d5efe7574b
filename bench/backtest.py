"""`make bench-backtest`: do scores foretell who leaves? Two real histories, as files and as a site's own."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bench import onboarding
from bench.imports import run
from bench.onboarding import DATA as OULAD
from bench.onboarding import EARLY_DAYS, STARTS, ZONE, rows
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
    chosen = _chosen(modules)
    _write(folder / "accounts.csv", _accounts(chosen))
    milestones = [row for row in rows("milestones") if row["assessment_type"] != "Exam"]
    _write(
        folder / "milestones.csv", map(_milestone, milestones)
    )  # Most results of exams are not in the data.
    clicks = (
        _event(row["account_id"], PREPARED, _start(row["code_presentation"]) - timedelta(days=1))
        | {"signals": row["pre_course_clicks"]}
        for row in chosen
        if int(row["pre_course_clicks"] or 0)
    )
    reached = (
        _event(account, kind, day) | {"milestone": item if kind == REACHED else ""}
        for account, kind, day, item in _completions(chosen)
    )
    _write(folder / "events.csv", [*clicks, *reached])


def _chosen(modules: Collection[str]) -> list[dict[str, str]]:
    return [row for row in rows("accounts") if not modules or row["code_module"] in modules]


def write_site(folder: Path, *, modules: Collection[str] = ()) -> list[list[str]]:
    """Write the same as what a site takes in; return the commands that bring it in.

    Accounts start 30 days before day 0, as some milestones are reached before it. Signals name an account and
    nobody of it, so that visits before the course, which count people, are left out.
    """
    chosen = _chosen(modules)
    cohorts = {(row["code_module"], row["code_presentation"]) for row in chosen}
    courses = onboarding.read_courses(cohorts)
    onboarding.write_files(courses, folder)
    _write(folder / "accounts.csv", map(_site_account, _accounts(chosen)))
    with (folder / "grades.jsonl").open("w") as file:
        file.writelines(
            f"{json.dumps(_signal(account, kind, day, item))}\n"
            for account, kind, day, item in _completions(chosen)
            if kind != REACHED
        )
    *bring, drain = onboarding.commands(courses, folder)
    return [*bring, ["signals", "ingest", str(folder / "grades.jsonl")], drain]


def _site_account(account: dict[str, object]) -> dict[str, object]:
    start, left = account["started_on"], account["outcome_on"]
    assert isinstance(start, date)  # noqa: S101  # Written by `_accounts`.
    start -= timedelta(days=EARLY_DAYS)
    return {
        "external_id": account["external_id"],
        "name": account["external_id"],
        "seats": 1,
        "started_on": start,
        "status": account["outcome"],
        "churned_on": max(left, start) if isinstance(left, date) else "",
    }


def _completions(chosen: Iterable[dict[str, str]]) -> Iterator[tuple[str, str, date, str]]:
    """Yield account, kind, day and milestone of all that the completions of some accounts say."""
    starts = {row["account_id"]: _start(row["code_presentation"]) for row in chosen}
    due = {row["id_assessment"]: int(row["due_day"]) for row in rows("milestones") if row["due_day"]}
    for row in rows("milestone_events"):
        account, item, day = row["account_id"], row["item_id"], int(row["day"])
        if account in starts:
            for kind in _kinds(day, row["score"], due.get(item)):
                yield account, kind, starts[account] + timedelta(days=day), item


def _signal(account: str, kind: str, day: date, item: str) -> dict[str, object]:
    return {
        "key": f"{account}:{item}:{kind}",
        "kind": kind,
        "occurred_at": f"{day.isoformat()}T09:00:00{ZONE}",
        "account": account,
    }


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


def _accounts(chosen: Iterable[dict[str, str]]) -> Iterator[dict[str, object]]:
    lengths = {
        (row["code_module"], row["code_presentation"]): int(row["module_presentation_length"])
        for row in rows("cohorts")
    }
    for row in chosen:
        start, is_lost = _start(row["code_presentation"]), row["churned"] == "1"
        last = lengths[row["code_module"], row["code_presentation"]]
        yield {
            "external_id": row["account_id"],
            "started_on": start,
            "cohort": _cohort(row),
            "outcome": "churned" if is_lost else "active",
            "outcome_on": start + timedelta(days=int(row["date_unregistration"] or last)) if is_lost else "",
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


def backtest(site: Path, *words: str) -> str:
    """Run `portal health backtest` on a site; return what it says."""
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
        compare_courses(folder)
        compare_contributors(folder)


def compare_courses(folder: Path) -> None:
    """Learn from the courses of 2013 about those of February 2014: in files, then in a site's own ledger."""
    empty, full, files = (made(folder, name) for name in ("empty", "full", "courses"))
    run(["db", "upgrade"], empty)
    write_oulad(files)
    for model in ("milestones", "v1"):
        words = ["--as-of-day", "30,60,90", "--train", "2013B,2013J", "--test", "2014B"]
        fit = ["--model", model, "--fit", str(folder / f"{model}_files.toml")]
        sys.stdout.write(backtest(empty, str(files), *words, *fit))
    run(["db", "upgrade"], full)
    for command in write_site(made(folder, "exports")):
        run(command, full)
    for model in ("milestones", "v1"):
        words = ["--as-of-day", "60,90,120", "--train", "2013-01,2013-09", "--test", "2014-01"]
        fit = ["--model", model, "--fit", str(folder / f"{model}_site.toml")]
        sys.stdout.write(backtest(full, *words, *fit))


def compare_contributors(folder: Path) -> None:
    """Learn from who fell silent in January 2020 about who does in March."""
    site, before, after = (made(folder, name) for name in ("site", "before", "after"))
    run(["db", "upgrade"], site)
    write_sumo(before, asked_on=date(2019, 11, 30), gone_from=date(2020, 1, 1))
    write_sumo(after, asked_on=date(2020, 1, 31), gone_from=date(2020, 3, 1))
    fitted = str(folder / "contributors.toml")
    sys.stdout.write(
        backtest(site, str(before), "--as-of", "2019-11-30", "--train", "2019-11", "--fit", fitted)
    )
    sys.stdout.write(backtest(site, str(after), "--as-of", "2020-01-31", "--model", fitted))


def made(folder: Path, name: str) -> Path:
    """Return a new folder in another."""
    new = folder / name
    new.mkdir()
    return new


if __name__ == "__main__":
    main()
