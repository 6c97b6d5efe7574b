"""Signals in words, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from portal.adoption.kinds import VOIDED, kind_named
from portal.adoption.models import Signal
from portal.adoption.paths import path_of_subject
from portal.core.activity import LeftOut

TELLING: Final = ("query", "feature", "reason")


class Labelled(Protocol):
    """Something that is called by a name of its own in each language."""

    @property
    def label_en(self) -> str:
        """The English name."""

    @property
    def label_ja(self) -> str:
        """The Japanese name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalLine:
    """A signal as a page shows it.

    `user_id` and `name` are None when nobody is known behind it, `path` when its subject has no page;
    `detail` is what was searched, used or given as a reason, else empty. `is_voided` is whether it was taken
    back.
    """

    at: datetime
    label: str
    detail: str
    user_id: int | None
    name: str | None
    path: str | None
    is_voided: bool = False


def label_of(thing: Labelled, language: str) -> str:
    """Return what a thing is called."""
    return thing.label_ja if language == "ja" else thing.label_en


def signal_lines(
    signals: Iterable[Signal], names: Mapping[int | None, str], language: str
) -> list[SignalLine]:
    """Describe signals, given the names of the people behind them."""
    return [
        SignalLine(
            at=signal.occurred_at,
            label=label_of(kind_named(signal.kind), language),
            is_voided=signal.left_out_as == LeftOut.VOIDED and signal.kind != VOIDED,
            detail=next((str(signal.data[key]) for key in TELLING if signal.data.get(key)), ""),
            user_id=signal.user_id,
            name=names.get(signal.user_id),
            path=path_of_subject(signal),
        )
        for signal in signals
    ]
