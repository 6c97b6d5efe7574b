"""With what a step is done, for those who may see it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.notifications.subjects import Named, NamedFor
from portal.onboarding.models import ChecklistStep, Instrument
from portal.search.places import PlaceSource

NUMBERED: Final = (Instrument.ARTICLE, Instrument.TOPIC)
ADDRESSED: Final = (Instrument.VIDEO, Instrument.LINK, Instrument.MEETING)


def instruments_for(
    session: Session,
    actor: Actor,
    steps: Sequence[ChecklistStep],
    *,
    named_for: NamedFor,
    places: Iterable[PlaceSource],
    language: str,
) -> Mapping[int, Named]:
    """Return where the instruments of steps are, by the step's id; only those that the actor may see.

    What stands elsewhere has an address and no title.
    """
    subjects = {
        step.id: f"{step.instrument}:{step.reference}" for step in steps if step.instrument in NUMBERED
    }
    boards = {step.id: f"community/{step.reference}" for step in steps if step.instrument is Instrument.BOARD}
    if boards:
        keys = {place.slug: place.key for source in places for place in source(session)}
        subjects |= {step_id: keys[slug] for step_id, slug in boards.items() if slug in keys}
    named = named_for(session, actor, set(subjects.values()), language=language)
    elsewhere = {
        step.id: Named(title="", path=step.reference)
        for step in steps
        if step.instrument in ADDRESSED and step.reference.startswith(("https://", "http://"))
    }
    return elsewhere | {step_id: named[key] for step_id, key in subjects.items() if key in named}
