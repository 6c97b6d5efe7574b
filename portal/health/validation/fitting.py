"""Weights learned from outcomes; needs the extra `fit`."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.statistics import TOO_FEW
from portal.health.model import Fitted, Model
from portal.health.validation.cases import Case, named_features
from portal.health.validation.rules import (
    FOLDS,
    SEED,
    Flags,
    Numbers,
    Places,
    auc,
    aucs,
    is_too_few,
    logistic,
)

STRENGTHS: Final = (0.01, 0.1, 1.0, 10.0, 100.0)
"""How little the weights are pulled towards zero: scikit-learn's C, the inverse of the penalty."""
ROUNDS: Final = 4
EVEN: Final = 0.5
SMALLEST: Final = 1e-12
OFFSET: Final = 10.0
"""Makes the penalty on what each horizon begins with a hundredth, so that only features are held back."""
WHOLE: Final = 100.0
LEAST_WEIGHT: Final = 0.1
LONGEST_NOTE: Final = 200
AT_RISK_ODDS: Final = 2.0

Fold = tuple[Places, Places]
Part = tuple[Places, Places, Flags]
"""A fold with the columns that its own cases to learn from leave in."""


class Dropped(StrEnum):
    """Why a feature has no weight."""

    LEAK = "leak"  # It may know the outcome.
    TOO_FEW = "too_few"  # It has evidence in fewer than 20 cases of either outcome.
    WRONG_SIGN = "wrong_sign"  # More of it goes with worse outcomes, against what it says of itself.
    TELLS_NOTHING = "tells_nothing"  # Alone it does not tell the lost from the kept: its AUC may be one half.


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
        self.horizons = np.array([case.horizon for case in cases])
        self.accounts = np.unique([case.account for case in cases], return_inverse=True)[1]
        self.offsets = (self.horizons[:, None] == np.unique(self.horizons)).astype(float)

    def points(self, weights: Numbers) -> Numbers:
        """Return the score of each case under other weights, 0…1; not a number without evidence."""
        tops, whole = np.zeros(len(self.values)), np.zeros(len(self.values))
        for mean, heard in self._sides(weights):
            tops += np.where(np.isnan(mean), 0.0, mean) * heard
            whole += heard
        points: Numbers = np.divide(tops, whole, out=np.full(len(tops), np.nan), where=whole > 0)
        return points

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
    everything = np.arange(len(cases))
    dropped = _unusable(sheet, leaks, everything)
    columns = _left_in(sheet, dropped)
    parts = [
        (learn, test, _left_in(sheet, _unusable(sheet, leaks, learn)))
        for learn, test in time_ordered_folds(cases)
    ]
    strength = min(STRENGTHS, key=lambda strength: _loss(sheet, parts, strength))
    weights = _learn(sheet, everything, strength, columns)[0]
    if not weights.any():
        raise InvalidError(N_("No feature tells the lost from the kept; nothing can be fitted."), field=None)
    reached = _held_out_auc(sheet, parts, strength)
    wrong = {sheet.names[place]: Dropped.WRONG_SIGN for place in np.flatnonzero(columns & (weights == 0))}
    fitted = Fitted(
        on=on,
        accounts=len({case.account for case in cases}),
        lost=len({case.account for case in cases if case.is_lost}),
        until=max(case.as_of for case in cases),
        auc=round(reached, 3),
    )
    return Fit(
        weights=dict(zip(sheet.names, map(float, weights), strict=True)),
        dropped=dropped | wrong,
        strength=strength,
        auc=reached,
        model=replace(_reweighted(model, sheet, weights), version=version, fitted=fitted),
    )


def time_ordered_folds(cases: Sequence[Case]) -> list[Fold]:
    """Return pairs of (learn from, test on): the test is on other accounts, when what is learnt was known.

    Where the days give no such pair, as when all were asked on one day, accounts are dealt into folds.
    """
    lost = np.array([case.is_lost for case in cases])
    accounts = np.unique([case.account for case in cases], return_inverse=True)[1]
    days = np.array([case.as_of.toordinal() for case in cases])
    known = np.array([case.known_on.toordinal() for case in cases])
    edges = np.unique(np.quantile(days, np.linspace(0, 1, FOLDS + 1), method="lower"))
    tests = [(days >= low) & (days < high) for low, high in zip(edges, [*edges[1:], np.inf], strict=True)]
    pairs = [(_known_before(days, known, accounts, test), test) for test in tests]
    if not any(_is_usable(lost, *pair) for pair in pairs):
        dealt = np.random.default_rng(SEED).permutation(accounts.max() + 1)[accounts] % FOLDS
        pairs = [(dealt != number, dealt == number) for number in range(FOLDS)]
    return [(np.flatnonzero(a), np.flatnonzero(b)) for a, b in pairs if _is_usable(lost, a, b)]


def _known_before(days: Places, known: Places, accounts: Places, test: Flags) -> Flags:
    if not test.any():
        return test
    before: Flags = (known < days[test].min()) & ~np.isin(accounts, accounts[test])
    return before


