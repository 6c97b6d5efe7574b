"""A validation put together: what the figures are, horizon by horizon."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from portal.core.statistics import Rate
from portal.health.model import Band, Model
from portal.health.validation import rules
from portal.health.validation.cases import Asked, Case, named_features
from portal.health.validation.leaks import PERFECT, Leak, find_leaks
from portal.health.validation.rules import Bin, Estimate, Flags, Lift, Numbers, Places

NOTHING: Final = Estimate(None, None, None)
NEVER_IDLE_DAYS: Final = 1e6
"""Who was never heard of counts as idle for longer than anybody."""
ALARMS: Final = (Band.AT_RISK, Band.WATCH)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """What raising the alarm at a band or below it would have done.

    `precision` is how many of the accounts there were lost, `recall` how many of the lost were there.
    """

    band: str
    precision: Rate
    recall: Rate


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """How well the score told the lost from the kept in one tier."""

    tier: str
    cases: int
    lost: int
    auc: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A feature by how well it does alone, among the cases in which it has evidence; `leak` warns."""

    feature: str
    cases: int
    lost: int
    auc: Estimate
    leak: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Horizon:
    """How the scores of one number of days before the outcome, or after the start, turned out.

    `auc` is that of the score, `baseline` that of idleness alone, `gain` by how much the score is better.
    Each figure is without a value when the cases are too few. `brier_base` is the Brier score of giving
    every case the share that was lost.
    """

    days: int
    cases: int
    lost: int
    unscored: int
    auc: Estimate
    baseline: Estimate
    gain: Estimate
    lift: Lift
    brier: float | None
    brier_base: float | None
    bins: tuple[Bin, ...]
    alarms: tuple[Alarm, ...]
    parts: tuple[Part, ...]
    features: tuple[Ranked, ...]

    @property
    def kept(self) -> int:
        """How many were kept."""
        return self.cases - self.lost

    @property
    def too_few(self) -> bool:
        """Whether there are fewer than 20 of either outcome, so that only counts are shown."""
        return self.auc.value is None

    @property
    def beats_baseline(self) -> bool:
        """Whether the score is better than idleness alone, beyond what chance explains."""
        return self.gain.low is not None and self.gain.low > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A validation of one model: `asked` says from where `days` count, `source` whose history it is."""

    model: str
    source: str
    asked: Asked
    by_sign_in: bool
    outcomes: Mapping[str, int]
    horizons: tuple[Horizon, ...]

    def as_document(self) -> dict[str, Any]:
        """Return the report for other programs and for keeping."""
        return asdict(self)


def make_report(
    model: Model,
    cases: Sequence[Case],
    *,
    source: str,
    asked: Asked,
    by_sign_in: bool,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Report:
    """Compare scores with outcomes; `advance` is told of each horizon that is done."""
    leaks = find_leaks(model, cases)
    horizons = []
    for days in sorted({case.horizon for case in cases}):
        own = [case for case in cases if case.horizon == days]
        horizons.append(_horizon(model, own, days, leaks))
        advance(1)
    accounts = {(case.account, case.outcome) for case in cases}
    return Report(
        model=model.version,
        source=source,
        asked=asked,
        by_sign_in=by_sign_in,
        outcomes=dict(Counter(outcome.value for _account, outcome in sorted(accounts))),
        horizons=tuple(horizons),
    )


def _horizon(model: Model, cases: Sequence[Case], days: int, leaks: Mapping[str, Leak]) -> Horizon:
    lost = np.array([case.is_lost for case in cases], dtype=bool)
    accounts = np.unique([case.account for case in cases], return_inverse=True)[1]
    counts: dict[str, Any] = {
        "days": days,
        "cases": len(cases),
        "lost": int(lost.sum()),
        "unscored": sum(case.points is None for case in cases),
        "parts": _parts(cases, lost, accounts),
        "features": _ranking(model, cases, lost, accounts, leaks),
    }
    if rules.is_too_few(lost):
        return Horizon(
            **counts,
            auc=NOTHING,
            baseline=NOTHING,
            gain=NOTHING,
            lift=Lift(0, 0.0, None),
            brier=None,
            brier_base=None,
            bins=(),
            alarms=(),
        )
    risks = _risks(cases)
    idle = np.array([NEVER_IDLE_DAYS if case.idle_days is None else case.idle_days for case in cases], float)
    (auc, baseline), (gain,) = rules.aucs([risks, idle], lost, accounts)
    chance = rules.chances(risks, lost, accounts)
    return Horizon(
        **counts,
        auc=auc,
        baseline=baseline,
        gain=gain,
        lift=rules.worst_decile(risks, lost),
        brier=rules.brier(chance, lost),
        brier_base=rules.brier(np.full(len(lost), lost.mean()), lost),
        bins=rules.reliability(chance, lost),
        alarms=tuple(_alarm(cases, place) for place in range(len(ALARMS))),
    )


def _risks(cases: Sequence[Case]) -> Numbers:
    """Return 100 minus each score; who has none stands in the middle, where nothing is claimed of them."""
    points = np.array([np.nan if case.points is None else case.points for case in cases], dtype=float)
    middle = 50.0 if np.isnan(points).all() else float(np.nanmedian(points))
    risks: Numbers = 100.0 - np.nan_to_num(points, nan=middle)
    return risks


def _alarm(cases: Sequence[Case], place: int) -> Alarm:
    inside = [case.is_lost for case in cases if case.band in ALARMS[: place + 1]]
    lost = sum(case.is_lost for case in cases)
    return Alarm(
        band=ALARMS[place].value, precision=Rate(sum(inside), len(inside)), recall=Rate(sum(inside), lost)
    )


def _parts(cases: Sequence[Case], lost: Flags, accounts: Places) -> tuple[Part, ...]:
    risks, tiers = _risks(cases), np.array([case.tier for case in cases])
    parts = []
    for tier in np.unique(tiers):
        own = tiers == tier
        (auc,), _gains = (
            ([NOTHING], [])
            if rules.is_too_few(lost[own])
            else rules.aucs([risks[own]], lost[own], accounts[own])
        )
        parts.append(Part(tier=str(tier), cases=int(own.sum()), lost=int(lost[own].sum()), auc=auc))
    return tuple(parts) if len(parts) > 1 else ()


def _ranking(
    model: Model, cases: Sequence[Case], lost: Flags, accounts: Places, leaks: Mapping[str, Leak]
) -> tuple[Ranked, ...]:
    ranked = []
    for name, _component, _feature in named_features(model):
        known = np.array([case.values[name] is not None for case in cases], dtype=bool)
        values = np.array([case.values[name] or 0.0 for case in cases])
        estimate = NOTHING
        if not rules.is_too_few(lost[known]):
            (estimate,), _gains = rules.aucs([-values[known]], lost[known], accounts[known])
        leak = leaks.get(name)
        if leak is None and (estimate.value or 0.0) >= PERFECT:
            leak = Leak.PERFECT
        ranked.append(
            Ranked(
                feature=name,
                cases=int(known.sum()),
                lost=int(lost[known].sum()),
                auc=estimate,
                leak=None if leak is None else leak.value,
            )
        )
    return tuple(sorted(ranked, key=lambda each: -(each.auc.value or 0.0)))


def from_document(document: Mapping[str, Any]) -> Report:
    """Return the report that was kept."""
    horizons = tuple(map(_kept_horizon, document["horizons"]))
    return Report(**{**document, "asked": Asked(document["asked"]), "horizons": horizons})


def _kept_horizon(kept: Mapping[str, Any]) -> Horizon:
    estimates = {name: Estimate(**kept[name]) for name in ("auc", "baseline", "gain")}
    return Horizon(
        **{
            **kept,
            **estimates,
            "lift": Lift(**kept["lift"]),
            "bins": tuple(Bin(each["predicted"], Rate(**each["lost"])) for each in kept["bins"]),
            "alarms": tuple(
                Alarm(band=each["band"], precision=Rate(**each["precision"]), recall=Rate(**each["recall"]))
                for each in kept["alarms"]
            ),
            "parts": tuple(Part(**{**each, "auc": Estimate(**each["auc"])}) for each in kept["parts"]),
            "features": tuple(
                Ranked(**{**each, "auc": Estimate(**each["auc"])}) for each in kept["features"]
            ),
        }
    )
