"""Features that look too good: what may have known the outcome when it was measured."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from portal.core.statistics import TOO_FEW
from portal.health.model import Model
from portal.health.validation.cases import Case, Times, named_features

LATE_SHARE: Final = 0.5
AFTER_SHARE: Final = 0.9
PERFECT: Final = 0.99


class Leak(StrEnum):
    """Why a feature's figure is not to be trusted."""

    RECORDED_LATE = "recorded_late"  # Half or more of what it counted came in after the outcome.
    ONLY_AFTER = "only_after"  # Nine in ten of its signals are from the day of the outcome or later.
    PERFECT = "perfect"  # It tells the lost from the kept all but without error, which nothing honest does.


def find_leaks(model: Model, cases: Sequence[Case]) -> Mapping[str, Leak]:
    """Return the features whose signals may know the outcome, from when they happened and when they came in.

    When signals came in says nothing where most of all of them came in late, as after an import of years.
    """
    totals = {name: _total(cases, name) for name, _component, _feature in named_features(model)}
    counted = sum(times.counted for times in totals.values())
    is_import = sum(times.recorded_late for times in totals.values()) >= LATE_SHARE * counted
    return {
        name: warning
        for name, times in totals.items()
        if (warning := _warning(times, judge_recording=not is_import))
    }


def _total(cases: Sequence[Case], name: str) -> Times:
    mine = [case.times[name] for case in cases if name in case.times]
    return Times(
        counted=sum(times.counted for times in mine),
        recorded_late=sum(times.recorded_late for times in mine),
        dated=sum(times.dated for times in mine),
        after=sum(times.after for times in mine),
    )


def _warning(times: Times, *, judge_recording: bool) -> Leak | None:
    if judge_recording and times.counted >= TOO_FEW and times.recorded_late >= LATE_SHARE * times.counted:
        return Leak.RECORDED_LATE
    if times.dated >= TOO_FEW and times.after >= AFTER_SHARE * times.dated:
        return Leak.ONLY_AFTER
    return None
