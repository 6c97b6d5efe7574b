"""`make bench-signals`: how fast signals come in, are counted and scored, and whether that grows with them.

`--large` does the same with ten million, which are written past the front door.
"""

import json
import sys
import tempfile
from datetime import datetime
from importlib.util import find_spec
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
    """Measure a small and the usual ledger side by side, or the usual and a large one."""
    is_large = "--large" in sys.argv
    sizes = (USUAL, LARGE) if is_large else (SMALL, USUAL)
    rows = [measured(accounts, by_file=not is_large) for accounts in sizes]
    print_table(rows)
    if find_spec("bench.api"):
        sys.stdout.write("`python -m bench.api` measures what comes by the API.\n")


def measured(accounts: int, *, by_file: bool) -> Told:
    """Fill a site, and take each step in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        site = Path(name, "site")
        do("fill", accounts, site)
        if by_file:
            file = Path(name, "signals.jsonl")
            write_file(file, accounts, now=utc_now())
            told: Told = {"ingest": run(["signals", "ingest", str(file)], site)}
            file.unlink()
        else:
            told = {"load": do("load", accounts, site)[0]}
        told["replay"] = run(["signals", "replay"], site)
        told["settle"], night = do("settle", accounts, site)
        told["refresh"], single = do("refresh", accounts, site)
    return {"accounts": accounts, "figures": told, **night, **single}


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


def print_table(rows: list[Told]) -> None:
    """Print the sizes side by side, each line with its aim."""
    small, large = rows
    growth = per_account(large) / per_account(small)
    lines = [
        ("signals", *(f"{row['accounts'] * SIGNALS_EACH:,}" for row in rows), ""),
        ("accounts", *(f"{row['accounts']:,}" for row in rows), ""),
        *(
            (f"{name}, signals a second", *(f"{rate(row, name):,.0f}" for row in rows), aim)
            for name, aim in (("ingest", f"≥ {INGESTED_A_SECOND:,}"), ("load", ""), ("replay", ""))
            if name in small["figures"]
        ),
        ("night, all accounts, s", *(f"{row['seconds']:.1f}" for row in rows), night_aim(rows)),
        ("night, ms an account", *(f"{per_account(row):.2f}" for row in rows), f"≤ {GROWTH} ×: {growth:.2f}"),
        ("one refresh, p50 ms", *(f"{row['p50_ms']:.1f}" for row in rows), f"< {REFRESH_MS}"),
        ("one refresh, p95 ms", *(f"{row['p95_ms']:.1f}" for row in rows), ""),
        ("memory at most, MB", *(f"{megabytes(row):.0f}" for row in rows), f"< {MEGABYTES}"),
        ("mean score", *(f"{row['mean_points']:.2f}" for row in rows), ""),
    ]
    for name, one, other, aim in lines:
        sys.stdout.write(f"{name:28}{one:>14}{other:>14}  {aim}\n")


def per_account(row: Told) -> float:
    """Return the milliseconds that a night takes for one account."""
    return float(1000 * row["seconds"] / row["accounts"])


def rate(row: Told, name: str) -> float:
    """Return how many signals a second a step took."""
    return float(row["accounts"] * SIGNALS_EACH / row["figures"][name].seconds)


def night_aim(rows: list[Told]) -> str:
    """Return what the night may take, where the aim speaks of that size."""
    return f"< {NIGHT_SECONDS} for {USUAL:,}" if any(row["accounts"] == USUAL for row in rows) else ""


def megabytes(row: Told) -> float:
    """Return the most memory that any step held."""
    return max(float(figures.megabytes) for figures in row["figures"].values())


if __name__ == "__main__":
    main()
