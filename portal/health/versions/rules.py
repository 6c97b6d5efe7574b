"""What a version would change, summed up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.health.model import Band
from portal.health.rules import FULL_E4

BINS: Final = 10
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
