"""Phases in words, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.health.phases.models import Ground, Phase
from portal.health.phases.queries import Stay
from portal.health.phases.rules import UNPLANNED_DAYS, WELL_DAYS

PHASES: Final[Mapping[Phase, object]] = {
    Phase.ONBOARDING: _l("Onboarding"),
    Phase.ADOPTION: _l("Adoption"),
    Phase.EXPANSION: _l("Expansion"),
}

GROUNDS: Final[Mapping[Ground, Callable[[], str]]] = {
    Ground.CHECKLISTS_DONE: lambda: _("All required steps of its checklists are done."),
    Ground.TIME_PASSED: lambda: _(
        "It has no checklist, and has been a customer for %(num)d days.", num=UNPLANNED_DAYS
    ),
    Ground.DOING_WELL: lambda: _(
        "It was healthy for %(num)d days, and has reached a goal if any was agreed.", num=WELL_DAYS
    ),
    Ground.AT_RISK: lambda: _("Its health fell to “at risk”."),
}


def outlook(stay: Stay) -> str:
    """Say what moves an account on, and how far it is."""
    now = stay.now
    match stay.phase:
        case Phase.ONBOARDING if now.checklists:
            return str(_("Adoption begins when all required steps of its checklists are done."))
        case Phase.ONBOARDING:
            return str(
                ngettext(
                    "It has no checklist; adoption begins in %(num)d day.",
                    "It has no checklist; adoption begins in %(num)d days.",
                    max(UNPLANNED_DAYS - now.days, 1),
                )
            )
        case Phase.ADOPTION if now.well_days >= WELL_DAYS and now.goals:
            return str(_("It is healthy; expansion begins when it reaches its first goal."))
        case Phase.ADOPTION:
            return str(
                _(
                    "Expansion begins when it was healthy on %(all)d days running and has reached a goal, if"
                    " any was agreed. Of the last %(all)d days it was healthy on %(well)d.",
                    all=WELL_DAYS,
                    well=now.well_days,
                )
            )
        case Phase.EXPANSION:
            return str(_("It stays here unless its health falls to “at risk”."))
