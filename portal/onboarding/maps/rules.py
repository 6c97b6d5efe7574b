"""What a success map has to be before checklists can be made of it."""

from collections.abc import Sequence
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_, in_language
from portal.onboarding.models import MapStep
from portal.onboarding.schedule import cycle_in

FEWEST_ANSWERS: Final = 2


def check_order(steps: Sequence[MapStep]) -> None:
    """Make sure that the steps can be done one after the other.

    Raises:
        InvalidError: a step refers to none of them, or some wait for each other; the message names them.
    """
    known = {step.key for step in steps}
    for step in steps:
        if unknown := sorted({*step.needs, *filter(None, [step.counted_from])} - known):
            raise InvalidError(N_("There is no step %(key)s in this map."), field="needs", key=unknown[0])
    if keys := cycle_in(steps):
        titles = {step.key: in_language(step.titles, "en") for step in steps}
        circle = " → ".join(titles.get(key, key) for key in [*keys, keys[0]])
        raise InvalidError(
            N_("These steps would wait for each other: %(circle)s."), field="needs", circle=circle
        )


def check_complete(steps: Sequence[MapStep]) -> None:
    """Make sure that a checklist of these steps can be completed.

    Raises:
        InvalidError: no step is required.
    """
    if not any(step.is_required for step in steps):
        raise InvalidError(N_("Give the map at least one required step first."))


def parse_quiz(text: str) -> list[dict[str, Any]]:
    """Read questions: a line each, its answers on the lines after it with `-`, the right one with `+`.

    Raises:
        InvalidError: a question has fewer than two answers, or not exactly one right one.
    """
    questions: list[dict[str, Any]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line[0] in "-+" and questions:
            questions[-1]["answers"].append(line[1:].strip())
            questions[-1]["right"] += [len(questions[-1]["answers"]) - 1] if line[0] == "+" else []
        else:
            questions.append({"text": line, "answers": [], "right": []})
    for question in questions:
        answers = question["answers"]
        if len(answers) < FEWEST_ANSWERS or not all(answers) or len(question["right"]) != 1:
            raise InvalidError(
                N_("“%(question)s” needs two answers or more, exactly one of them marked with +."),
                field="quiz",
                question=question["text"],
            )
    return [question | {"right": question["right"][0]} for question in questions]


def write_quiz(questions: Sequence[dict[str, Any]]) -> str:
    """Write questions the way `parse_quiz` reads them."""
    return "\n\n".join(
        "\n".join(
            [
                question["text"],
                *(
                    f"{'+' if number == question['right'] else '-'} {answer}"
                    for number, answer in enumerate(question["answers"])
                ),
            ]
        )
        for question in questions
    )
