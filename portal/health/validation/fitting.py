"""Weights learned from outcomes; needs the extra `fit`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import log, sqrt
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.statistics import TOO_FEW
from portal.health.model import Fitted, Model
from portal.health.validation.cases import Case, named_features
from portal.health.validation.rules import FOLDS, SEED, Flags, Numbers, Places, auc, is_too_few, logistic

STRENGTHS: Final = (0.01, 0.1, 1.0, 10.0, 100.0)
"""How little the weights are pulled towards zero: scikit-learn's C, the inverse of the penalty."""
ROUNDS: Final = 4
ERRORS_TO_STAY: Final = 2.0
"""By how many standard errors the forecast has to get worse without a feature, for it to stay."""
WHOLE: Final = 100.0
LEAST_WEIGHT: Final = 0.1
AT_RISK_ODDS: Final = 2.0

Fold = tuple[Places, Places]
Step = Callable[[str], None]


class Dropped(StrEnum):
    """Why a feature has no weight."""

    LEAK = "leak"  # It may know the outcome.
    TOO_FEW = "too_few"  # It has evidence in fewer than 20 cases of either outcome.
    WRONG_SIGN = "wrong_sign"  # More of it goes with worse outcomes, against what it says of itself.
    NO_GAIN = "no_gain"  # The forecast is as good without it.


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Weights by feature, why the others have none, and what the cross-validation said."""

    weights: dict[str, float]
    dropped: dict[str, Dropped]
    strength: float
    auc: float
    model: Model


class Sheet:
    """The values of cases as a table: a column a feature, not a number where there is no evidence."""

    def __init__(self, model: Model, cases: Sequence[Case]) -> None:
        self.names = [name for name, _component, _feature in named_features(model)]
        self.components = np.array([name.partition(".")[0] for name in self.names])
        self.values = np.array(
            [
                [np.nan if case.values[name] is None else case.values[name] for name in self.names]
                for case in cases
            ],
            dtype=float,
        ).reshape(len(cases), len(self.names))
        self.lost: Flags = np.array([case.is_lost for case in cases], dtype=bool)

    def points(self, weights: Numbers) -> Numbers:
        """Return the score of each case under other weights, 0…1; not a number without evidence."""
        tops, whole = np.zeros(len(self.values)), np.zeros(len(self.values))
        for mean, heard in self._sides(weights):
            tops += np.where(np.isnan(mean), 0.0, mean) * heard
            whole += heard
        return np.divide(tops, whole, out=np.full(len(tops), np.nan), where=whole > 0)

    def filled(self, weights: Numbers) -> Numbers:
        """Return the table with what is missing taken from the rest, as the score itself does.

        That is the mean of its component, of the case if the component is silent, and of all if the case is.
        """
        table, points = self.values.copy(), self.points(weights)
        points = np.where(np.isnan(points), np.nanmean(points) if not np.isnan(points).all() else 0.5, points)
        for name, (mean, _heard) in zip(np.unique(self.components), self._sides(weights), strict=True):
            columns = self.components == name
            rest = np.where(np.isnan(mean), points, mean)[:, None]
            table[:, columns] = np.where(np.isnan(table[:, columns]), rest, table[:, columns])
        return table

    def _sides(self, weights: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield, component by component, each case's mean and what the component weighs in it."""
        for name in np.unique(self.components):
            columns = self.components == name
            own, values = weights[columns], self.values[:, columns]
            heard = ~np.isnan(values) * own
            whole = heard.sum(axis=1)
            tops = (np.nan_to_num(values) * own).sum(axis=1)
            yield (
                np.divide(tops, whole, out=np.full(len(values), np.nan), where=whole > 0),
                np.where(whole > 0, own.sum(), 0.0),
            )


