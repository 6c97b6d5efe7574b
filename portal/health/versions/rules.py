"""What a version would change, summed up."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.health.model import Band
from portal.health.rules import FULL_E4, TENTH_E4

BINS: Final = 10
SHOWN_OF_LINE: Final = 200
_NUMBERED: Final = re.compile(r"(.*?)(\d{0,6})$")
_OWN_NAME: Final = re.compile(r"^version\s*=.*$", re.MULTILINE)
BANDS: Final = (Band.HEALTHY, Band.WATCH, Band.AT_RISK, None)
"""All that can be said of an account, the best first; None without evidence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescoring:
    """An account's score now and as another version would make it.

    Points are ten-thousandths; points and band are None without evidence.
    """

    account_id: int
    name: str
    before_e4: int | None
    before_band: Band | None
    after_e4: int | None
    after_band: Band | None

    @property
    def delta_e4(self) -> int | None:
        """By how many ten-thousandths of a point it would change; None unless both versions score it."""
        if self.before_e4 is None or self.after_e4 is None:
            return None
        return self.after_e4 - self.before_e4

    @property
    def tenths(self) -> int | None:
        """By how many tenths the shown score would change; None unless both versions score it."""
        if self.before_e4 is None or self.after_e4 is None:
            return None
        return self.after_e4 // TENTH_E4 - self.before_e4 // TENTH_E4

    @property
    def moves(self) -> bool:
        """Whether the account would come into another band."""
        return self.before_band is not self.after_band


def by_size(rescorings: Iterable[Rescoring]) -> Sequence[Rescoring]:
    """Put the largest changes first; an account that only one version can score comes before all."""

    def key(row: Rescoring) -> tuple[int, str, int]:
        silent = row.before_e4 is None and row.after_e4 is None
        size = 0 if silent else FULL_E4 + 1 if row.delta_e4 is None else abs(row.delta_e4)
        return -size, row.name, row.account_id

    return sorted(rescorings, key=key)


def band_moves(rescorings: Iterable[Rescoring]) -> Mapping[tuple[Band | None, Band | None], int]:
    """Count the accounts by the band that they have and the one that they would have."""
    return Counter((row.before_band, row.after_band) for row in rescorings)


def histogram(values: Iterable[int], *, whole: int) -> Sequence[int]:
    """Count values of 0 to `whole` in ten equal bins; the whole itself lies in the last."""
    counts = Counter(min(value * BINS // whole, BINS - 1) for value in values)
    return [counts[place] for place in range(BINS)]


def next_version(version: str, taken: Collection[str]) -> str:
    """Return the next name after a version that no other has: v2 after v1."""
    found = _NUMBERED.fullmatch(version)
    stem, number = (found[1], int(found[2] or 1)) if found else (version, 1)
    while (name := f"{stem}{number + 1}") in taken:
        number += 1
    return name


def renamed(text: str, version: str) -> str:
    """Return the text of a model under another version."""
    return _OWN_NAME.sub(f'version = "{version}"', text, count=1)


def excerpt(text: str, line: int, *, around: int = 2) -> Sequence[tuple[int, str]]:
    """Return the lines around one, each with its number."""
    lines = text.replace("\r\n", "\n").split("\n")
    first, last = max(line - around, 1), min(line + around, len(lines))
    return [(number, lines[number - 1][:SHOWN_OF_LINE]) for number in range(first, last + 1)]
