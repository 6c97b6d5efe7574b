"""What is said of reminders, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.onboarding.nudges.letters import Refusal
from portal.onboarding.nudges.service import Outcome

REFUSALS: Final[Mapping[Refusal, object]] = {
    Refusal.UNWANTED: _l("Wants no reminders"),
    Refusal.REPEATED: _l("Was reminded of this step within a day"),
    Refusal.ENOUGH: _l("Has had enough this week"),
}
STANDINGS: Final[Mapping[str, object]] = {
    "": _l("Slipping or stuck"),
    "stuck": _l("Stuck"),
    "slipping": _l("Slipping"),
    "on_track": _l("On track"),
}
PLACEHOLDERS: Final[Mapping[str, object]] = {
    "name": _l("The person’s name"),
    "account": _l("The account"),
    "step": _l("The title of the step"),
    "why": _l("What the step gives the customer"),
    "due": _l("The day on which it is due"),
    "days_late": _l("How many days it is late; 0 if there is time"),
    "link": _l("Where they go on"),
    "manager": _l("The account’s manager, or this site if there is none"),
}


def sentences(outcome: Outcome) -> list[str]:
    """Say who is reminded, and who is not and why."""
    refused = outcome.refused
    said = {
        ngettext("%(num)d person is reminded.", "%(num)d people are reminded.", outcome.count): True,
        ngettext(
            "%(num)d person wants no reminders.",
            "%(num)d people want no reminders.",
            refused.get(Refusal.UNWANTED, 0),
        ): refused.get(Refusal.UNWANTED),
        ngettext(
            "%(num)d person was reminded of the same step within a day.",
            "%(num)d people were reminded of the same step within a day.",
            refused.get(Refusal.REPEATED, 0),
        ): refused.get(Refusal.REPEATED),
        ngettext(
            "%(num)d person has had enough this week.",
            "%(num)d people have had enough this week.",
            refused.get(Refusal.ENOUGH, 0),
        ): refused.get(Refusal.ENOUGH),
        ngettext(
            "%(num)d step was left out: it is done, waits for another or has nobody to write to.",
            "%(num)d steps were left out: they are done, wait for others or have nobody to write to.",
            outcome.left_out,
        ): outcome.left_out,
    }
    return [text for text, is_said in said.items() if is_said]
