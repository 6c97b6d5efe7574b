"""What the data of a signal may hold: named fields of a type each, or whatever a product has to say."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import isfinite
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_

LONGEST_TEXT: Final = 1000
LARGEST_NUMBER: Final = 2**53
LARGEST_FREE_BYTES: Final = 2048
DEEPEST_FREE: Final = 3
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class FieldType(StrEnum):
    """What a field of a signal's data may be."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE_NUMBER = "whole number"
    TRUE_OR_FALSE = "true or false"
    PERSON = "number of a person"


_REASONS: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: N_("data.%(name)s has to be a text of at most 1,000 characters"),
    FieldType.NUMBER: N_("data.%(name)s has to be a number"),
    FieldType.WHOLE_NUMBER: N_("data.%(name)s has to be a whole number"),
    FieldType.TRUE_OR_FALSE: N_("data.%(name)s has to be true or false"),
    FieldType.PERSON: N_("data.%(name)s has to be a whole number"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DataField:
    """A field of a signal's data.

    A `personal` one says something of the person behind the signal, or leads to that person, and is erased
    with the name. One of type `PERSON` names another person, and is erased with that one's name. One that
    is `of_others` names others in another way; neither is told to the person behind the signal.
    """

    name: str
    type: FieldType
    is_needed: bool = False
    is_personal: bool = False
    of_others: bool = False

    @property
    def names_others(self) -> bool:
        """Whether it names another person, or another account."""
        return self.of_others or self.type is FieldType.PERSON

    def takes(self, value: object) -> bool:
        """Tell whether a value is of the field's type and can be stored."""
        match self.type:
            case FieldType.TEXT:
                return _is_text(value) and len(str(value)) <= LONGEST_TEXT
            case FieldType.TRUE_OR_FALSE:
                return isinstance(value, bool)
            case FieldType.NUMBER:
                return _is_number(value)
            case FieldType.WHOLE_NUMBER | FieldType.PERSON:
                return isinstance(value, int) and _is_number(value)


def _field(type_: FieldType, name: str, **flags: bool) -> DataField:
    return DataField(name=name, type=type_, **flags)


text = partial(_field, FieldType.TEXT)
whole = partial(_field, FieldType.WHOLE_NUMBER)
truth = partial(_field, FieldType.TRUE_OR_FALSE)
person = partial(_field, FieldType.PERSON)


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a kind of signal; an open one may hold any others, within 2 kB and three levels."""

    fields: tuple[DataField, ...] = ()
    is_open: bool = False

    def check(self, data: Mapping[str, Any]) -> None:
        """Check a signal's data; a field that need not be there may be null.

        Raises:
            InvalidError: a field is missing, unknown or not of its type, or the data are too large or deep.
        """
        if data:
            self._check_names(data)
        for field in self.fields:
            value = data.get(field.name)
            if value is None:
                if field.is_needed:
                    raise InvalidError(N_("data.%(name)s is needed"), name=field.name)
            elif not field.takes(value):
                raise InvalidError(_REASONS[field.type], name=field.name)

    def _check_names(self, data: Mapping[str, Any]) -> None:
        if self.is_open:
            _check_free(data)
            return
        if unknown := data.keys() - {field.name for field in self.fields}:
            raise InvalidError(N_("data.%(name)s is no field of this kind"), name=shown(min(unknown)))

    @property
    def personal(self) -> Sequence[str]:
        """The names of the fields that are erased with the name of the person behind the signal."""
        return tuple(field.name for field in self.fields if field.is_personal)

    @property
    def people(self) -> Sequence[str]:
        """The names of the fields that name other people."""
        return tuple(field.name for field in self.fields if field.type is FieldType.PERSON)

    @property
    def others(self) -> frozenset[str]:
        """The names of the fields that name other people or accounts."""
        return frozenset(field.name for field in self.fields if field.names_others)

    def without_person(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return data without what is personal: of an open schema only what it names itself is left."""
        names = {field.name for field in self.fields}
        return {
            name: value
            for name, value in data.items()
            if name not in self.personal and (name in names or not self.is_open)
        }


def _check_free(data: Mapping[str, Any]) -> None:
    if _most_bytes(data, levels=DEEPEST_FREE) <= LARGEST_FREE_BYTES:
        return
    if len(json.dumps(data, ensure_ascii=False).encode()) > LARGEST_FREE_BYTES:
        raise InvalidError(N_("data is larger than 2 kB"))


def _most_bytes(value: object, *, levels: int) -> int:
    """Check a value, and return how many bytes of JSON it takes at most, which is told at once."""
    if isinstance(value, str) and UNSTORABLE.search(value) is None:
        return 6 * len(value) + 4  # A letter takes six where it is escaped.
    if value is None or isinstance(value, bool) or _is_number(value):
        return 26
    if not isinstance(value, dict | list):
        raise InvalidError(N_("data holds a number that is too large, or a character that no text has"))
    if not levels:
        raise InvalidError(N_("data is nested deeper than three levels"))
    inner: Sequence[object] = value if isinstance(value, list) else [*value, *value.values()]
    return 2 + sum(_most_bytes(item, levels=levels - 1) for item in inner)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and UNSTORABLE.search(value) is None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST_NUMBER <= value <= LARGEST_NUMBER if isinstance(value, int) else isfinite(value)


def shown(name: str) -> str:
    """Return the beginning of a field's name as a text that can be stored."""
    return name[:60].encode("ascii", "backslashreplace").decode() if UNSTORABLE.search(name) else name[:60]
