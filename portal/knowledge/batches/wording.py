"""What is done to many articles, and what comes of it, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from flask_babel import gettext as _

from portal.knowledge.batches.models import Act, Outcome, Result

ACTS: Final[Mapping[Act, Callable[[], str]]] = {
    Act.PUBLISH: lambda: _("Publish"),
    Act.VERIFY: lambda: _("Note as still true"),
    Act.ASSIGN: lambda: _("Say who verifies"),
    Act.MOVE: lambda: _("Move to a section"),
    Act.READERS: lambda: _("Choose who may read"),
    Act.ARCHIVE: lambda: _("Archive"),
    Act.BRING_BACK: lambda: _("Bring back from the archive"),
}
PLANNED: Final[Mapping[Result, Callable[[], str]]] = {
    Result.DONE: lambda: _("This goes ahead"),
    Result.SENT: lambda: _("Is sent for review: a second person has to look first"),
}
RESULTS: Final[Mapping[Result, Callable[[], str]]] = {
    Result.DONE: lambda: _("Done"),
    Result.SENT: lambda: _("Sent for review: a second person has to look first"),
    Result.AS_IT_WAS: lambda: _("Left as it is: nothing to do"),
    Result.CHANGED: lambda: _("Left as it is: it changed after you chose it"),
    Result.GONE: lambda: _("Left out: it is not there any more"),
    Result.MERGED: lambda: _("Left as it is: it was merged into another article"),
    Result.ARCHIVED: lambda: _("Left as it is: it is archived; bring it back first"),
    Result.IN_REVIEW: lambda: _("Left as it is: it waits for a review already"),
    Result.CHANGES_ASKED: lambda: _("Left as it is: a reviewer asked for changes"),
    Result.SCHEDULED: lambda: _("Left as it is: it goes live by itself at its time"),
    Result.UNPUBLISHED: lambda: _("Left as it is: readers do not see it yet"),
    Result.REFUSED: lambda: _("Could not be done"),
}


def act_text(act: Act) -> str:
    """Say what is done."""
    return ACTS[act]()


def result_text(result: Result, *, is_plan: bool) -> str:
    """Say what comes, or came, of it."""
    words = PLANNED.get(result, RESULTS[result]) if is_plan else RESULTS[result]
    return words()


def grouped(outcomes: Iterable[Outcome]) -> Mapping[Result, Sequence[Outcome]]:
    """Return outcomes by what came of them, what was done first."""
    groups: dict[Result, list[Outcome]] = {result: [] for result in Result}
    for outcome in outcomes:
        groups[outcome.result].append(outcome)
    return {result: group for result, group in groups.items() if group}