def _is_usable(lost: Flags, learn: Flags, test: Flags) -> bool:
    return all(0 < lost[part].sum() < part.sum() for part in (learn, test))


def _left_in(sheet: Sheet, dropped: Collection[str]) -> Flags:
    return np.array([name not in dropped for name in sheet.names])


def _unusable(sheet: Sheet, leaks: Collection[str], rows: Places) -> dict[str, Dropped]:
    """Say of which features some cases do not show that they are of any use."""
    dropped = dict.fromkeys(leaks, Dropped.LEAK)
    for name, column in zip(sheet.names, sheet.values.T, strict=True):
        known = rows[~np.isnan(column[rows])]
        if is_too_few(sheet.lost[known]):
            dropped.setdefault(name, Dropped.TOO_FEW)
            continue
        risks = -_ranks_within(column[known], sheet.horizons[known])
        (alone,), _gains = aucs([risks], sheet.lost[known], sheet.accounts[known])
        if alone.high is not None and alone.high < EVEN:
            dropped.setdefault(name, Dropped.WRONG_SIGN)
        elif alone.low is None or alone.low <= EVEN:
            dropped.setdefault(name, Dropped.TELLS_NOTHING)
    return dropped


def _ranks_within(values: Numbers, horizons: Places) -> Numbers:
    """Return each value's place among those of its horizon, 0…1, so that horizons can be put together."""
    ranks = np.empty(len(values))
    for horizon in np.unique(horizons):
        own = horizons == horizon
        ordered = np.sort(values[own])
        below = np.searchsorted(ordered, values[own], side="left")
        up_to = np.searchsorted(ordered, values[own], side="right")
        ranks[own] = (below + up_to) / (2 * own.sum())
    return ranks


def _learn(sheet: Sheet, rows: Places, strength: float, columns: Flags) -> tuple[Numbers, Numbers]:
    """Fit weights, none below zero, and the log-odds of being kept that each horizon begins with.

    What speaks against its own meaning is taken out, the worst first. What is missing is filled anew as the
    weights settle.
    """
    weights, starts = columns.astype(float), np.zeros(sheet.offsets.shape[1])
    for _ in range(ROUNDS):
        table, chosen = sheet.filled(weights)[rows], columns.copy()
        found = np.zeros(0)
        while chosen.any():
            found, starts = _coefficients(table[:, chosen], sheet.offsets[rows], sheet.lost[rows], strength)
            if found.min() >= 0:
                break
            chosen[np.flatnonzero(chosen)[found.argmin()]] = False
        if not chosen.any():
            return np.zeros(len(columns)), starts
        weights = np.zeros(len(columns))
        weights[chosen] = found
    return weights, starts


def _coefficients(table: Numbers, offsets: Numbers, lost: Flags, strength: float) -> tuple[Numbers, Numbers]:
    """Fit how much each column speaks for keeping, with an L2 penalty, and what each offset adds."""
    design = np.hstack([table, offsets * OFFSET])
    model = LogisticRegression(C=strength, fit_intercept=False, solver="newton-cholesky", max_iter=200)
    found = model.fit(design, ~lost).coef_[0]
    return found[: table.shape[1]], found[table.shape[1] :] * OFFSET


def _loss(sheet: Sheet, parts: Sequence[Part], strength: float) -> float:
    """Return how surprising a tested case was: the mean of minus the logarithm of its outcome's chance."""
    losses = []
    for learn, test, columns in parts:
        weights, starts = _learn(sheet, learn, strength, columns)
        table = sheet.filled(weights if weights.any() else columns.astype(float))[test]
        chance = logistic(table @ weights + sheet.offsets[test] @ starts)
        losses.append(-np.log(np.clip(np.where(sheet.lost[test], 1 - chance, chance), SMALLEST, 1)))
    return float(np.concatenate(losses).mean())


def _held_out_auc(sheet: Sheet, parts: Sequence[Part], strength: float) -> float:
    """Return the mean AUC of the folds' tests, horizon by horizon."""
    reached = []
    for learn, test, columns in parts:
        points = sheet.points(_learn(sheet, learn, strength, columns)[0])[test]
        for horizon in np.unique(sheet.horizons[test]):
            own = (sheet.horizons[test] == horizon) & ~np.isnan(points)
            reached.append(auc(-points[own], sheet.lost[test][own]))
    known = [value for value in reached if value is not None]
    return float(np.mean(known)) if known else EVEN


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
    one = np.ones((int(known.sum()), 1))
    (slope,), (intercept,) = _coefficients(points[known, None] / WHOLE, one, sheet.lost[known], STRENGTHS[-1])
    base = log((~sheet.lost).sum() / sheet.lost.sum())
    healthy, watch = ((base - shift - intercept) / slope * WHOLE for shift in (0.0, log(AT_RISK_ODDS)))
    watch = min(max(round(watch, 1), 1.0), 98.0)
    return watch, min(max(round(healthy, 1), watch + 1.0), 99.0)
