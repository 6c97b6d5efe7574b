"""What an import does about each part of the knowledge base, and what came of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.orm import upsert
from portal.imports.models import RestoredState
from portal.imports.service import Outcome
from portal.imports.source import Problem, Skipped


class Step(StrEnum):
    """Add a part, leave it as it is, let the file win or the site win, or ask a person."""

    ADD = "add"
    SAME = "same"
    UPDATE = "update"
    KEEP = "keep"
    ASK = "ask"


_OUTCOMES: Final = {
    Step.ADD: Outcome.IMPORTED,
    Step.SAME: Outcome.UNCHANGED,
    Step.UPDATE: Outcome.UPDATED,
    Step.KEEP: Outcome.SKIPPED,
    Step.ASK: Outcome.FAILED,
}


class Placed(Protocol):
    """Something that knows the file, and the lines of it, that it was read from."""

    @property
    def path(self) -> str:
        """The file."""

    def problem(self, name: str, message: str) -> Problem:
        """Return what is wrong with a value."""


class Ledger:
    """Which state parts have where, and what came of them, by kind.

    A part is in the state that was exported or in the one that the last import left, or else it was changed
    since: in the file, on the site, or in both.
    """

    def __init__(self, session: Session, exported: Mapping[str, str]) -> None:
        self.outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self.problems: list[Problem] = []
        self.skipped: list[Skipped] = []
        self._exported = exported
        rows = session.execute(select(RestoredState.part, RestoredState.state))
        self._left: dict[str, str] = {row.part: row.state for row in rows}

    def step(self, *names: str, file: str, resolved: str, site: str | None) -> Step:
        """Tell what to do about a part of these names from its states.

        `file` is what the file says and `resolved` what that comes to here; `site` is None if it is new.
        """
        known = {states.get(name) for states in (self._exported, self._left) for name in names}
        if site is None:
            return Step.ADD
        if site == resolved:
            return Step.SAME
        if site in known:
            return Step.UPDATE
        return Step.KEEP if file in known else Step.ASK

    def settle(self, kind: str, found: Placed, done: Step) -> None:
        """Count what came of a part, and tell why it was left alone."""
        self.outcomes[kind][_OUTCOMES[done]] += 1
        if done is Step.KEEP:
            self.skipped.append(Skipped(path=found.path, reason="changed on the site"))
        if done is Step.ASK:
            message = "changed here and on the site since it was exported: export again, then change it"
            self.problems.append(found.problem("", message))

    def fail(self, kind: str, found: Placed, name: str, message: str) -> None:
        """Count a part that could not come in, and tell why."""
        self.outcomes[kind][Outcome.FAILED] += 1
        self.problems.append(found.problem(name, message))

    def leave(self, session: Session, states: Mapping[str, str]) -> None:
        """Remember in which states parts are left."""
        for part, state in states.items():
            upsert(session, RestoredState, {"part": part, "state": state}, unique="part")
