"""How sure a figure is: intervals of rates and of waiting times, from counts alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isclose, log, sqrt
from statistics import NormalDist
from typing import Final

TOO_FEW: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """The values between `low` and `high`, both included, that the counts do not rule out."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many cases; the numerator counts some of the denominator's cases."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(f"not a rate: {self.numerator} of {self.denominator}")

    @property
    def share(self) -> float | None:
        """The rate, 0…1; None when there is no case."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> Interval:
        """The 95 % Wilson interval of the rate."""
        return wilson_interval(self.numerator, self.denominator)

    @property
    def too_few(self) -> bool:
        """Whether fewer than 20 cases stand behind the rate, so that only the counts should be shown."""
        return self.denominator < TOO_FEW


def _deviations(confidence: float) -> float:
    """Return how many standard deviations around its mean hold this share of a normal distribution."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson_interval(successes: int, trials: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of a proportion, 0…1; the whole of it when there was no trial.

    Source: Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212.
    """
    if trials == 0:
        return Interval(low=0.0, high=1.0)
    share, z_squared = successes / trials, _deviations(confidence) ** 2
    centre = share + z_squared / (2 * trials)
    reach = sqrt(z_squared * (share * (1 - share) / trials + z_squared / (4 * trials * trials)))
    scale = 1 + z_squared / trials
    low = (centre - reach) / scale if successes else 0.0
    high = (centre + reach) / scale if successes < trials else 1.0
    return Interval(low=low, high=high)


def wilson_lower_bound(successes: int, trials: int, *, confidence: float = 0.95) -> float:
    """Return the lower end of the Wilson interval, 0…1: a rank in which 1 of 1 does not beat 95 of 100."""
    return wilson_interval(successes, trials, confidence=confidence).low


def newcombe_interval(first: Rate, second: Rate, *, confidence: float = 0.95) -> Interval:
    """Return the interval of the first proportion minus the second, -1…1.

    Source: Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17, 873-890, method 10.
    """
    if first.share is None or second.share is None:
        return Interval(low=-1.0, high=1.0)
    ends = wilson_interval(first.numerator, first.denominator, confidence=confidence)
    others = wilson_interval(second.numerator, second.denominator, confidence=confidence)
    difference = first.share - second.share
    return Interval(
        low=difference - sqrt((first.share - ends.low) ** 2 + (others.high - second.share) ** 2),
        high=difference + sqrt((ends.high - first.share) ** 2 + (second.share - others.low) ** 2),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A time at which something happened to some: `survival` is the share to which it had not, then."""

    time: float
    at_risk: int
    events: int
    survival: float
    variance_of_log: float  # Of the logarithm of `survival`, by Greenwood; infinite when nobody is left.

    def bounds(self, confidence: float) -> Interval:
        """Return the log-log interval of the survival, 0…1."""
        if self.survival == 0:
            return Interval(low=0.0, high=1.0)
        reach = exp(_deviations(confidence) * sqrt(self.variance_of_log) / -log(self.survival))
        return Interval(low=self.survival**reach, high=self.survival ** (1 / reach))


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantile:
    """The time by which it had happened to a share of all, and its interval; None where not reached."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """How the share still waiting falls with time: one step for each time at which something happened."""

    steps: tuple[Step, ...]

    @property
    def median(self) -> float | None:
        """The time by which it had happened to half; None when it has not."""
        return self.quantile(0.5).value

    def quantile(self, share: float, *, confidence: float = 0.95) -> Quantile:
        """Return the first time at which at most `1 - share` were still waiting, and its interval.

        Source: Brookmeyer, R. and Crowley, J. (1982), A confidence interval for the median survival time,
        Biometrics 38, 29-41; on the log-log scale as in Klein, J. P. and Moeschberger, M. L. (2003),
        Survival Analysis, 2nd edition, section 4.5.
        """
        bounds = [step.bounds(confidence) for step in self.steps]
        return Quantile(
            value=self._first_time([step.survival for step in self.steps], 1 - share),
            low=self._first_time([bound.low for bound in bounds], 1 - share),
            high=self._first_time([bound.high for bound in bounds], 1 - share),
        )

    def _first_time(self, heights: Sequence[float], level: float) -> float | None:
        pairs = zip(self.steps, heights, strict=True)
        return next((step.time for step, height in pairs if height < level or isclose(height, level)), None)


def kaplan_meier(durations: Sequence[float], observed: Sequence[bool]) -> SurvivalCurve:
    """Estimate how long it takes when some are still waiting (`observed` is False: right-censored).

    Whoever stopped being watched at the very time of an event counts as still waiting then.

    Source: Kaplan, E. L. and Meier, P. (1958), Nonparametric estimation from incomplete observations,
    Journal of the American Statistical Association 53, 457-481; variance by Greenwood, M. (1926), The natural
    duration of cancer, Reports on Public Health and Medical Subjects 33.
    """
    leaving = Counter(durations)
    events = Counter(time for time, happened in zip(durations, observed, strict=True) if happened)
    at_risk, survival, variance = len(durations), 1.0, 0.0
    steps = []
    for time in sorted(leaving):
        if count := events[time]:
            left = at_risk - count
            survival *= left / at_risk
            variance += count / (at_risk * left) if left else float("inf")
            steps.append(
                Step(time=time, at_risk=at_risk, events=count, survival=survival, variance_of_log=variance)
            )
        at_risk -= leaving[time]
    return SurvivalCurve(tuple(steps))
