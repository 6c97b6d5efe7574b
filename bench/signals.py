"""`make bench-signals`: how fast signals come in, are counted and scored, and whether that grows with them.

A hundred thousand and a million signals side by side. With `--quick` only the small ledger comes by a file,
the other is written past the front door; with `--large` there are a million and ten million, both written so.
"""

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench.imports import Figures, measure, run
from bench.ledger import PEOPLE_EACH, SIGNALS_EACH, signals
from portal.core.clock import utc_now

SMALL: Final = 200
USUAL: Final = 2_000
LARGE: Final = 20_000
INGESTED_A_SECOND: Final = 5_000
NIGHT_SECONDS: Final = 20
REFRESH_MS: Final = 20
GROWTH: Final = 1.5
MEGABYTES: Final = 600

Told = dict[str, Any]


def main() -> None:
    """Measure two sizes of ledger, and lay them out side by side."""
    is_large, is_quick = "--large" in sys.argv, "--quick" in sys.argv
    small, large = (USUAL, LARGE) if is_large else (SMALL, USUAL)
    rows = [
        measured(small, by_file=not is_large),
        measured(large, by_file=not (is_large or is_quick)),
    ]
    for name, one, other, aim in lines(*rows):
        sys.stdout.write(f"{name:36}{one:>14}{other:>14}  {aim}\n")


def measured(accounts: int, *, by_file: bool) -> Told:
    """Fill a site, and take each step in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        site, file = Path(name, "site"), Path(name, "signals.jsonl")
        do("fill", accounts, site)
        told: Told = {}
        if by_file:
            write_file(file, accounts, now=utc_now())
            told["ingest"] = run(["signals", "ingest", str(file)], site)
        else:
            do("load", accounts, site)
        told["replay"] = run(["signals", "replay"], site)
        told["settle"], night = do("settle", accounts, site)
        told["refresh"], single = do("refresh", accounts, site)
    return {"accounts": accounts, "figures": told, "night": night, "single": single}


def do(task: str, accounts: int, site: Path) -> tuple[Figures, Told]:
    """Do one thing of the ledger's in a process of its own; return what it took, and what it told."""
    site.mkdir(exist_ok=True)
    figures = measure([sys.executable, "-m", "bench.ledger", task, str(accounts), str(site)], site)
    return figures, json.loads(Path(site, f"{task}.json").read_text(encoding="utf-8")) or {}


def write_file(path: Path, accounts: int, *, now: datetime) -> None:
    """Write the signals as another system would export them."""
    with path.open("w", encoding="utf-8") as file:
        for number, (account, person, kind, at) in enumerate(signals(accounts, now=now)):
            signal = {
                "key": f"bench-{number}",
                "kind": kind,
                "occurred_at": at.isoformat(timespec="seconds"),
                "account": f"account-{account}",
                "user": f"person-{account * PEOPLE_EACH + person}@bench.example",
            }
            file.write(f"{json.dumps(signal)}\n")


def lines(small: Told, large: Told) -> list[tuple[str, str, str, str]]:
    """Lay the sizes out side by side, each line with its aim; by the clock, and in processors' time."""
    rows = (small, large)
    growth = per_account(large, "cpu_seconds") / per_account(small, "cpu_seconds")
    night = f"< {NIGHT_SECONDS} for {USUAL:,} accounts"

    def line(name: str, figures: list[str], aim: str = "") -> tuple[str, str, str, str]:
        return name, *figures, aim  # type: ignore[return-value]  # Two of them.

    return [
        line("signals", [f"{row['accounts'] * SIGNALS_EACH:,}" for row in rows]),
        line("accounts", [f"{row['accounts']:,}" for row in rows]),
        line("ingest, signals a second", [rate(row, "ingest") for row in rows], f"≥ {INGESTED_A_SECOND:,}"),
        line("replay, signals a second", [rate(row, "replay") for row in rows]),
        line("night, seconds", [f"{row['night']['seconds']:.1f}" for row in rows], night),
        line("night, seconds of a processor", [f"{row['night']['cpu_seconds']:.1f}" for row in rows], night),
        line(
            "night, ms of a processor an account",
            [f"{per_account(row, 'cpu_seconds'):.2f}" for row in rows],
            f"≤ {GROWTH} ×; it is {growth:.2f} ×",
        ),
        line("one refresh, p50 ms", [f"{row['single']['p50_ms']:.1f}" for row in rows], f"< {REFRESH_MS}"),
        line("one refresh, p95 ms", [f"{row['single']['p95_ms']:.1f}" for row in rows]),
        line("one refresh, ms of a processor", [f"{row['single']['cpu_ms']:.1f}" for row in rows]),
        line("memory at most, MB", [f"{megabytes(row):.0f}" for row in rows], f"< {MEGABYTES}"),
        line("mean score", [f"{row['night']['mean_points']:.2f}" for row in rows]),
    ]


def per_account(row: Told, name: str) -> float:
    """Return the milliseconds that a night takes for one account."""
    return float(1000 * row["night"][name] / row["accounts"])


def rate(row: Told, name: str) -> str:
    """Say how many signals a second a step took, by the clock (and by the time of processors)."""
    figures = row["figures"].get(name)
    if figures is None:
        return "–"
    count = row["accounts"] * SIGNALS_EACH
    return f"{count / figures.seconds:,.0f} ({count / figures.cpu_seconds:,.0f})"


def megabytes(row: Told) -> float:
    """Return the most memory that any step held."""
    return max(float(figures.megabytes) for figures in row["figures"].values())


if __name__ == "__main__":
    main()
