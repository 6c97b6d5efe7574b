"""What each feature of a model measures: whole signals, whole days, and sums that no order can change."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import ceil, fsum, inf
from typing import Final

from portal.adoption.kinds import PRODUCT
from portal.health.model import ANY_PRODUCT, STEP_COUNTS, Feature, Measure

DAYS_A_WEEK: Final = 7
DECAYS: Final = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many signals of a kind one person left on a day (site's time zone).

    `person` is None when nobody is behind them.
    """

    kind: str
    day: date
    person: str | None
    signals: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is known of an account: tallies in any order, and its required checklist steps as of the day.

    Tallies of the same kind, day and person add up.
    """

    seats: int
    tallies: tuple[Tally, ...]
    steps_required: int = 0
    steps_completed: int = 0
    steps_due: int = 0


class Ledger:
    """An account's evidence as of the end of a day: what came later is not in it. Ages are whole days."""

    def __init__(self, evidence: Evidence, as_of: date) -> None:
        self._evidence = evidence
        self._today = as_of.toordinal()
        self._signals: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._people: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._by_people: Counter[str] = Counter()
        for tally in evidence.tallies:
            age = self._today - tally.day.toordinal()
            if age < 0:
                continue
            self._signals[tally.kind][age] += tally.signals
            if tally.person is not None and tally.signals:
                people = self._people[tally.kind]
                people[tally.person] = min(age, people.get(tally.person, age))
                self._by_people[tally.kind] += tally.signals

    def raw(self, feature: Feature) -> float | None:
        """Return the number that a feature takes from the evidence; None when there is too little."""
        match feature.measure:
            case Measure.COUNT:
                return self._count(feature)
            case Measure.DISTINCT_PEOPLE:
                return self._distinct_people(feature)
            case Measure.RECENCY_DAYS:
                return self._recency(feature)
            case Measure.SHARE:
                return self._share(feature)
            case Measure.TREND:
                return self._trend(feature)
            case Measure.STREAK:
                return self._streak(feature)

    def last_seen(self, feature: Feature) -> dict[str, int]:
        """Return how many days ago each person last left a signal that a feature looks at."""
        ages: dict[str, int] = {}
        for kind in self.kinds(feature.kinds):
            for person, age in self._people[kind].items():
                ages[person] = min(age, ages.get(person, age))
        return ages

    def kinds(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the kinds on record that some names stand for."""
        any_product = ANY_PRODUCT in names
        for kind in self._signals:
            if kind in names or (any_product and kind.startswith(PRODUCT)):
                yield kind

    def _ages(self, names: Sequence[str], *, below: float = inf) -> Counter[int]:
        """Return how many signals of some kinds are how many days old, and less than so many."""
        ages: Counter[int] = Counter()
        for kind in self.kinds(names):
            for age, signals in self._signals[kind].items():
                if age < below:
                    ages[age] += signals
        return ages

    def _count(self, feature: Feature) -> float | None:
        """Add up what the signals still weigh."""
        ages = self._ages(feature.kinds)
        if ages.total() < feature.min_evidence:
            return None
        return self._per_seat(feature, _weight(feature, ages))

    def _distinct_people(self, feature: Feature) -> float | None:
        """Add up the people: one who was last seen a half-life ago is half a person."""
        if sum(self._by_people[kind] for kind in self.kinds(feature.kinds)) < feature.min_evidence:
            return None
        return self._per_seat(feature, _weight(feature, Counter(self.last_seen(feature).values())))

    def _recency(self, feature: Feature) -> float | None:
        """Return the age of the latest signal in days."""
        ages = self._ages(feature.kinds)
        return float(min(+ages)) if ages.total() >= feature.min_evidence else None

    def _share(self, feature: Feature) -> float | None:
        """Divide what some signals, or steps, still weigh by what those weigh that they are a share of."""
        ages, steps = self._ages(feature.of, below=feature.reach_days), self._steps(feature.of)
        whole = _weight(feature, ages) + steps
        if ages.total() + steps < feature.min_evidence or not whole:
            return None
        mine = _weight(feature, self._ages(feature.kinds)) + self._steps(feature.kinds)
        return min(mine / whole, 1.0)

    def _trend(self, feature: Feature) -> float | None:
        """Return which share of the signals of the last two windows lies in the last: r ÷ (r + p).

        One half is as many as before, 1 is all of them new, 0 is none any more. Source: the logistic function
        of the logarithm of r ÷ p, as in R. Bradley and M. Terry (1952), Rank analysis of incomplete block
        designs: doubling gains as much as halving loses, and nothing is out of bounds.
        """
        ages = self._ages(feature.kinds, below=feature.reach_days)
        if not ages.total() or ages.total() < feature.min_evidence:
            return None
        recent = sum(signals for age, signals in ages.items() if age < (feature.window_days or inf))
        return recent / ages.total()

    def _streak(self, feature: Feature) -> float | None:
        """Count the weeks, Monday to Sunday, in a row with a signal; one that goes on does not break it."""
        if self._ages(feature.kinds).total() < feature.min_evidence:
            return None
        weeks = {self._week(age) for age in +self._ages(feature.kinds, below=feature.reach_days)}
        week = self._week(0)
        first = week if week in weeks else week - 1
        last = first
        while last in weeks:
            last -= 1
        return float(min(first - last, ceil(feature.reach_days / DAYS_A_WEEK)))

    def _week(self, age: int) -> int:
        return (self._today - age - 1) // DAYS_A_WEEK  # The first day of the calendar was a Monday.

    def _steps(self, names: Sequence[str]) -> int:
        return sum(getattr(self._evidence, name) for name in names if name in STEP_COUNTS)

    def _per_seat(self, feature: Feature, amount: float) -> float:
        return amount / max(self._evidence.seats, 1) if feature.per_seat else amount


def _weight(feature: Feature, ages: Counter[int]) -> float:
    """Add up what so many things of each age in days still weigh."""
    reach, half_life = feature.reach_days, feature.half_life_days
    if half_life is None:
        return float(sum(number for age, number in ages.items() if age < reach))
    return fsum(number * _decay(half_life, age) for age, number in ages.items() if age < reach)


@lru_cache(maxsize=DECAYS)
def _decay(half_life_days: float, age_days: int) -> float:
    """Return what is left of 1 after some days: one row of the table of a half-life."""
    return float(0.5 ** (age_days / half_life_days))
