"""What levels and periods are called; shown in the reader's language."""

from collections.abc import Mapping
from typing import Final

from portal.accounts.actors import Level
from portal.core.i18n import N_

LEVEL_NAMES: Final[Mapping[Level, str]] = {
    Level.NEWCOMER: N_("Newcomer"),
    Level.MEMBER: N_("Regular"),
    Level.HELPER: N_("Helper"),
    Level.GUIDE: N_("Guide"),
}
PERIOD_NAMES: Final[Mapping[str, str]] = {
    "week": N_("In 7 days"),
    "month": N_("In 30 days"),
    "year": N_("In a year"),
    "all": N_("Ever"),
}
