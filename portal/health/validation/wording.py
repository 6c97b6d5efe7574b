"""Validations in words."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from portal.adoption.wording import label_of
from portal.health.model import Model
from portal.health.validation.cases import Asked, named_features
from portal.health.validation.leaks import Leak
from portal.health.validation.report import Horizon
from portal.health.validation.rules import Estimate

FIGURE: Final = "0.000"
SIGNED: Final = "+0.000;-0.000"

OUTCOMES: Final[Mapping[str, Callable[[], str]]] = {
    "churned": lambda: _("left"),
    "contracted": lambda: _("pay less"),
    "renewed": lambda: _("renewed"),
    "expanded": lambda: _("pay more"),
    "active": lambda: _("still pay"),
}
ALARMS: Final[Mapping[str, Callable[[], str]]] = {
    "at_risk": lambda: _("At risk"),
    "watch": lambda: _("At risk or watch"),
}
LEAKS: Final[Mapping[str, Callable[[], str]]] = {
    Leak.RECORDED_LATE: lambda: _("Most of it was recorded after the outcome: it may know it."),
    Leak.ONLY_AFTER: lambda: _("Its signals come with the outcome or after it: it may know it."),
    Leak.PERFECT: lambda: _("It is right almost every time: check whether it knows the outcome."),
}


def when_text(asked: Asked, days: int) -> str:
    """Say on which day accounts were asked about."""
    if asked is Asked.ON:
        return str(_("On one day"))
    if asked is Asked.AFTER:
        return str(ngettext("%(num)d day after the start", "%(num)d days after the start", days))
    return str(ngettext("%(num)d day before the outcome", "%(num)d days before the outcome", days))


def verdict_text(horizon: Horizon, *, by_sign_in: bool) -> str:
    """Say in a sentence whether the score is better than looking at idleness alone."""
    if by_sign_in:
        return str(
            _("The score tells better than the days since the last sign-in alone.")
            if horizon.beats_baseline
            else _("The score does not beat the days since the last sign-in: those alone tell as well.")
        )
    return str(
        _("The score tells better than the days since the last signal alone.")
        if horizon.beats_baseline
        else _("The score does not beat the days since the last signal: those alone tell as well.")
    )


def pairs_text(horizon: Horizon) -> str:
    """Say what the AUC means, in pairs of accounts."""
    return str(
        _(
            "Of one account that was lost and one that was kept, the lost one had the lower score "
            "in %(share)s of all pairs; tossing a coin gives 50 %%.",
            share=format_percent(horizon.auc.value or 0.0, "0.0%"),
        )
    )


def counts_text(horizon: Horizon) -> str:
    """Say how many accounts stand behind the figures."""
    return str(
        ngettext(
            "%(num)d case: %(lost)s lost, %(kept)s kept, %(unscored)s without a score.",
            "%(num)d cases: %(lost)s lost, %(kept)s kept, %(unscored)s without a score.",
            horizon.cases,
            lost=format_decimal(horizon.lost),
            kept=format_decimal(horizon.kept),
            unscored=format_decimal(horizon.unscored),
        )
    )


def figure_text(estimate: Estimate, *, signed: bool = False) -> str:
    """Write a figure."""
    if estimate.value is None:
        return str(_("Too few to tell"))
    return str(format_decimal(estimate.value, SIGNED if signed else FIGURE))


def interval_text(estimate: Estimate, *, signed: bool = False) -> str:
    """Write the 95 % interval of a figure; nothing when it has none."""
    if estimate.low is None or estimate.high is None:
        return ""
    pattern = SIGNED if signed else FIGURE
    return str(
        _(
            "%(low)s to %(high)s",
            low=format_decimal(estimate.low, pattern),
            high=format_decimal(estimate.high, pattern),
        )
    )


def feature_names(model: Model, language: str) -> Mapping[str, str]:
    """Return the features of a model in words, by full name."""
    return {
        name: f"{label_of(component, language)} › {label_of(feature, language)}"
        for name, component, feature in named_features(model)
    }
