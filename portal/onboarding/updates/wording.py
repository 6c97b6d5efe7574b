"""What a step says, by column, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask_babel import lazy_gettext as _l

from portal.onboarding.updates.rules import Change

NAMES: Final[Mapping[str, object]] = {
    "titles": _l("Title"),
    "reasons": _l("Reason"),
    "stage": _l("Stage"),
    "instrument": _l("With what"),
    "reference": _l("With what"),
    "quiz": _l("Quiz"),
    "owner": _l("Whose turn it is"),
    "role": _l("Who there"),
    "minutes": _l("Minutes it takes"),
    "due_after_days": _l("Due"),
    "counted_from": _l("Due"),
    "needs": _l("Only after"),
    "is_required": _l("Required"),
    "milestone": _l("Milestone"),
    "proof": _l("Completed by"),
}


def names_of(change: Change) -> Sequence[str]:
    """Return what of a step changes, each once."""
    return list(dict.fromkeys(str(name) for column, name in NAMES.items() if column in change.names))
