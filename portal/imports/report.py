"""What came of an import, in lines or as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.imports.service import Import, Outcome
from portal.imports.source import Dropped, Problem, Skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What came of all articles, and what was wrong, skipped or left out; paths begin from `root`.

    `parts` tells what came of what else there is, by kind.
    """

    root: Path
    outcomes: Counter[Outcome]
    missing: int
    problems: Sequence[Problem]
    skipped: Sequence[Skipped]
    dropped: Sequence[Dropped]
    parts: Mapping[str, Counter[Outcome]] = field(default_factory=dict)

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
            self._counts()
            | {"skipped_because": self._reasons(), "dropped": self._constructs()}
            | self._parts(),
            ensure_ascii=False,
        )

    def lines(self, *, verbose: bool) -> Iterator[str]:
        """Yield the counts, after everything that was skipped or left out if that is wanted."""
        if verbose:
            for file in self.skipped:
                yield f"{self._place(file.path, None)}: skipped: {file.reason}"
            for part in self.dropped:
                yield f"{self._place(part.path, part.line)}: left out: {part.construct}"
        yield _joined(self._counts())
        for kind, counts in self._parts().items():
            yield f"  {kind}: {_joined(counts)}"
        for reason, count in self._reasons().most_common():
            yield f"  {count} skipped: {reason}"
        for construct, count in self._constructs().most_common():
            yield f"  {count} left out: {construct}"

    def _counts(self) -> dict[str, object]:
        counts = {str(outcome): self.outcomes[outcome] for outcome in Outcome}
        counts |= {"skipped": len(self.skipped), "missing": self.missing, "problems": len(self.problems)}
        return {**counts}

    def _parts(self) -> dict[str, dict[str, int]]:
        return {
            kind: {str(outcome): counts[outcome] for outcome in Outcome if counts[outcome]}
            for kind, counts in self.parts.items()
        }

    def _reasons(self) -> Counter[str]:
        return Counter(item.reason for item in self.skipped)

    def _constructs(self) -> Counter[str]:
        return Counter(item.construct for item in self.dropped)

    def _place(self, path: str, line: int | None) -> str:
        return f"{self.root / path}" + ("" if line is None else f":{line}")


def _joined(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