def fit(
    model: Model,
    cases: Sequence[Case],
    *,
    version: str,
    on: str,
    leaks: Collection[str] = (),
    step: Step = lambda _what: None,
) -> Fit:
    """Fit the weights of a model to outcomes; curves, half-lives and windows stay.

    Raises:
        InvalidError: there are too few cases, or no feature tells the lost from the kept.
    """
    sheet = Sheet(model, cases)
    if is_too_few(sheet.lost):
        raise InvalidError(
            N_("Too few to fit on: %(lost)s lost and %(kept)s kept; at least %(least)s of each are needed."),
            field=None,
            lost=int(sheet.lost.sum()),
            kept=int((~sheet.lost).sum()),
            least=TOO_FEW,
        )
    dropped = _unusable(sheet, leaks)
    folds = time_ordered_folds(cases)
    strength = _best_strength(sheet, folds, _others(sheet, dropped))
    while True:
        step(f"{len(sheet.names) - len(dropped)} features")
        dropped |= _of_wrong_sign(sheet, strength, _others(sheet, dropped))
        idle = _idle_feature(sheet, folds, strength, _others(sheet, dropped))
        if idle is None:
            break
        dropped[idle] = Dropped.NO_GAIN
    kept = _others(sheet, dropped)
    if not kept.any():
        raise InvalidError(N_("No feature tells the lost from the kept; nothing can be fitted."), field=None)
    weights = _weights(sheet, np.arange(len(cases)), strength, kept)
    reached = _held_out_auc(sheet, folds, strength, kept)
    fitted = Fitted(
        on=on,
        accounts=len({case.account for case in cases}),
        lost=len({case.account for case in cases if case.is_lost}),
        until=max(case.as_of for case in cases),
        auc=round(reached, 3),
    )
    return Fit(
        weights=dict(zip(sheet.names, map(float, weights), strict=True)),
        dropped=dropped,
        strength=strength,
        auc=reached,
        model=replace(_reweighted(model, sheet, weights), version=version, fitted=fitted),
    )


def time_ordered_folds(cases: Sequence[Case]) -> list[Fold]:
    """Return pairs of (learn from, test on): the test is always later, and on other accounts.

    Where the days give no such pair, as when all were asked on one day, accounts are dealt into folds instead.
    """
    lost = np.array([case.is_lost for case in cases])
    accounts = np.unique([case.account for case in cases], return_inverse=True)[1]
    days = np.array([case.as_of.toordinal() for case in cases])
    edges = np.unique(np.quantile(days, np.linspace(0, 1, FOLDS + 1), method="lower"))
    tests = [(days >= low) & (days < high) for low, high in zip(edges, [*edges[1:], np.inf], strict=True)]
    pairs = [(_earlier(days, accounts, test), test) for test in tests]
    if not any(_is_usable(lost, *pair) for pair in pairs):
        dealt = np.random.default_rng(SEED).permutation(accounts.max() + 1)[accounts] % FOLDS
        pairs = [(dealt != number, dealt == number) for number in range(FOLDS)]
    return [(np.flatnonzero(a), np.flatnonzero(b)) for a, b in pairs if _is_usable(lost, a, b)]


def _earlier(days: Places, accounts: Places, test: Flags) -> Flags:
    if not test.any():
        return test
    return (days < days[test].min()) & ~np.isin(accounts, accounts[test])


def _is_usable(lost: Flags, learn: Flags, test: Flags) -> bool:
    return all(0 < lost[part].sum() < part.sum() for part in (learn, test))


def _unusable(sheet: Sheet, leaks: Collection[str]) -> dict[str, Dropped]:
    known = ~np.isnan(sheet.values)
    dropped = {
        name: Dropped.TOO_FEW
        for name, column in zip(sheet.names, known.T, strict=True)
        if is_too_few(sheet.lost[column])
    }
    return dropped | dict.fromkeys(leaks, Dropped.LEAK)


def _others(sheet: Sheet, dropped: Collection[str]) -> Flags:
    return np.array([name not in dropped for name in sheet.names])


def _coefficients(table: Numbers, lost: Flags, strength: float) -> tuple[Numbers, float]:
    """Fit how much each column speaks for keeping, with an L2 penalty; return that and the intercept."""
    model = LogisticRegression(C=strength, max_iter=1000).fit(table, ~lost)
    return model.coef_[0], float(model.intercept_[0])


def _weights(sheet: Sheet, rows: Places, strength: float, kept: Flags) -> Numbers:
    """Return weights of all features, none below zero; what is missing is filled anew as they settle."""
    return _fit_rows(sheet, rows, strength, kept)[0]


def _fit_rows(sheet: Sheet, rows: Places, strength: float, kept: Flags) -> tuple[Numbers, float]:
    weights, intercept = kept.astype(float), 0.0
    for _ in range(ROUNDS):
        table = sheet.filled(weights)[rows]
        columns = kept.copy()
        while columns.any():
            found, intercept = _coefficients(table[:, columns], sheet.lost[rows], strength)
            if found.min() >= 0:
                break
            columns[np.flatnonzero(columns)[found.argmin()]] = False
        if not columns.any():
            return np.zeros(len(kept)), 0.0
        weights = np.zeros(len(kept))
        weights[columns] = found
    return weights, intercept


