"""What a figure is, apart from its number."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from portal.insights.figures import Result
from portal.insights.queries import Ledger


class Group(StrEnum):
    """What a figure is about."""

    SELF_SERVICE = "self_service"
    PEER_HELP = "peer_help"
    ONBOARDING = "onboarding"
    USE = "use"


class RowKind(StrEnum):
    """What the ids behind a figure are ids of."""

    SESSION = "session"
    SIGNAL = "signal"
    CHECKLIST = "checklist"
    PERSON = "person"
    ACCOUNT = "account"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure.

    `rows` says what stands above the line and, when that is something else, what stands below it. One that
    has no language cannot be told for one language alone.
    """

    name: str
    group: Group
    label_en: str
    label_ja: str
    unit_en: str
    unit_ja: str
    meaning_en: str
    meaning_ja: str
    rows: tuple[RowKind, ...]
    has_language: bool
    measure: Callable[[Ledger], Result]
