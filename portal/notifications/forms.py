"""What people send about how they want to hear of things."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField

from portal.accounts.actors import Actor
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.notifications.kinds import KINDS, Category, Delivery, NoticeKind
from portal.web.forms import PortalForm

ZONES: Final = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


class SettingsForm(PortalForm):
    """What holds for all kinds; how each reaches one stands beside it, see `deliveries_in`."""

    watches_own = BooleanField(_l("Watch each topic that I start, reply in or have too"))
    time_zone = SelectField(
        _l("Your time zone"), description=_l("Daily and weekly mails leave at 08:00 of this zone.")
    )

    def offer_zones(self, site_zone: str) -> None:
        """Set which zones can be chosen; an empty one is the site's."""
        zones = [SelectChoice(zone, zone.replace("_", " ")) for zone in ZONES]
        self.time_zone.choices = [SelectChoice("", site_zone.replace("_", " ")), *zones]


def kinds_for(actor: Actor) -> Mapping[Category, list[NoticeKind]]:
    """Return the kinds that the actor may be told, by the part of the site that they belong to."""
    offered = [kind for kind in KINDS.values() if actor.is_staff or not kind.is_for_staff]
    return {
        category: some
        for category in Category
        if (some := [kind for kind in offered if kind.category is category])
    }


def deliveries_in(form: Mapping[str, str], actor: Actor) -> Mapping[str, Delivery]:
    """Read how the actor wants to hear of each kind that they may be told.

    Raises:
        InvalidError: that is no way to hear of something.
    """
    kinds = [kind for some in kinds_for(actor).values() for kind in some if kind.name in form]
    chosen = {kind.name: read_delivery(form[kind.name]) for kind in kinds}
    if any(kind.must_arrive and chosen[kind.name] is Delivery.NOTHING for kind in kinds):
        raise InvalidError(N_("What you may not do, and why, you hear at least in your inbox."))
    if any(chosen[kind.name] not in kind.ways for kind in kinds):
        raise InvalidError(N_("Choose how you want to hear of it: one of the ways in the list."))
    return chosen


def read_delivery(text: str) -> Delivery:
    """Read one choice.

    Raises:
        InvalidError: that is no way to hear of something.
    """
    try:
        return Delivery(text)
    except ValueError as error:
        raise InvalidError(N_("Choose how you want to hear of it: one of the ways in the list.")) from error
