"""What the fields of a type are, for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from portal.api.schemas import Sent

LIMITS: Final = {"minimum": "≥ ", "maximum": "≤ ", "maxLength": "≤ ", "maxItems": "≤ "}


@dataclass(frozen=True, kw_only=True)
class ShownField:
    """A field: its way from the outside in, what it holds, and what it means."""

    path: str
    kind: str
    about: str
    is_required: bool


@cache
def fields_of(model: type[BaseModel]) -> Sequence[ShownField]:
    """Return the fields of a type and of the types within it."""
    mode = "validation" if issubclass(model, Sent) else "serialization"
    schema = model.model_json_schema(by_alias=False, mode=mode)  # type: ignore[arg-type]  # One of the two that there are.
    return tuple(_fields(schema, schema.get("$defs", {}), ""))


def _fields(schema: Mapping[str, Any], defs: Mapping[str, Any], way: str) -> Iterator[ShownField]:
    for name, part in schema.get("properties", {}).items():
        alternatives = [_resolved(one, defs) for one in part.get("anyOf", [part])]
        kinds = [_kind(one) for one in alternatives]
        yield ShownField(
            path=way + name,
            kind=" | ".join(kinds),
            about=part.get("description", ""),
            is_required=name in schema.get("required", ()),
        )
        for one in alternatives:
            is_list = one.get("type") == "array"
            inside = one["items"] if is_list else one
            for inner in inside.get("anyOf", [inside]):
                yield from _fields(_resolved(inner, defs), defs, f"{way}{name}{'[]' if is_list else ''}.")


def _resolved(part: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    if name := part.get("$ref", "").rpartition("/")[2]:
        return {**part, **defs[name]}
    return part


def _kind(part: Mapping[str, Any]) -> str:
    if choices := part.get("enum"):
        return " | ".join(f'"{choice}"' for choice in choices)
    kind = str(part.get("pattern") or part.get("format") or part.get("type", ""))
    limits = [f"{sign}{part[name]:,}" for name, sign in LIMITS.items() if name in part]
    return " ".join([kind, *limits])
