"""What proves a step, which one is next, and how an account stands: arithmetic on rows already read."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.onboarding.models import Checklist, ChecklistStep, Owner

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
        return asdict(self) | {"where": {name: list(values) for name, values in self.where.items()}}


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


def parse_conditions(text: str, *, field: str) -> dict[str, tuple[str, ...]]:
    """Read one condition a line of a form's field, such as `subject=article:12|article:14`.

    Raises:
        InvalidError: a line does not read `name=value`.
    """
    conditions = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, values = line.partition("=")
        wanted = tuple(filter(None, map(str.strip, values.split("|"))))
        if not name.strip() or not wanted:
            raise InvalidError(N_("“%(line)s” does not read name=value."), field=field, line=line)
        conditions[name.strip()] = wanted
    return conditions


def write_conditions(where: Mapping[str, Sequence[str]]) -> str:
    """Write conditions the way `parse_conditions` reads them."""
    return "\n".join(f"{name}={'|'.join(wanted)}" for name, wanted in where.items())


def matches(proof: Proof, fact: Fact) -> bool:
    """Tell whether a fact is one of those that a proof asks for."""
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
    found = sorted((fact for fact in facts if matches(proof, fact)), key=in_order)
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
    return tuple(sorted(chosen, key=in_order))


def in_order(fact: Fact) -> tuple[datetime, int]:
    """Return the key that sorts facts by time."""
    return fact.occurred_at, fact.id


def still_needed(step: ChecklistStep) -> list[ChecklistStep]:
    """Return the open steps that have to be done before a step, in order."""
    return [other for other in step.checklist.steps if other.key in step.needs and not other.is_done]


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
    """A step on the path; `days_late` is 0 when it is done or not yet due.

    `waits_for` are the open steps that have to be done before, in order; `days_left` counts the days of the
    calendar, and is 0 once it is due.
    """

    step: ChecklistStep
    state: StepState
    is_next: bool
    days_late: int
    days_left: int
    waits_for: tuple[ChecklistStep, ...]
    proof: Proof | None

    @property
    def is_ready(self) -> bool:
        """Whether it is open, and nothing has to be done before."""
        return not self.step.is_done and not self.waits_for

    @property
    def is_ours(self) -> bool:
        """Whether it is the vendor's turn."""
        return self.step.owner is Owner.VENDOR


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A checklist as it stands on a day.

    `done` of `total` counts the required steps only. `next` is what the customer does next, None when all
    is done or waits for the vendor; `latest` is the open required step that waits longest for its day, or
    that is due first; None when there is none.
    """

    checklist: Checklist
    stops: tuple[Stop, ...]
    done: int
    total: int
    next: Stop | None
    latest: Stop | None
    standing: Standing

    @property
    def owed(self) -> Sequence[Stop]:
        """What the vendor can do now, the required steps first."""
        ready = (stop for stop in self.stops if stop.is_ours and stop.is_ready)
        return sorted(ready, key=lambda stop: not stop.step.is_required)

    def next_of(self, own_ids: Collection[int]) -> Stop | None:
        """Return what a person who is to do some steps does first; None when none can be done now."""
        step = next_step(self.checklist.steps, own_ids)
        return next((stop for stop in self.stops if stop.step is step), None)

    def stages(self, language: str) -> Mapping[str, Sequence[Stop]]:
        """Return the stops by the part of the path they belong to, the parts in the order they begin."""
        parts: defaultdict[str, list[Stop]] = defaultdict(list)
        for stop in self.stops:
            parts[stop.step.stage_name(language)].append(stop)
        return parts


def next_step(steps: Sequence[ChecklistStep], own_ids: Collection[int] | None = None) -> ChecklistStep | None:
    """Return what the customer does next: its first open step that needs no other open one.

    With the ids of the steps that a person is to do, it is what that person does next. The required ones come
    before the optional. None when all are done, or wait for others.
    """
    waiting = {step.key for step in steps if not step.is_done}
    ready = [
        step
        for step in steps
        if step.key in waiting
        and waiting.isdisjoint(step.needs)
        and (step.owner is not Owner.VENDOR if own_ids is None else step.id in own_ids)
    ]
    return min(ready, key=lambda step: (not step.is_required, step.position), default=None)


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
        standing=standing_of(latest.step if latest else None, today=today),
    )


def _stop(step: ChecklistStep, *, is_next: bool, today: date) -> Stop:
    late = 0 if step.is_done else days_late(step, today=today)
    return Stop(
        step=step,
        state=_state(step, is_next=is_next, days_late=late),
        is_next=is_next,
        days_late=late,
        days_left=max(0, (step.due_on - today).days),
        waits_for=tuple(still_needed(step)),
        proof=parse_proof(step.proof) if step.proof else None,
    )


def _state(step: ChecklistStep, *, is_next: bool, days_late: int) -> StepState:
    """Tell how a step stands.

    Source: overdue by more than 7 days is stuck, as the step funnel defines it.
    """
    if step.is_done:
        return StepState.DONE
    if days_late:
        return StepState.STUCK if days_late > STUCK_AFTER_DAYS else StepState.OVERDUE
    return StepState.NEXT if is_next else StepState.COMING


def standing_of(latest: ChecklistStep | None, *, today: date) -> Standing:
    """Tell how a checklist stands by the open required step due first, None when all are done."""
    if latest is None:
        return Standing.COMPLETED
    late = days_late(latest, today=today)
    if late > STUCK_AFTER_DAYS:
        return Standing.STUCK
    return Standing.SLIPPING if late else Standing.ON_TRACK


def days_late(step: ChecklistStep, *, today: date) -> int:
    """Return for how many days an open step has been due; 0 until its day is over."""
    return max(0, (today - step.due_on).days)


def urgency(path: Path) -> tuple[int, int, str]:
    """Return the key that sorts paths by who needs someone first: worst standing, most days late, account."""
    days_late = path.latest.days_late if path.latest else 0
    return list(Standing).index(path.standing), -days_late, path.checklist.account.name
