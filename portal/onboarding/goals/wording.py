"""Goals in words: what they ask for, how their value comes about, how they stand."""

from collections.abc import Iterator, Mapping
from typing import Final

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.onboarding.goals.models import Direction, Goal
from portal.onboarding.goals.rules import GoalState

DIRECTIONS: Final[Mapping[Direction, object]] = {
    Direction.AT_LEAST: _l("At least"),
    Direction.AT_MOST: _l("At most"),
}
STATES: Final[Mapping[GoalState, tuple[str, object]]] = {
    GoalState.REACHED: ("good", _l("Goal reached")),
    GoalState.MISSED: ("risk", _l("Missed")),
    GoalState.DUE_SOON: ("watch", _l("Due soon")),
    GoalState.ON_TIME: ("", _l("On time")),
}
"""Each with the kind of its mark."""

KINDS: Final[Mapping[str, object]] = {
    "article.viewed": _l("Articles opened"),
    "article.read": _l("Articles read"),
    "article.voted": _l("Articles rated"),
    "video.watched": _l("Parts of videos watched"),
    "search.performed": _l("Searches"),
    "question.asked": _l("Questions asked"),
    "answer.posted": _l("Answers given"),
    "answer.accepted": _l("Answers accepted"),
    "user.signed_in": _l("Sign-ins"),
    "feature.used": _l("Uses of features"),
}


PRODUCT: Final = "product."
"""How the kinds begin that the product made up."""


def has_words(kind: str) -> bool:
    """Tell whether people can be told what signals of a kind are."""
    return kind in KINDS or kind.startswith(PRODUCT)


def called(kind: str) -> str:
    """Say what signals of a kind are; what has no words is called by its kind."""
    if kind.startswith(PRODUCT):
        return str(_("In the product: %(name)s", name=kind.removeprefix(PRODUCT)))
    return str(KINDS.get(kind, kind))


def target(goal: Goal) -> str:
    """Say what a goal asks for."""
    words = {"measure": goal.measure, "target": format_decimal(goal.target)}
    if goal.direction is Direction.AT_LEAST:
        return str(_("%(measure)s: at least %(target)s", **words))
    return str(_("%(measure)s: at most %(target)s", **words))


def source(goal: Goal) -> Iterator[str]:
    """Say how the value of a goal comes about, bit by bit."""
    if goal.kind is None:
        yield _("Entered by hand")
        return
    yield _("Counted by itself: %(what)s", what=called(goal.kind))
    if goal.last_days is None:
        yield _("Since the start")
    else:
        yield ngettext("Only today", "In the last %(num)d days", goal.last_days)
    if goal.counts_people:
        yield _("Each person counts once")


def progress(goal: Goal) -> str:
    """Say how far a goal is."""
    if goal.value is None:
        return str(_("No value yet"))
    return str(_("Now %(value)s", value=format_decimal(goal.value)))
