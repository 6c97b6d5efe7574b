"""Success maps as JSON, to be kept with other files, read by people, and brought into another site."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.onboarding.maps.rules import parse_quiz, write_quiz
from portal.onboarding.maps.service import MapDraft, StepDraft
from portal.onboarding.models import CONTENT, Instrument, Milestone, Owner, StepRole, SuccessMap
from portal.onboarding.rules import parse_proof

Plain = TypeVar("Plain")
Result = TypeVar("Result")

MAP_FIELDS: Final = frozenset(field.name for field in fields(MapDraft))
STEP_FIELDS: Final = frozenset(CONTENT) - {"position"}


@dataclass(frozen=True, kw_only=True)
class MapFile:
    """A map as a file says it: what it is called where, and its steps in order by their keys."""

    slug: str
    draft: MapDraft
    steps: Mapping[str, StepDraft]


def write_map(success_map: SuccessMap) -> dict[str, Any]:
    """Return the latest version of a map the way `read_map` reads it."""
    about = {name: getattr(success_map, name) for name in sorted(MAP_FIELDS)}
    steps = [
        {name: value for name, value in step.content().items() if name in STEP_FIELDS}
        for step in success_map.steps
    ]
    return {"slug": success_map.slug, **about, "steps": steps}


def read_map(data: object) -> MapFile:
    """Read what a JSON file says.

    Raises:
        InvalidError: something is missing, unknown or cannot be used; the message says where.
    """
    told = _object(data, "the map", {"slug", "steps", *MAP_FIELDS})
    about = {name: _value(name, told[name], "the map") for name in MAP_FIELDS & told.keys()}
    listed = told.get("steps")
    if not isinstance(listed, list) or not about.get("names"):
        raise InvalidError(N_("a map needs its names by language, and a list of steps"))
    steps = dict(_read_step(step, f"step {number}") for number, step in enumerate(listed, start=1))
    if len(steps) != len(listed):
        raise InvalidError(N_("two steps have the same key"))
    return MapFile(slug=str(told.get("slug") or ""), draft=MapDraft(**about), steps=steps)


def _read_step(data: object, place: str) -> tuple[str, StepDraft]:
    told = _object(data, place, STEP_FIELDS)
    key = told.pop("key", None)
    if not isinstance(key, str) or not 0 < len(key) <= 40:  # noqa: PLR2004  # As the column is wide.
        raise InvalidError(N_("%(place)s needs a key of at most 40 characters"), place=place)
    if missing := sorted({"titles", "due_after_days"} - told.keys()):
        raise InvalidError(N_("%(place)s needs %(name)s"), place=place, name=missing[0])
    return key, StepDraft(**{name: _value(name, value, place) for name, value in told.items()})


def _object(data: object, place: str, names: Iterable[str]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidError(N_("%(place)s has to be an object"), place=place)
    if unknown := sorted(data.keys() - set(names)):
        raise InvalidError(N_("%(name)s is no field of %(place)s"), name=unknown[0], place=place)
    return dict(data)


def _value(name: str, value: object, place: str) -> Any:
    try:
        return READERS[name](value)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InvalidError(N_("%(name)s of %(place)s cannot be used"), name=name, place=place) from None


def _texts(value: object) -> dict[str, str]:
    return {str(language): str(text) for language, text in _mapping(value).items()}


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _exactly(kind: type[Plain]) -> Callable[[object], Plain]:
    def read(value: object) -> Plain:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return read


def _or_none(read: Callable[[Any], Result]) -> Callable[[object], Result | None]:
    return lambda value: None if value is None else read(value)


def _needs(value: object) -> tuple[str, ...]:
    return tuple(map(str, _exactly(list)(value)))


def _days(value: object) -> int:
    days = _exactly(int)(value)
    if days < 0:
        raise ValueError
    return days


def _quiz(value: object) -> dict[str, Any]:
    """Read questions by language; writing and reading them as text checks them."""
    return {
        language: parse_quiz(write_quiz(questions)) for language, questions in _mapping(value or {}).items()
    }


READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    **dict.fromkeys(("names", "starting_points", "outcomes", "titles", "reasons", "stage"), _texts),
    **dict.fromkeys(("persona", "plan", "reference"), _exactly(str)),
    "instrument": _or_none(Instrument),
    "owner": lambda value: Owner(str(value)),
    "role": _or_none(StepRole),
    "milestone": _or_none(Milestone),
    "counted_from": _or_none(_exactly(str)),
    "proof": _or_none(lambda value: parse_proof(_mapping(value))),
    "is_required": _exactly(bool),
    "minutes": _or_none(_days),
    "due_after_days": _days,
    "needs": _needs,
    "quiz": _quiz,
}
