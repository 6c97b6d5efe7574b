"""The statistics of a validation, from numbers alone: how well a risk tells the lost from the kept.

`risks` are any numbers, the higher the worse; `lost` says of each case whether the account was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from portal.core.statistics import TOO_FEW, Rate

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

RESAMPLES: Final = 2000
SEED: Final = 20_260_101
FOLDS: Final = 5
WORST_SHARE: Final = 0.1
MOST_BINS: Final = 10
_AT_ONCE: Final = 100
_NEWTON_STEPS: Final = 50
_RIDGE: Final = 1e-6  # Keeps the curve finite where the lost and the kept do not overlap.
_DECIMALS: Final = 12  # Equal chances that differ by the last bit share a bin.


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; each None where there was nothing to work it out from."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Lift:
    """How many times more often the riskiest tenth was lost than all were: `lost` of `cases`.

    `lost` may be a fraction where equal risks straddle the tenth; `times` is None when nobody was lost.
    """

    cases: int
    lost: float
    times: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of like predicted chance: the mean of the chances, and how many were lost."""

    predicted: float
    lost: Rate


def is_too_few(lost: Flags) -> bool:
    """Tell whether either outcome has fewer than 20 cases, so that nothing but the counts should be said."""
    return min(int(lost.sum()), int((~lost).sum())) < TOO_FEW


def auc(risks: Numbers, lost: Flags) -> float | None:
    """Return how often a lost case has the higher risk of the two, 0…1, equal risks counting half.

    None when one of the outcomes is missing.

    Source: Mann, H. B. and Whitney, D. R. (1947), On a test of whether one of two random variables is
    stochastically larger than the other, Annals of Mathematical Statistics 18, 50-60.
    """
    value = float(_weighted_aucs(risks, lost, np.ones((1, len(lost))))[0])
    return None if np.isnan(value) else value


def aucs(
    risks: list[Numbers], lost: Flags, accounts: Places, *, resamples: int = RESAMPLES
) -> tuple[list[Estimate], list[Estimate]]:
    """Return the AUC of each list of risks, and of how much the first exceeds each other one.

    Intervals are percentiles over resamples of whole accounts, the same ones for all lists, so that
    differences are paired.

    Source: Efron, B. and Tibshirani, R. J. (1993), An Introduction to the Bootstrap, chapter 13.
    """
    rounds = [
        np.stack([_weighted_aucs(each, lost, weights) for each in risks])
        for weights in _resampled(accounts, resamples)
    ]
    drawn = np.concatenate(rounds, axis=1)
    values = [auc(each, lost) for each in risks]
    singles = [_estimate(value, sample) for value, sample in zip(values, drawn, strict=True)]
    gains = [
        _estimate(None if values[0] is None or value is None else values[0] - value, drawn[0] - sample)
        for value, sample in zip(values[1:], drawn[1:], strict=True)
    ]
    return singles, gains


def _resampled(accounts: Places, resamples: int) -> Iterator[Numbers]:
    """Yield how often each case counts in each resample, some resamples at a time."""
    generator = np.random.default_rng(SEED)
    _names, place = np.unique(accounts, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    for start in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - start)
        draws = generator.integers(0, max(size, 1), (rows, size))
        draws += np.arange(rows)[:, None] * size
        yield np.bincount(draws.ravel(), minlength=rows * size).reshape(rows, size)[:, place].astype(float)


def _weighted_aucs(risks: Numbers, lost: Flags, weights: Numbers) -> Numbers:
    """Return the AUC under each row of weights; not a number where one of the outcomes is missing."""
    order = np.argsort(risks, kind="stable")
    starts = np.flatnonzero(np.diff(risks[order], prepend=-np.inf if len(risks) else 0))
    if not len(starts):
        return np.full(len(weights), np.nan)
    of_lost = np.add.reduceat(weights[:, order] * lost[order], starts, axis=1)
    of_kept = np.add.reduceat(weights[:, order] * ~lost[order], starts, axis=1)
    below = np.cumsum(of_kept, axis=1) - of_kept
    pairs = of_lost.sum(axis=1) * of_kept.sum(axis=1)
    won = (of_lost * (below + of_kept / 2)).sum(axis=1)
    shares: Numbers = np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
    return shares


def _estimate(value: float | None, sample: Numbers) -> Estimate:
    known = sample[~np.isnan(sample)]
    if value is None or not len(known):
        return Estimate(value, None, None)
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def worst_decile(risks: Numbers, lost: Flags) -> Lift:
    """Return the lift of the riskiest tenth, rounded up; of equal risks at its edge each counts its share."""
    wanted = ceil(WORST_SHARE * len(risks))
    if not wanted:
        return Lift(0, 0.0, None)
    edge = np.sort(risks)[-wanted]
    above, at = risks > edge, risks == edge
    inside = float(lost[above].sum() + (wanted - above.sum()) * lost[at].mean())
    base = float(lost.mean())
    return Lift(wanted, inside, inside / wanted / base if base else None)


def chances(risks: Numbers, lost: Flags, accounts: Places) -> Numbers:
    """Turn risks into chances of being lost, by a logistic curve fitted to the *other* accounts' outcomes.

    Accounts are dealt into five folds; the curve for each fold comes from the other four.

    Source: Platt, J. (1999), Probabilistic outputs for support vector machines, with cross-fitting.
    """
    names, place = np.unique(accounts, return_inverse=True)
    fold = np.random.default_rng(SEED).permutation(len(names))[place] % FOLDS
    scaled = (risks - risks.mean()) / (risks.std() or 1.0)
    chance = np.empty(len(risks))
    for number in range(FOLDS):
        chance[fold == number] = _curve(scaled[fold != number], lost[fold != number], scaled[fold == number])
    return chance


def _curve(risks: Numbers, lost: Flags, asked: Numbers) -> Numbers:
    """Fit a logistic curve by Newton's method, and read it at the risks that are asked for."""
    design = np.column_stack([np.ones(len(risks)), risks])
    line = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        chance = logistic(design @ line)
        slope = design.T @ (chance - lost) + _RIDGE * line
        bend = (design.T * (chance * (1 - chance))) @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(bend, slope)
        line -= np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:  # noqa: PLR2004  # Far below what is shown.
            break
    return logistic(np.column_stack([np.ones(len(asked)), asked]) @ line)


def logistic(values: Numbers) -> Numbers:
    """Map log-odds to chances, without overflow."""
    return 0.5 * (1.0 + np.tanh(values / 2))


def brier(chance: Numbers, lost: Flags) -> float:
    """Return the mean squared distance of chances from what happened, 0…1; the lower, the better.

    Source: Brier, G. W. (1950), Verification of forecasts expressed in terms of probability, Monthly Weather
    Review 78, 1-3.
    """
    return float(np.mean((chance - lost) ** 2))


def reliability(chance: Numbers, lost: Flags) -> tuple[Bin, ...]:
    """Sort cases by their chance into at most ten bins of about equal size, each of at least 20 cases."""
    bins = max(1, min(MOST_BINS, len(chance) // TOO_FEW))
    rounded = np.round(chance, _DECIMALS)
    edges = np.unique(np.quantile(rounded, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, rounded, side="left")
    return tuple(
        Bin(float(chance[place == number].mean()), Rate(int(lost[place == number].sum()), int(count)))
        for number, count in enumerate(np.bincount(place, minlength=1))
        if count
    )
