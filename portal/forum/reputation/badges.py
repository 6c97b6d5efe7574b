"""The one registry of badges: what each is called, what it is for, and which facts earn it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from portal.core.i18n import N_
from portal.forum.reputation.rules import Facts

MANY: Final = 10
WELL_LIKED: Final = 5
BOTH: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """A badge; label and description are shown in the reader's language."""

    name: str
    label: str
    description: str
    is_earned: Callable[[Facts], bool]


_ALL: Final = (
    Badge(
        name="first_question",
        label=N_("First question"),
        description=N_("Asked a question."),
        is_earned=lambda facts: facts.questions > 0,
    ),
    Badge(
        name="first_answer",
        label=N_("First answer"),
        description=N_("Answered somebody’s question."),
        is_earned=lambda facts: facts.answers > 0,
    ),
    Badge(
        name="first_solution",
        label=N_("Problem solved"),
        description=N_("Wrote an answer that was accepted."),
        is_earned=lambda facts: facts.accepted > 0,
    ),
    Badge(
        name="ten_solutions",
        label=N_("Ten problems solved"),
        description=N_("Wrote ten answers that were accepted."),
        is_earned=lambda facts: facts.accepted >= MANY,
    ),
    Badge(
        name="well_liked",
        label=N_("Well liked"),
        description=N_("Wrote an answer that five others found useful."),
        is_earned=lambda facts: facts.best_votes >= WELL_LIKED,
    ),
    Badge(
        name="quick_help",
        label=N_("Quick help"),
        description=N_("Answered a question within an hour."),
        is_earned=lambda facts: facts.quick_answers > 0,
    ),
    Badge(
        name="never_too_late",
        label=N_("Never too late"),
        description=N_("Solved a question that had waited for more than 30 days."),
        is_earned=lambda facts: facts.late_solutions > 0,
    ),
    Badge(
        name="two_languages",
        label=N_("At home in two languages"),
        description=N_("Answered questions in two languages."),
        is_earned=lambda facts: facts.languages >= BOTH,
    ),
    Badge(
        name="welcome",
        label=N_("Warm welcome"),
        description=N_("Answered the first question that somebody asked."),
        is_earned=lambda facts: facts.welcomes > 0,
    ),
    Badge(
        name="storyteller",
        label=N_("From experience"),
        description=N_("Wrote a review or a use case."),
        is_earned=lambda facts: facts.stories > 0,
    ),
    Badge(
        name="shipped_idea",
        label=N_("Idea come true"),
        description=N_("Suggested an idea that is part of the product now."),
        is_earned=lambda facts: facts.shipped > 0,
    ),
)
BADGES: Final[Mapping[str, Badge]] = {badge.name: badge for badge in _ALL}


def earned_by(facts: Facts) -> list[str]:
    """Return the names of the badges that some facts earn."""
    return [badge.name for badge in _ALL if badge.is_earned(facts)]
