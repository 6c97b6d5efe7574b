"""Questions in a reader's language, and which answers are wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.onboarding.models import StepContent


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question; `right` is the place of its right answer."""

    text: str
    answers: Sequence[str]
    right: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiz:
    """The questions of a step in one language."""

    language: str
    questions: Sequence[Question]

    def wrong(self, chosen: Mapping[int, int]) -> Sequence[int]:
        """Return the places of the questions without the right answer; `chosen` are places by place."""
        return [place for place, each in enumerate(self.questions) if chosen.get(place) != each.right]


def quiz_of(step: StepContent, language: str) -> Quiz | None:
    """Return the quiz of a step in a language, or in whichever there is; None if it has none."""
    quizzes = {code: questions for code, questions in (step.quiz or {}).items() if questions}
    if not quizzes:
        return None
    found = language if language in quizzes else next(iter(quizzes))
    return Quiz(language=found, questions=[Question(**question) for question in quizzes[found]])
