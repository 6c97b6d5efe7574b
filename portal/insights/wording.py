"""Figures in words, put together in the reader's language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from flask_babel import format_decimal, format_percent, format_timedelta
from flask_babel import gettext as _

from portal.adoption.wording import label_of
from portal.insights.definition import Figure, Group
from portal.insights.figures import LowerBound, Total, Waiting
from portal.insights.gaps import Gap
from portal.insights.help_sessions import Outcome
from portal.insights.reading import Reading
from portal.insights.rules import Counted, Mean, Ratio

GROUPS: Final[Mapping[Group, Callable[[], str]]] = {
    Group.SELF_SERVICE: lambda: _("Self-service"),
    Group.PEER_HELP: lambda: _("Peer help"),
    Group.ONBOARDING: lambda: _("Onboarding"),
    Group.USE: lambda: _("Use"),
}
PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "all": lambda: _("All"),
    "counted": lambda: _("Counted"),
    "others": lambda: _("Not counted"),
    "sessions": lambda: _("Help sessions"),
    "requests": lambda: _("Requests"),
    "people": lambda: _("People"),
    "accounts": lambda: _("Accounts"),
    Outcome.PENDING: lambda: _("Pending"),
    Outcome.ESCALATED: lambda: _("Escalated"),
    Outcome.RESOLVED_EXPLICIT: lambda: _("Resolved explicitly"),
    Outcome.RESOLVED_IMPLICIT: lambda: _("Resolved implicitly"),
    Outcome.ABANDONED: lambda: _("Abandoned"),
}


def group_text(group: Group) -> str:
    """Say what some figures are about."""
    return GROUPS[group]()


def part_text(name: str) -> str:
    """Say which of the rows behind a figure these are."""
    return PARTS[name]()


def unit_of(figure: Figure, language: str) -> str:
    """Return what a figure counts."""
    return figure.unit_ja if language == "ja" else figure.unit_en


def meaning_of(figure: Figure, language: str) -> str:
    """Return the definition of a figure."""
    return figure.meaning_ja if language == "ja" else figure.meaning_en


def value_text(reading: Reading) -> str | None:
    """Write what a figure says, in one number; None when there is nothing to count."""
    if reading.is_empty:
        return None
    return str(_("Too few to tell")) if reading.too_few else _number_text(reading)


def _number_text(reading: Reading) -> str:
    numbers = reading.numbers
    match reading.result:
        case LowerBound(value=share):
            return str(format_percent(share))
        case Counted():
            return str(format_percent(numbers.share))
        case Waiting():
            return hours_text(numbers.value)
        case Total(value=count):
            return str(format_decimal(count))
        case _:
            return str(format_decimal(numbers.value, "#,##0.00"))


def hours_text(hours: float | None) -> str:
    """Write how long it takes; None has not been reached."""
    if hours is None:
        return str(_("Not reached yet"))
    return str(format_timedelta(timedelta(hours=hours), threshold=1.5))


def detail_text(reading: Reading, language: str) -> str:
    """Say what stands behind a figure that is no rate: counts with their unit."""
    numbers, unit = reading.numbers, unit_of(reading.figure, language)
    part, whole = format_decimal(numbers.numerator or 0), format_decimal(numbers.denominator or 0)
    match reading.result:
        case Total(parts=[_only]):
            return unit
        case Total():
            counts = [f"{part_text(some.name)} {format_decimal(len(some.ids))}" for some in reading.parts]
            return " · ".join(counts)
        case Mean():
            return str(_("%(count)s %(things)s", count=whole, things=unit))
        case Ratio():
            return f"{part} ÷ {whole} · {unit}"
        case Waiting():
            late = hours_text(numbers.ninetieth)
            return str(
                _(
                    "Median; the 90th percentile: %(late)s. %(part)s of %(whole)s have an answer.",
                    late=late,
                    part=part,
                    whole=whole,
                )
            )
        case Counted():
            return str(_("%(part)s of %(whole)s %(things)s", part=part, whole=whole, things=unit))


def figure_table(readings: Sequence[Reading], language: str) -> Iterator[Sequence[object]]:
    """Yield figures as the rows of a file, the names of the columns first."""
    yield (
        _("Figure"),
        _("Numerator"),
        _("Denominator"),
        _("Share"),
        _("Value"),
        _("Interval, low end"),
        _("Interval, high end"),
        _("90th percentile"),
    )
    for reading in readings:
        numbers = reading.numbers
        cells = (
            numbers.numerator,
            numbers.denominator,
            numbers.share,
            numbers.value,
            numbers.low,
            numbers.high,
            numbers.ninetieth,
        )
        yield (label_of(reading.figure, language), *("" if cell is None else cell for cell in cells))


def gap_table(gaps: Sequence[Gap]) -> Iterator[Sequence[object]]:
    """Yield gaps as the rows of a file, the names of the columns first."""
    yield (
        _("What people looked for"),
        _("Sessions"),
        _("Sessions before"),
        _("Escalation rate"),
        _("Cost"),
        _("Failed searches"),
        _("Unsolved questions"),
    )
    for gap in gaps:
        searches = sum(count for _query, count in gap.queries)
        yield (
            gap.title,
            gap.sessions,
            gap.before,
            gap.escalation_rate,
            gap.cost,
            searches,
            len(gap.questions),
        )
