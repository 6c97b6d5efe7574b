"""What proves a step, which one is next, and how an account stands: arithmetic on rows already read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.onboarding.models import Checklist, ChecklistStep

STUCK_AFTER_DAYS: Final = 7
_KIND: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What completes a step by itself: so many signals of a kind, by so many different people.

    `where` says what a signal's `subject`, or a key of its data, has to be; any one of the values will do.
    """

    kind: str
    count: int = 1
    people: int = 1
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return the proof as a step's row keeps it."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A signal, as far as a proof looks at it; `person` is None when nobody is behind it."""

    id: int
    kind: str
    occurred_at: datetime
    person: str | None = None
    subject: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def parse_proof(stored: Mapping[str, Any]) -> Proof:
    """Read the proof that a step's row keeps.

    Raises:
        InvalidError: it names no kind, asks for less than one signal or person, or says something unknown.
    """
    match {"count": 1, "people": 1, "where": {}} | dict(stored):
        case {
            "kind": str(kind),
            "count": int(count),
            "people": int(people),
            "where": dict(where),
            **rest,
        } if _KIND.fullmatch(kind) and count >= 1 and people >= 1 and not rest:
            conditions = {name: _any_of(wanted) for name, wanted in where.items()}
            return Proof(kind=kind, count=count, people=people, where=conditions)
    raise InvalidError(N_("“%(proof)s” cannot prove a step."), proof=dict(stored))


def _any_of(wanted: object) -> tuple[str, ...]:
    return tuple(map(str, wanted)) if isinstance(wanted, list | tuple) else (str(wanted),)


def parse_conditions(text: str) -> dict[str, tuple[str, ...]]:
    """Read one condition a line, such as `subject=article:12|article:14`.

    Raises:
        InvalidError: a line does not read `name=value`.
    """
    conditions = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, values = line.partition("=")
        wanted = tuple(filter(None, map(str.strip, values.split("|"))))
        if not name.strip() or not wanted:
            raise InvalidError(N_("“%(line)s” does not read name=value."), field="proof_where", line=line)
        conditions[name.strip()] = wanted
    return conditions


def write_conditions(where: Mapping[str, Sequence[str]]) -> str:
    """Write conditions the way `parse_conditions` reads them."""
    return "\n".join(f"{name}={'|'.join(wanted)}" for name, wanted in where.items())


def _matches(proof: Proof, fact: Fact) -> bool:
    said = {**fact.data, "subject": fact.subject}
    return fact.kind == proof.kind and all(
        said.get(name) is not None and str(said[name]).casefold() in map(str.casefold, wanted)
        for name, wanted in proof.where.items()
    )


def evidence_for(proof: Proof, facts: Iterable[Fact]) -> tuple[Fact, ...] | None:
    """Return the earliest facts that prove a step, in order of time; None as long as they do not suffice.

    With several people asked for, it is the first fact of each of the first of them, filled up to the count
    with the earliest others. A single person need not be known by name.
    """
    found = sorted((fact for fact in facts if _matches(proof, fact)), key=_order)
    firsts: dict[str, Fact] = {}
    for fact in found:
        if fact.person is not None:
            firsts.setdefault(fact.person, fact)
    people = proof.people if proof.people > 1 else 0
    chosen = list(islice(firsts.values(), people))
    if len(chosen) < people or len(found) < proof.count:
        return None
    others = (fact for fact in found if fact not in chosen)
    chosen += islice(others, max(0, proof.count - len(chosen)))
    return tuple(sorted(chosen, key=_order))


def _order(fact: Fact) -> tuple[datetime, int]:
    return fact.occurred_at, fact.id


def due_on(started_on: date, *, after_days: int) -> date:
    """Return the day by which a step should be done, counted from the checklist's start."""
    return started_on + timedelta(days=after_days)


class StepState(StrEnum):
    """How a step stands on a day; late is late whether or not its turn has come."""

    DONE = "done"
    NEXT = "next"
    COMING = "coming"
    OVERDUE = "overdue"
    STUCK = "stuck"


class Standing(StrEnum):
    """How a checklist stands on a day, the worst first: its required step that is latest decides."""

    STUCK = "stuck"
    SLIPPING = "slipping"
    ON_TRACK = "on_track"
    COMPLETED = "completed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A step on the path; `days_late` is 0 when it is done or not yet due."""

    step: ChecklistStep
    state: StepState
    is_next: bool
    days_late: int
    proof: Proof | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A checklist as it stands on a day.

    `done` of `total` counts the required steps only. `next` is None when all is done; `latest` is the open
    required step that waits longest for its day, or that is due first; None when there is none.
    """

    checklist: Checklist
    stops: tuple[Stop, ...]
    done: int
    total: int
    next: Stop | None
    latest: Stop | None
    standing: Standing


def next_step(steps: Iterable[ChecklistStep]) -> ChecklistStep | None:
    """Return the first open step in order, the required ones before the optional; None when all are done."""
    still_open = [step for step in steps if not step.is_done]
    return min(still_open, key=lambda step: (not step.is_required, step.position), default=None)


def path_of(checklist: Checklist, *, today: date) -> Path:
    """Describe a checklist on a day of the site."""
    upcoming = next_step(checklist.steps)
    stops = tuple(_stop(step, is_next=step is upcoming, today=today) for step in checklist.steps)
    required = [stop for stop in stops if stop.step.is_required]
    waiting = [stop for stop in required if not stop.step.is_done]
    latest = min(waiting, key=lambda stop: (stop.step.due_on, stop.step.position), default=None)
    return Path(
        checklist=checklist,
        stops=stops,
        done=len(required) - len(waiting),
        total=len(required),
        next=next((stop for stop in stops if stop.is_next), None),
        latest=latest,
        standing=_standing(latest),
    )


def _stop(step: ChecklistStep, *, is_next: bool, today: date) -> Stop:
    days_late = 0 if step.is_done else max(0, (today - step.due_on).days)
    proof = parse_proof(step.proof) if step.proof else None
    state = _state(step, is_next=is_next, days_late=days_late)
    return Stop(step=step, state=state, is_next=is_next, days_late=days_late, proof=proof)


def _state(step: ChecklistStep, *, is_next: bool, days_late: int) -> StepState:
    """Tell how a step stands.

    Source: overdue by more than 7 days is stuck, as the step funnel defines it.
    """
    if step.is_done:
        return StepState.DONE
    if days_late:
        return StepState.STUCK if days_late > STUCK_AFTER_DAYS else StepState.OVERDUE
    return StepState.NEXT if is_next else StepState.COMING


def _standing(latest: Stop | None) -> Standing:
    if latest is None:
        return Standing.COMPLETED
    if latest.state is StepState.STUCK:
        return Standing.STUCK
    return Standing.SLIPPING if latest.days_late else Standing.ON_TRACK


def urgency(path: Path) -> tuple[int, int, str]:
    """Return the key that sorts paths by who needs someone first: worst standing, most days late, account."""
    days_late = path.latest.days_late if path.latest else 0
    return list(Standing).index(path.standing), -days_late, path.checklist.account.name
