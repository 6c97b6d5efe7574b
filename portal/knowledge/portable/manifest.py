"""What an export says it is: its files, and the state in which each part of the base was."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_

_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The files of an export, the keys of the articles in them, and the states of all parts by name."""

    paths: AbstractSet[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        files = {path: self.texts.get(path, "") for path in sorted(self.paths)}
        told = {"engawa_export": _VERSION, "files": files, "states": dict(sorted(self.states.items()))}
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def of(cls, text: str) -> "Manifest":
        """Read what `str` has written.

        Raises:
            InvalidError: it is something else, or of a later version.
        """
        try:
            told = json.loads(text)
            version, files, states = told["engawa_export"], told["files"], told["states"]
            if version != _VERSION:
                raise InvalidError(N_("This export was written by a later version of Engawa; upgrade first."))
            return cls(
                paths=frozenset(files),
                texts={path: str(key) for path, key in files.items() if key},
                states={name: str(state) for name, state in states.items()},
            )
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidError(
                N_("engawa-export.json is damaged. Export again, into an empty folder.")
            ) from error


def state_of(kind: str, *names: str) -> str:
    """Return what the state of a part is called."""
    return "/".join((kind, *names))
