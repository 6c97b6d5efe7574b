"""What is compared: an account as it was known on a day, and what became of it later."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Protocol

from portal.health.model import ANY_PRODUCT, STEP_COUNTS, Band, Component, Feature, Model
from portal.health.rules import ONE_E4, Evidence, score

SIGN_IN: Final = "user.signed_in"
HORIZONS: Final = (30, 60, 90)


class Outcome(StrEnum):
    """What became of an account."""

    CHURNED = "churned"
    CONTRACTED = "contracted"
    RENEWED = "renewed"
    EXPANDED = "expanded"
    ACTIVE = "active"  # It still pays where the record ends, and nothing was decided.


class Asked(StrEnum):
    """From which day a number of days counts on which it is asked what will become of an account."""

    BEFORE = "before"  # Back from its outcome.
    AFTER = "after"  # On from its start.
    ON = "on"  # One day of the calendar, for all.


LOST: Final = frozenset({Outcome.CHURNED, Outcome.CONTRACTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """How many signals of a kind are from a day, and when they were recorded; None where nobody knows."""

    kind: str
    day: date
    recorded_on: date | None
    signals: int


class History(Protocol):
    """All that is on record of an account."""

    def evidence_on(self, model: Model, day: date) -> Evidence:
        """Return what was known at the end of a day, as far as a model looks at it."""

    def marks(self) -> Sequence[Mark]:
        """Return all signals of the account, also those of later days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """An account, and what became of it when; `outcome_on` is None when nothing was decided."""

    account: str
    started_on: date
    tier: str
    cohort: str
    outcome: Outcome
    outcome_on: date | None
    history: History


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Of a feature's signals: how many counted on the day, and how many of those came in after the outcome.

    `dated` are all whose account's outcome has a day, `after` those of them that happened on it or later.
    """

    counted: int = 0
    recorded_late: int = 0
    dated: int = 0
    after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An account as it was known on a day, and its outcome.

    `known_on` is the day since when the outcome is known (see `Question`). `horizon` is the number of days
    that the question was about, 0 for one day of the calendar. `values` are the features as 0…1, each None
    without evidence. `points` and `band` are None without any, `idle_days`
    when nobody was ever heard of.
    """

    account: str
    as_of: date
    known_on: date
    horizon: int
    tier: str
    cohort: str
    outcome: Outcome
    points: float | None
    band: Band | None
    values: dict[str, float | None]
    idle_days: int | None
    times: dict[str, Times] = field(default_factory=dict)

    @property
    def is_lost(self) -> bool:
        """Whether the account left, or pays less."""
        return self.outcome in LOST


@dataclass(frozen=True, slots=True)
class Question:
    """A past, and the day on which it is asked what will become of it."""

    past: Past
    as_of: date
    horizon: int = 0

    @property
    def known_on(self) -> date:
        """The day since when the answer is known: of the outcome, or after the days that were asked about."""
        return self.past.outcome_on or self.as_of + timedelta(days=self.horizon)


def before_outcomes(pasts: Iterable[Past], days: int) -> list[Question]:
    """Ask so many days before each outcome; accounts that had not begun by then are left out."""
    asked = [
        Question(past, past.outcome_on - timedelta(days=days), days)
        for past in pasts
        if past.outcome_on and past.outcome is not Outcome.ACTIVE
    ]
    return [question for question in asked if question.past.started_on <= question.as_of]


def after_starts(pasts: Iterable[Past], days: int) -> list[Question]:
    """Ask so many days after each start; accounts that had left by then are known, and not asked."""
    return _while_open(Question(past, past.started_on + timedelta(days=days), days) for past in pasts)


def on_day(pasts: Iterable[Past], day: date) -> list[Question]:
    """Ask on one day of the calendar; accounts that had left by then, or had not begun, are left out."""
    return _while_open(Question(past, day) for past in pasts if past.started_on <= day)


def _while_open(questions: Iterable[Question]) -> list[Question]:
    return [each for each in questions if each.past.outcome_on is None or each.past.outcome_on > each.as_of]


def observe(model: Model, question: Question, *, by_sign_in: bool) -> Case:
    """Score an account as of the day of the question; nothing later is looked at but when signals came in.

    `by_sign_in` says whether idleness counts from the last sign-in, instead of from any signal.
    """
    past, as_of = question.past, question.as_of
    evidence, marks = past.history.evidence_on(model, as_of), past.history.marks()
    result = score(model, evidence, as_of)
    return Case(
        account=past.account,
        as_of=as_of,
        known_on=question.known_on,
        horizon=question.horizon,
        tier=past.tier,
        cohort=past.cohort,
        outcome=past.outcome,
        points=None if result.points_e4 is None else result.points_e4 / ONE_E4,
        band=result.band,
        values={
            f"{component.name}.{feature.name}": None
            if feature.value_e4 is None
            else feature.value_e4 / ONE_E4
            for component in result.components
            for feature in component.features
        },
        idle_days=_idle_days(marks, as_of, by_sign_in=by_sign_in),
        times=_times(model, marks, as_of, past.outcome_on),
    )


def _idle_days(marks: Sequence[Mark], as_of: date, *, by_sign_in: bool) -> int | None:
    days = [mark.day for mark in marks if mark.day <= as_of and (mark.kind == SIGN_IN or not by_sign_in)]
    return (as_of - max(days)).days if days else None


def _times(model: Model, marks: Sequence[Mark], as_of: date, outcome_on: date | None) -> dict[str, Times]:
    """Count, feature by feature, when its signals happened and when they were recorded."""
    if outcome_on is None:
        return {}
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mark in marks:
        is_late = mark.recorded_on is not None and mark.recorded_on > outcome_on
        by_kind[mark.kind] += Counter(
            dated=mark.signals,
            after=mark.signals * (mark.day >= outcome_on),
            counted=mark.signals * (mark.day <= as_of),
            recorded_late=mark.signals * (mark.day <= as_of and is_late),
        )
    found = {}
    for name, _component, feature in named_features(model):
        mine = [counts for kind, counts in by_kind.items() if _looks_at(feature, kind)]
        if mine:
            found[name] = Times(**sum(mine, Counter()))
    return found


def named_features(model: Model) -> list[tuple[str, Component, Feature]]:
    """Return each feature with its full name and its component."""
    return [
        (f"{component.name}.{feature.name}", component, feature)
        for component in model.components
        for feature in component.features
    ]


def _looks_at(feature: Feature, kind: str) -> bool:
    names = [name for name in feature.kinds + feature.of if name not in STEP_COUNTS]
    return kind in names or (ANY_PRODUCT in names and kind.startswith(ANY_PRODUCT[:-1]))