def _of_wrong_sign(sheet: Sheet, strength: float, kept: Flags) -> dict[str, Dropped]:
    weights = _weights(sheet, np.arange(len(sheet.lost)), strength, kept)
    return {sheet.names[place]: Dropped.WRONG_SIGN for place in np.flatnonzero(kept & (weights == 0))}


def _losses(sheet: Sheet, folds: Iterable[Fold], strength: float, kept: Flags) -> Numbers:
    """Return how surprising each tested case was: minus the logarithm of the chance given to its outcome."""
    losses = []
    for learn, test in folds:
        weights, intercept = _fit_rows(sheet, learn, strength, kept)
        chance = logistic(sheet.filled(np.where(weights.any(), weights, kept))[test] @ weights + intercept)
        right = np.where(sheet.lost[test], 1 - chance, chance)
        losses.append(-np.log(np.clip(right, 1e-12, 1)))
    return np.concatenate(losses)


def _best_strength(sheet: Sheet, folds: Sequence[Fold], kept: Flags) -> float:
    return min(STRENGTHS, key=lambda strength: _losses(sheet, folds, strength, kept).mean())


def _idle_feature(sheet: Sheet, folds: Sequence[Fold], strength: float, kept: Flags) -> str | None:
    """Return the feature that is missed least, if it is not missed for certain; None when all are."""
    if kept.sum() < 2:  # noqa: PLR2004  # A single feature has nothing to be compared with.
        return None
    full = _losses(sheet, folds, strength, kept)
    missed = {}
    for place in np.flatnonzero(kept):
        without = kept.copy()
        without[place] = False
        worse = _losses(sheet, folds, strength, without) - full
        missed[sheet.names[place]] = worse.mean() / (worse.std() / sqrt(len(worse)) or 1.0)
    least = min(missed, key=lambda name: missed[name])
    return least if missed[least] < ERRORS_TO_STAY else None


def _held_out_auc(sheet: Sheet, folds: Sequence[Fold], strength: float, kept: Flags) -> float:
    """Return the mean AUC of the folds' tests."""
    reached = []
    for learn, test in folds:
        points = sheet.points(_weights(sheet, learn, strength, kept))[test]
        reached.append(auc(-np.nan_to_num(points, nan=np.nanmedian(points)), sheet.lost[test]) or 0.5)
    return float(np.mean(reached))


def _reweighted(model: Model, sheet: Sheet, weights: Numbers) -> Model:
    """Put fitted weights into a model: they add up to 100, and what has none is left out."""
    scaled = np.round(weights / weights.sum() * WHOLE, 1)
    scaled = np.where(weights > 0, np.maximum(scaled, LEAST_WEIGHT), 0.0)
    by_name = dict(zip(sheet.names, map(float, scaled), strict=True))
    components = []
    for component in model.components:
        features = tuple(
            replace(feature, weight=by_name[f"{component.name}.{feature.name}"])
            for feature in component.features
            if by_name[f"{component.name}.{feature.name}"]
        )
        if features:
            weight = round(sum(feature.weight for feature in features), 1)
            components.append(replace(component, features=features, weight=weight))
    watch, healthy = _bands(sheet, weights)
    return replace(model, components=tuple(components), watch_from=watch, healthy_from=healthy)


def _bands(sheet: Sheet, weights: Numbers) -> tuple[float, float]:
    """Choose bands by the odds of being lost: at risk from twice those of all on, healthy up to those of all.

    Source: a logistic curve of outcomes over points, which crosses each of the two at one score.
    """
    points = sheet.points(weights) * WHOLE
    known = ~np.isnan(points)
    slope, intercept = _coefficients(points[known, None] / WHOLE, sheet.lost[known], STRENGTHS[-1])
    base = log((~sheet.lost).sum() / sheet.lost.sum())
    healthy, watch = ((base - shift - intercept) / slope[0] * WHOLE for shift in (0.0, log(AT_RISK_ODDS)))
    watch = min(max(round(watch, 1), 1.0), 98.0)
    return watch, min(max(round(healthy, 1), watch + 1.0), 99.0)
