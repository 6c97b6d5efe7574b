"""A scoring model: which features of an account make its health score, and how much each counts."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from math import expm1, inf
from pathlib import Path
from typing import Final

from portal.adoption.kinds import PRODUCT, is_known
from portal.core.errors import NotFoundError
from portal.core.i18n import N_
from portal.health.toml_table import TomlTable, read_toml

ANY_PRODUCT: Final = f"{PRODUCT}*"
STEP_COUNTS: Final = ("steps_required", "steps_completed", "steps_due")
FORGOTTEN_AFTER: Final = 20
"""So many half-lives after it happened a signal weighs less than a millionth, and is taken as forgotten."""
LONGEST_STREAK: Final = 364
"""A streak looks back over so many days, 52 weeks, unless its window says otherwise."""

_MODELS: Final = Path(__file__).with_name("scoring")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Band(StrEnum):
    """How an account fares, by its score."""

    AT_RISK = "at_risk"
    WATCH = "watch"
    HEALTHY = "healthy"


class Measure(StrEnum):
    """What of the facts a feature takes."""

    COUNT = "count"  # How many there are.
    DISTINCT_PEOPLE = "distinct_people"  # How many people are behind them.
    RECENCY_DAYS = "recency_days"  # How many days ago the last one was; the fewer, the better.
    SHARE = "share"  # How many there are for each of the facts (or due steps) `of`; at most 1.
    TREND = "trend"  # Which share of those of the last two windows lies in the last; 1/2 is as before.
    STREAK = "streak"  # In how many weeks in a row there was one.


@dataclass(frozen=True, slots=True)
class Saturating:
    """Rises ever more slowly towards 1: at `scale` to .63, at three times that to .95."""

    scale: float

    def value(self, raw: float) -> float:
        """Map 0… to 0…1."""
        return -expm1(-raw / self.scale)


@dataclass(frozen=True, slots=True)
class Linear:
    """Rises evenly and reaches 1 at `target`."""

    target: float

    def value(self, raw: float) -> float:
        """Map 0… to 0…1."""
        return min(raw / self.target, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """A number computed from an account's facts, and the curve that maps it into 0…1.

    `kinds` names signal kinds, `product.*` for all that the product made up, or (of a share) counts of
    checklist steps; the first is the typical one. Facts older than `window_days` do not count, and one
    `half_life_days` old counts half; None for no limit and no decay. With fewer than `min_evidence` facts on
    record (for a share: of the facts it is a share of), the feature says nothing.
    """

    name: str
    label_en: str
    label_ja: str
    measure: Measure
    kinds: tuple[str, ...]
    of: tuple[str, ...] = ()
    window_days: float | None = None
    half_life_days: float | None = None
    per_seat: bool = False
    curve: Saturating | Linear
    weight: float
    min_evidence: int = 1

    @property
    def reach_days(self) -> float:
        """How young, in days, a fact has to be to weigh anything; infinite when the feature never forgets.

        What is older can only show that there is evidence (see `min_evidence`), how long ago the last fact
        was, and who was ever seen.
        """
        if self.measure is Measure.TREND:
            return 2 * (self.window_days or inf)
        if self.measure is Measure.STREAK:
            return self.window_days or LONGEST_STREAK
        return min(self.window_days or inf, FORGOTTEN_AFTER * (self.half_life_days or inf))

    def value(self, raw: float) -> float:
        """Map a raw number into 0…1, where 1 is best."""
        reached = self.curve.value(raw)
        return 1 - reached if self.measure is Measure.RECENCY_DAYS else reached


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """A side of an account's health: the weighted mean of its features that have evidence."""

    name: str
    label_en: str
    label_ja: str
    weight: float
    features: tuple[Feature, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """What a model's weights were fitted on: accounts and how many of them were lost, up to a day.

    `auc` is the area under the ROC curve that was reached, 0…1.
    """

    on: str
    accounts: int
    lost: int
    until: date
    auc: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A version of how health is computed. `watch_from` and `healthy_from` are points, 0…100.

    `fitted` is None when its weights are judgements.
    """

    version: str
    watch_from: float
    healthy_from: float
    components: tuple[Component, ...]
    fitted: Fitted | None = None

    def band(self, points: float) -> Band:
        """Return the band of a score of 0…100 points."""
        if points < self.watch_from:
            return Band.AT_RISK
        return Band.WATCH if points < self.healthy_from else Band.HEALTHY


@cache
def shipped(version: str) -> Model:
    """Return a model that comes with the portal.

    Raises:
        NotFoundError: there is no such version.
    """
    path = _MODELS / f"{version}.toml"
    if not _NAME.fullmatch(version) or not path.is_file():
        raise NotFoundError(N_("There is no scoring model called %(version)s."), version=version)
    return load(path.read_text(encoding="utf-8"))


def load(text: str) -> Model:
    """Read a model from TOML.

    Raises:
        InvalidError: something is missing, unknown or out of bounds; says where.
    """
    root = read_toml(text)
    bands = root.table("bands")
    model = Model(
        version=_name(root, "version"),
        watch_from=bands.number("watch"),
        healthy_from=bands.number("healthy"),
        components=tuple(map(_component, root.tables("component"))),
        fitted=_fitted(root.table("fitted")) if "fitted" in root else None,
    )
    if not model.watch_from < model.healthy_from <= 100:  # noqa: PLR2004  # Points.
        raise bands.fault("healthy", N_("Line %(line)s: %(path)s must be above watch and at most 100."))
    bands.close()
    _refuse_repetition(root, "component", [component.name for component in model.components])
    root.close()
    return model


def _fitted(table: TomlTable) -> Fitted:
    fitted = Fitted(
        on=table.text("on"),
        accounts=table.count("accounts"),
        lost=table.count("lost"),
        until=table.day("until"),
        auc=table.number("auc"),
    )
    if fitted.lost > fitted.accounts:
        raise table.fault("lost", N_("Line %(line)s: %(path)s must not be more than accounts."))
    if fitted.auc > 1:
        raise table.fault("auc", N_("Line %(line)s: %(path)s must be at most 1."))
    table.close()
    return fitted


def _component(table: TomlTable) -> Component:
    component = Component(
        name=_name(table, "name"),
        label_en=table.text("label_en"),
        label_ja=table.text("label_ja"),
        weight=table.number("weight"),
        features=tuple(map(_feature, table.tables("feature"))),
    )
    _refuse_repetition(table, "feature", [feature.name for feature in component.features])
    table.close()
    return component


_MAY_DECAY: Final = (Measure.COUNT, Measure.DISTINCT_PEOPLE, Measure.SHARE)
_MAY_BE_PER_SEAT: Final = (Measure.COUNT, Measure.DISTINCT_PEOPLE)


def _feature(table: TomlTable) -> Feature:
    measure = Measure(table.text("measure", among=list(Measure)))
    is_share = measure is Measure.SHARE
    feature = Feature(
        name=_name(table, "name"),
        label_en=table.text("label_en"),
        label_ja=table.text("label_ja"),
        measure=measure,
        kinds=_kinds(table, "kinds", or_steps=is_share),
        of=_kinds(table, "of", or_steps=True) if is_share else (),
        window_days=_window(table, measure),
        half_life_days=table.optional_number("half_life_days") if measure in _MAY_DECAY else None,
        per_seat=measure in _MAY_BE_PER_SEAT and table.flag("per_seat"),
        curve=_curve(table),
        weight=table.number("weight"),
        min_evidence=table.count("min_evidence", default=1),
    )
    table.close()
    return feature


def _window(table: TomlTable, measure: Measure) -> float | None:
    if measure is Measure.RECENCY_DAYS:
        return None
    if measure is Measure.TREND:
        return table.number("window_days")
    return table.optional_number("window_days")


def _curve(table: TomlTable) -> Saturating | Linear:
    if table.text("curve", among=["saturating", "linear"]) == "saturating":
        return Saturating(table.number("scale"))
    return Linear(table.number("target"))


def _kinds(table: TomlTable, key: str, *, or_steps: bool) -> tuple[str, ...]:
    kinds = table.texts(key)
    for kind in kinds:
        if not (is_known(kind) or kind == ANY_PRODUCT or (or_steps and kind in STEP_COUNTS)):
            raise table.fault(
                key, N_("Line %(line)s: %(path)s names %(kind)s, which is not known."), kind=kind
            )
    return kinds


def _name(table: TomlTable, key: str) -> str:
    name = table.text(key)
    if not _NAME.fullmatch(name):
        raise table.fault(key, N_("Line %(line)s: %(path)s must be a short word in lower case."))
    return name


def _refuse_repetition(table: TomlTable, key: str, names: list[str]) -> None:
    for place, name in enumerate(names, 1):
        if name in names[: place - 1]:
            raise table.fault(
                f"{key}[{place}].name", N_("Line %(line)s: %(path)s repeats %(name)s."), name=name
            )
