"""Scores and models in words, put together in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from portal.adoption.kinds import kind_named
from portal.adoption.wording import label_of
from portal.health.display import TENTH_E4, tenths
from portal.health.explanation import NextStep
from portal.health.model import ANY_PRODUCT, Feature, Measure, Saturating
from portal.health.reasons import Reason, ReasonKind

POINTS: Final = "#,##0.0"
SIGNED: Final = "+#,##0.0;-#,##0.0"


BANDS: Final[Mapping[str, Callable[[], str]]] = {
    "at_risk": lambda: _("At risk"),
    "watch": lambda: _("Watch"),
    "healthy": lambda: _("Healthy"),
    "unknown": lambda: _("Too little data"),
}


def points_text(points_e4: int) -> str:
    """Write a score or a part of one with one decimal."""
    return tenths_text(tenths(points_e4))


def tenths_text(count: int, *, signed: bool = False) -> str:
    """Write tenths of a point with one decimal."""
    text: str = format_decimal(count / 10, SIGNED if signed and count else POINTS)
    return text


def _some_points(points_e4: int) -> str:
    text: str = format_decimal(round(points_e4 / TENTH_E4) / 10, POINTS)
    return text


def reason_text(reason: Reason, language: str) -> str:
    """Say what stands out about an account."""
    name = label_of(reason.about, language) if reason.about else ""
    points = _some_points(reason.points_e4)
    sentences = {
        ReasonKind.UNKNOWN: lambda: _("Nothing is known about it yet."),
        ReasonKind.FELL: lambda: _(
            "%(name)s fell by %(points)s points in 28 days.", name=name, points=points
        ),
        ReasonKind.MISSING: lambda: _("%(name)s: %(points)s points short.", name=name, points=points),
        ReasonKind.NOTHING: lambda: _("Doing well on every side."),
    }
    text: str = sentences[reason.kind]()
    return text


def next_step_text(step: NextStep, language: str) -> str:
    """Say what would raise the score most."""
    text: str = _(
        "%(component)s: one more for “%(feature)s” would add %(points)s points.",
        component=label_of(step.component, language),
        feature=label_of(step.feature, language),
        points=_some_points(step.gain_e4),
    )
    return text


def raw_text(feature: Feature, raw: float | None) -> str:
    """Write what a feature measured, with its unit."""
    if raw is None:
        return str(_("No evidence"))
    if feature.measure in {Measure.SHARE, Measure.TREND}:
        return str(format_percent(raw))
    if feature.measure is Measure.STREAK:
        return str(ngettext("%(num)d week", "%(num)d weeks", round(raw)))
    number = format_decimal(raw, "#,##0.0#")
    if feature.measure is Measure.RECENCY_DAYS:
        return str(_("%(number)s days", number=number))
    return str(_("%(number)s per seat", number=number)) if feature.per_seat else str(number)


MEASURES: Final[Mapping[Measure, Callable[[], str]]] = {
    Measure.COUNT: lambda: _("How often it happened"),
    Measure.DISTINCT_PEOPLE: lambda: _("How many different people"),
    Measure.RECENCY_DAYS: lambda: _("Days since the last time"),
    Measure.SHARE: lambda: _("Share"),
    Measure.TREND: lambda: _("How much of the last two periods falls into the last one"),
    Measure.STREAK: lambda: _("Weeks in a row"),
}
STEPS: Final[Mapping[str, Callable[[], str]]] = {
    "steps_required": lambda: _("Required steps"),
    "steps_completed": lambda: _("Completed steps"),
    "steps_due": lambda: _("Steps that are due"),
}


def measure_text(feature: Feature) -> str:
    """Say what a feature takes from the facts."""
    text = MEASURES[feature.measure]()
    return str(_("%(measure)s, per seat", measure=text)) if feature.per_seat else text


def kind_text(name: str, language: str) -> str:
    """Say what a feature looks at: a kind of signal, all of the product's own, or checklist steps."""
    if name in STEPS:
        return STEPS[name]()
    return (
        str(_("Anything the product reports"))
        if name == ANY_PRODUCT
        else label_of(kind_named(name), language)
    )


def kinds_text(names: Iterable[str], language: str) -> str:
    """Say what a feature looks at, one after the other."""
    return ("、" if language == "ja" else ", ").join(kind_text(name, language) for name in names)


def memory_text(feature: Feature) -> str:
    """Say how long facts count, and how soon they count half."""
    parts = []
    if feature.window_days:
        days = round(feature.window_days)
        parts.append(ngettext("%(num)d day", "%(num)d days", days))
    if feature.half_life_days:
        parts.append(_("half after %(days)s days", days=format_decimal(feature.half_life_days)))
    return " · ".join(parts) or str(_("For ever"))


def curve_text(feature: Feature) -> str:
    """Say how the number becomes 0 to 100 %."""
    if isinstance(feature.curve, Saturating):
        scale = format_decimal(feature.curve.scale)
        if feature.measure is Measure.RECENCY_DAYS:
            return str(_("Full at 0, 37%% at %(scale)s", scale=scale))
        return str(_("63%% at %(scale)s, ever more slowly towards full", scale=scale))
    if feature.measure in {Measure.SHARE, Measure.TREND}:
        return str(_("Evenly, full at %(target)s", target=format_percent(feature.curve.target)))
    return str(_("Evenly, full at %(target)s", target=format_decimal(feature.curve.target)))
