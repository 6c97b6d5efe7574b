"""Versions of the scoring model in words, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from flask_babel import gettext as _

from portal.adoption.kinds import kind_named
from portal.health.model import ANY_PRODUCT, Feature, Model
from portal.health.versions.distribution import Spread
from portal.health.versions.models import ModelState
from portal.health.wording import kind_text, raw_text

STATES: Final[Mapping[ModelState, Callable[[], str]]] = {
    ModelState.DRAFT: lambda: _("Draft"),
    ModelState.ACTIVE: lambda: _("In use"),
    ModelState.RETIRED: lambda: _("Not in use"),
}


STEPS: Final[Mapping[str, Callable[[], str]]] = {
    "steps_required": lambda: _("The required steps of the account’s checklists that have begun."),
    "steps_completed": lambda: _("Required steps that are done."),
    "steps_due": lambda: _("Required steps whose day has come."),
}


def meanings(model: Model, language: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a model looks at: each kind's name, what it is called, and what it means."""
    features = [feature for component in model.components for feature in component.features]
    for kind in dict.fromkeys(kind for feature in features for kind in feature.kinds + feature.of):
        yield kind, kind_text(kind, language), _meaning(kind, language)


def _meaning(kind: str, language: str) -> str:
    if kind in STEPS:
        return STEPS[kind]()
    if kind == ANY_PRODUCT:
        return str(_("Whatever the product itself reports, under names of its own."))
    found = kind_named(kind)
    return found.meaning_ja if language == "ja" else found.meaning_en


def spread_text(feature: Feature, spread: Spread) -> str:
    """Say where most accounts lie."""
    if spread.quartiles is None:
        return str(_("No account has evidence for it."))
    low, middle, high = (raw_text(feature, value) for value in spread.quartiles)
    return str(
        _(
            "Median %(middle)s; half of the accounts lie between %(low)s and %(high)s.",
            low=low,
            middle=middle,
            high=high,
        )
    )
