"""`make bench-backtest`: do scores foretell who leaves? Two real histories, as `portal health backtest` reads them."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bench.onboarding import DATA as OULAD
from bench.onboarding import STARTS, rows

SUMO: Final = OULAD.with_name("sumo-community")
GRADES: Final = {
    40: "product.milestone_passed",
    55: "product.milestone_passed_fairly",
    70: "product.milestone_passed_well",
    85: "product.milestone_passed_best",
}
"""From how many marks on a milestone counts as what: the university's own grades."""
REACHED: Final = "product.milestone_reached"
ON_TIME: Final = "product.milestone_on_time"
PREPARED: Final = "article.viewed"


def write_oulad(folder: Path) -> None:
    """Write the course accounts: day 0 is the first of February or October, a person is their own account."""
    starts = {row["code_presentation"]: _start(row["code_presentation"]) for row in rows("cohorts")}
    accounts = rows("accounts")
    lengths = {
        (row["code_module"], row["code_presentation"]): int(row["module_presentation_length"])
        for row in rows("cohorts")
    }
    _write(folder / "accounts.csv", (_account(row, starts, lengths) for row in accounts))
    due = {row["id_assessment"]: int(row["due_day"]) for row in rows("milestones") if row["due_day"]}
    _write(
        folder / "milestones.csv",
        (
            {
                "cohort": _cohort(row),
                "milestone": row["id_assessment"],
                "due_after_days": row["due_day"],
                "required": "yes",
            }
            for row in rows("milestones")
            if row["assessment_type"] != "Exam"  # Most of their results are not in the data.
        ),
    )
    home = {row["account_id"]: starts[row["code_presentation"]] for row in accounts}
    clicks = (
        {"account": row["account_id"], "kind": PREPARED, "on": home[row["account_id"]] - timedelta(days=1)}
        | {"person": row["account_id"], "signals": row["pre_course_clicks"], "milestone": ""}
        for row in accounts
        if int(row["pre_course_clicks"] or 0)
    )
    reached = (
        {
            "account": row["account_id"],
            "kind": kind,
            "on": home[row["account_id"]] + timedelta(days=int(row["day"])),
        }
        | {"person": row["account_id"], "signals": 1, "milestone": row["item_id"] if kind == REACHED else ""}
        for row in rows("milestone_events")
        if row["account_id"] in home
        for kind in _kinds(int(row["day"]), row["score"], due.get(row["item_id"]))
    )
    _write(folder / "events.csv", [*clicks, *reached])


def _kinds(day: int, score: str, due: int | None) -> list[str]:
    """Return what a completion says: that it is there, whether in time, and each grade that it reached."""
    grades = [kind for least, kind in GRADES.items() if score and float(score) >= least]
    return [REACHED, *([ON_TIME] if due is None or day <= due else []), *grades]


def _start(presentation: str) -> date:
    month, day = STARTS[presentation[-1]]
    return date(int(presentation[:4]), month, day)


def _cohort(row: dict[str, str]) -> str:
    return f"{row['code_presentation']}-{row['code_module']}"


def _account(
    row: dict[str, str], starts: dict[str, date], lengths: dict[tuple[str, str], int]
) -> dict[str, object]:
    start = starts[row["code_presentation"]]
    left, is_lost = row["date_unregistration"], row["churned"] == "1"
    last = lengths[row["code_module"], row["code_presentation"]]
    return {
        "external_id": row["account_id"],
        "started_on": start,
        "cohort": _cohort(row),
        "outcome": "churned" if is_lost else "active",
        "outcome_on": start + timedelta(days=int(left or last)) if is_lost else "",
    }


def write_sumo(
    folder: Path, *, asked_on: date, gone_from: date, gone_until: date, least_answers: int = 5
) -> None:
    """Write the contributors with enough answers by a day; who posts nothing in a later month has left."""
    with (SUMO / "events.csv").open() as file:
        events = [row | {"on": date.fromisoformat(row["at"][:10])} for row in csv.DictReader(file)]
    history: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in events:
        history[row["user"]].append(row)
    chosen = {
        user: mine
        for user, mine in history.items()
        if sum(row["event"] == "answer" and row["on"] <= asked_on for row in mine) >= least_answers
    }
    _write(
        folder / "accounts.csv",
        (
            {"external_id": user, "started_on": min(row["on"] for row in mine), "cohort": f"{asked_on:%Y-%m}"}
            | _fate(any(gone_from <= row["on"] <= gone_until for row in mine), gone_from)
            for user, mine in chosen.items()
        ),
    )
    _write(
        folder / "events.csv",
        (
            {"account": user, "kind": kind, "on": row["on"], "person": user, "signals": 1}
            for user, mine in chosen.items()
            for row in mine
            for kind in ("answer.posted" if row["event"] == "answer" else "question.asked", "user.signed_in")
        ),
    )


def _fate(stayed: bool, on: date) -> dict[str, object]:
    return {"outcome": "active", "outcome_on": ""} if stayed else {"outcome": "churned", "outcome_on": on}


def _write(file: Path, lines: Iterable[dict[str, object]] | Sequence[dict[str, object]]) -> None:
    lines = list(lines)
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
