"""Validations as plain text, for terminals and logs."""

from collections.abc import Iterator, Mapping

from portal.core.statistics import Rate
from portal.health.validation.cases import Asked
from portal.health.validation.report import Horizon, Report
from portal.health.validation.rules import Estimate


def report_text(report: Report) -> str:
    """Write a report: figures with their intervals, or that there are too few."""
    outcomes = ", ".join(f"{count} {name}" for name, count in report.outcomes.items())
    lines = [
        f"model {report.model} on {report.source}: {outcomes}",
        "What goes together is an association; it does not say what makes accounts stay.",
    ]
    for horizon in report.horizons:
        lines += ["", *_horizon(report, horizon)]
    return "\n".join([*lines, ""])


def when_text(asked: Asked, days: int) -> str:
    """Say on which day accounts were asked about."""
    return {
        Asked.BEFORE: f"{days} days before the outcome",
        Asked.AFTER: f"{days} days after the start",
        Asked.ON: "on the day",
    }[asked]


def _horizon(report: Report, horizon: Horizon) -> Iterator[str]:
    counts = f"{horizon.cases} accounts, {horizon.lost} lost, {horizon.kept} kept"
    counts += f", {horizon.unscored} without a score"
    yield f"{when_text(report.asked, horizon.days)}: {counts}"
    if horizon.too_few:
        yield "  too few to tell"
        return
    yield f"  AUC                   {_estimate(horizon.auc)}"
    since = "last sign-in" if report.by_sign_in else "last signal"
    yield f"  baseline ({since}) {_estimate(horizon.baseline)}"
    yield f"  gain over it          {_estimate(horizon.gain, signed=True)}  {_verdict(horizon)}"
    if horizon.lift.times is not None:
        lift = f"{horizon.lift.lost:.0f} of {horizon.lift.cases} lost"
        yield f"  worst tenth           {horizon.lift.times:.2f} times the average ({lift})"
    yield f"  Brier score           {horizon.brier:.4f}; {horizon.brier_base:.4f} from the average alone"
    bins = "  ".join(f"{each.predicted:.0%}→{each.lost.share or 0:.0%}" for each in horizon.bins)
    yield f"  chance → lost         {bins}"
    for alarm in horizon.alarms:
        figures = f"precision {_rate(alarm.precision)}, recall {_rate(alarm.recall)}"
        yield f"  {alarm.band + ' or worse':21} {figures}"
    for part in horizon.parts:
        figure = "too few to tell" if part.auc.value is None else _estimate(part.auc)
        yield f"  tier {part.tier or 'unknown':16} {figure}  ({part.lost} of {part.cases} lost)"
    for feature in horizon.features:
        figure = f"too few to tell ({feature.lost} of {feature.cases} lost)"
        figure = figure if feature.auc.value is None else _estimate(feature.auc)
        yield f"    {feature.feature:32} {figure}{'  LEAK? ' + feature.leak if feature.leak else ''}"


def _verdict(horizon: Horizon) -> str:
    return "" if horizon.beats_baseline else "does not beat the baseline"


def _estimate(estimate: Estimate, *, signed: bool = False) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    sign = "+" if signed else ""
    return f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"


def _rate(rate: Rate) -> str:
    counts = f"{rate.numerator} of {rate.denominator}"
    return (
        f"too few to tell ({counts})"
        if rate.too_few or rate.share is None
        else f"{rate.share:.0%} ({counts})"
    )


def fit_text(weights: Mapping[str, float], dropped: Mapping[str, str], model: str) -> str:
    """Say which features of a model got which weight, and why the others got none."""
    whole = sum(weights.values()) or 1.0
    lines = [
        f"Fitted from model {model}.",
        "Bands: at risk from twice the average odds of being lost on, healthy below the average odds.",
    ]
    lines += [
        f"{name}: weight {weight / whole:.0%}" for name, weight in weights.items() if name not in dropped
    ]
    return "\n".join([*lines, *(f"{name}: left out, {reason}" for name, reason in dropped.items())])
