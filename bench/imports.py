"""`make bench-import`: how long a thousand real articles take to come in and be found, in how much memory.

Then how long all of them take to be exported, and brought back to an empty site.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.load import descendants

CENTRES: Final = Path(__file__).parents[2] / "shared/data/help-center"
SAMPLED: Final = 426
WANTED: Final = 1_000
MOST_SECONDS: Final = 60
MOST_MEGABYTES: Final = 500
SAMPLE_SECONDS: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What an import came to: seconds by the clock and of processors, and the most megabytes at one time."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> None:
    """Import all of Dify in both languages and enough of SendGrid to make a thousand articles."""
    if not CENTRES.is_dir():
        sys.stdout.write(f"skipped: the real help centres are not in {CENTRES}\n")
        return
    with tempfile.TemporaryDirectory() as name:
        site = Path(name, "site")
        run(["db", "upgrade"], site)
        folders = [CENTRES / "dify/en", CENTRES / "dify/ja", sampled(CENTRES / "sendgrid/en", Path(name))]
        parts = [run(["kb", "import", str(folder), *options(folder)], site) for folder in folders]
        export, other = Path(name, "export"), Path(name, "other")
        out = run(["kb", "export", str(export)], site)
        run(["db", "upgrade"], other)
        back = run(["kb", "import", str(export)], other)
    seconds = sum(part.seconds for part in parts)
    megabytes = max(part.megabytes for part in parts)
    sys.stdout.write(
        f"{WANTED:,} articles in {seconds:.1f} s ({WANTED / seconds:.0f} a second), found by search; "
        f"{sum(part.cpu_seconds for part in parts):.1f} s of processors; at most {megabytes:.0f} MB\n"
        f"aims: under {MOST_SECONDS} s and {MOST_MEGABYTES} MB on two processors\n"
        f"exported in {told(out)}\nbrought back in {told(back)}\n"
    )


def told(figures: Figures) -> str:
    """Say what a command came to."""
    processors = f"{figures.cpu_seconds:.1f} s of processors"
    return f"{figures.seconds:.1f} s, {processors}, at most {figures.megabytes:.0f} MB"


def options(folder: Path) -> list[str]:
    """Return how a folder is imported."""
    return ["--language", folder.name, "--publish", "--json"]


def sampled(folder: Path, place: Path) -> Path:
    """Copy some articles of a folder, the same each time."""
    copy = place / folder.parent.name / folder.name
    for path in random.Random(1).sample(sorted(folder.rglob("*.md")), SAMPLED):  # noqa: S311  # No secret.
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return copy


def run(arguments: list[str], site: Path) -> Figures:
    """Run a command of the portal, and measure it and everything it starts."""
    return measure([str(Path(sys.executable).with_name("portal")), *arguments], site)


def measure(command: list[str], site: Path) -> Figures:
    """Run a command on a site, and measure it and everything it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started, most = time.perf_counter(), 0.0
    with subprocess.Popen(
        command,
        env=os.environ | {"PORTAL_DATA_DIR": str(site)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            most = max(most, megabytes_of(process.pid))
            time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(seconds=seconds, cpu_seconds=used, megabytes=most)


def megabytes_of(pid: int) -> float:
    """Return what a process and everything below it hold in memory, with what they share counted once."""
    held = 0
    with suppress(OSError):
        for one in descendants(pid):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
            held += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return held / 1000


if __name__ == "__main__":
    main()
