"""What came of an import, in lines or as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.imports.service import Import, Outcome
from portal.imports.source import Dropped, Problem, Skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What came of all articles, and what was wrong, skipped or left out; paths begin from `root`."""

    root: Path
    outcomes: Counter[Outcome]
    missing: int
    problems: Sequence[Problem]
    skipped: Sequence[Skipped]
    dropped: Sequence[Dropped]

    @classmethod
    def of(
        cls,
        root: Path,
        runs: Sequence[Import],
        *,
        problems: Iterable[Problem] = (),
        skipped: Iterable[Skipped] = (),
    ) -> "Report":
        """Join what several languages, and what belongs to none of them, have to tell."""
        return cls(
            root=root,
            outcomes=sum((run.outcomes for run in runs), Counter()),
            missing=sum(run.missing for run in runs),
            problems=[*problems, *(item for run in runs for item in run.problems)],
            skipped=[*skipped, *(item for run in runs for item in run.skipped)],
            dropped=[item for run in runs for item in run.tree.dropped],
        )

    def complaints(self) -> Iterator[str]:
        """Yield a line for everything that is wrong."""
        for item in self.problems:
            yield f"{self._place(item.path, item.line)}: {item.message}"

    def json(self) -> str:
        """Return the counts."""
        return json.dumps(
            self._counts() | {"skipped_because": self._reasons(), "dropped": self._constructs()},
            ensure_ascii=False,
        )

    def lines(self, *, verbose: bool) -> Iterator[str]:
        """Yield the counts, after everything that was skipped or left out if that is wanted."""
        if verbose:
            for file in self.skipped:
                yield f"{self._place(file.path, None)}: skipped: {file.reason}"
            for part in self.dropped:
                yield f"{self._place(part.path, part.line)}: left out: {part.construct}"
        yield ", ".join(f"{count} {name}" for name, count in self._counts().items())
        for reason, count in self._reasons().most_common():
            yield f"  {count} skipped: {reason}"
        for construct, count in self._constructs().most_common():
            yield f"  {count} left out: {construct}"

    def _counts(self) -> dict[str, object]:
        counts = {str(outcome): self.outcomes[outcome] for outcome in Outcome}
        counts |= {"skipped": len(self.skipped), "missing": self.missing, "problems": len(self.problems)}
        return {**counts}

    def _reasons(self) -> Counter[str]:
        return Counter(item.reason for item in self.skipped)

    def _constructs(self) -> Counter[str]:
        return Counter(item.construct for item in self.dropped)

    def _place(self, path: str, line: int | None) -> str:
        return f"{self.root / path}" + ("" if line is None else f":{line}")
