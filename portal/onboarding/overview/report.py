"""The figures of onboarding as a report: plain text, or data for another program."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import TouchTier
from portal.core.statistics import Rate
from portal.onboarding.overview.figures import runs_for, step_counts_for
from portal.onboarding.overview.queries import map_named, maps_for, standing_counts_for
from portal.onboarding.overview.rules import (
    FunnelStep,
    TimeTaken,
    completion_rate,
    funnel,
    time_to_first_value,
)
from portal.onboarding.overview.wanted import Wanted
from portal.onboarding.rules import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """The figures of the checklists of a map, an empty text for all maps, and of a tier, None for all."""

    map: str
    tier: TouchTier | None
    completion: Rate
    first_value: TimeTaken
    steps: Sequence[FunnelStep]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """How onboarding stood on a day."""

    as_of: date
    standings: Mapping[Standing, int]
    sections: Sequence[Section]


def report_for(session: Session, actor: Actor, slug: str, *, as_of: date) -> Report:
    """Make the report of a map, or of all maps for an empty slug.

    Raises:
        NotFoundError: no such map that the actor may see.
    """
    slugs = (
        [map_named(session, actor, slug).slug] if slug else [each.slug for each in maps_for(session, actor)]
    )
    wanted = [
        *([] if slug else [Wanted()]),
        *(Wanted(map=each, tier=tier) for each in slugs for tier in (None, *TouchTier)),
    ]
    sections = [_section(session, actor, each, as_of) for each in wanted]
    return Report(
        as_of=as_of,
        standings=standing_counts_for(session, actor, Wanted(map=slug, begun_by=as_of), today=as_of),
        sections=[section for section in sections if section],
    )


def _section(session: Session, actor: Actor, wanted: Wanted, as_of: date) -> Section | None:
    """Return the figures of some checklists; None if there is none."""
    runs = runs_for(session, actor, wanted, today=as_of)
    if not runs:
        return None
    counts = step_counts_for(session, actor, wanted, today=as_of) if wanted.map else []
    return Section(
        map=wanted.map,
        tier=wanted.tier,
        completion=completion_rate(runs, today=as_of),
        first_value=time_to_first_value(runs),
        steps=funnel(counts, runs),
    )


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as JSON has it; medians are days, None where not reached."""
    return {
        "as_of": report.as_of.isoformat(),
        "standings": dict(report.standings),
        "sections": [
            {
                "map": section.map or None,
                "tier": section.tier,
                "completion_rate": _rate(section.completion),
                "time_to_first_value": _time(section.first_value),
                "steps": [_step(step) for step in section.steps],
            }
            for section in report.sections
        ],
    }


def _step(step: FunnelStep) -> dict[str, Any]:
    count = step.count
    return {
        "key": count.step.key,
        "title": count.step.titles,
        "started": count.started,
        "finished": count.finished,
        "finished_rate": _rate(count.finished_rate),
        "overdue": count.overdue,
        "overdue_rate": _rate(count.overdue_rate),
        "stuck": count.stuck,
        "days_from_start": _time(step.from_start),
        "days_once_ready": _time(step.from_ready),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "part": rate.numerator,
        "whole": rate.denominator,
        "share": rate.share,
        "low": rate.interval.low,
        "high": rate.interval.high,
    }


def _time(time: TimeTaken) -> dict[str, Any]:
    median = time.median
    ended = {"part": time.ended.numerator, "whole": time.ended.denominator}
    return ended | {"median": median.value, "low": median.low, "high": median.high}


def as_lines(report: Report) -> Iterator[str]:
    """Yield a report as the lines of a plain text."""
    yield f"Onboarding as of {report.as_of}"
    yield ""
    yield from (f"{standing:<12}{count:>6}" for standing, count in report.standings.items())
    for section in report.sections:
        yield ""
        yield f"{section.map or 'All maps'}, touch tier: {section.tier or 'any'}"
        yield f"  {'completion rate':<22}{_rate_text(section.completion)}"
        yield f"  {'time to first value':<22}{_days_text(section.first_value)}"
        if section.steps:
            yield f"  {'step':<30}{'begun':>6}{'done':>6}{'late':>6}{'stuck':>6}  {_HEADINGS}"
        for step in section.steps:
            yield _step_line(step)


_HEADINGS = f"{'days from the start':<36}days once ready"


def _step_line(step: FunnelStep) -> str:
    count = step.count
    numbers = "".join(
        f"{number:>6}" for number in (count.started, count.finished, count.overdue, count.stuck)
    )
    times = f"{_days_text(step.from_start):<36}{_days_text(step.from_ready)}"
    return f"  {count.step.title('en')[:29]:<30}{numbers}  {times}"


def _rate_text(rate: Rate) -> str:
    counts = f"[{rate.numerator} of {rate.denominator}]"
    if rate.share is None or rate.too_few:
        return f"too few to tell  {counts}"
    return f"{rate.share:.1%} ({rate.interval.low:.1%} to {rate.interval.high:.1%})  {counts}"


def _days_text(time: TimeTaken) -> str:
    counts, median = f"[{time.ended.numerator} of {time.ended.denominator}]", time.median
    if median.value is None:
        return f"not reached  {counts}"
    high = "not reached" if median.high is None else f"{median.high:g}"
    return f"{median.value:g} ({median.low:g} to {high})  {counts}"
