"""What people send about being asked."""

from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectField

from portal.forum.experts.rules import MOST_A_WEEK, Wishes
from portal.notifications.restraint import QuietHours
from portal.web.forms import PortalForm

HOURS: Final = [SelectChoice(hour, f"{hour}:00") for hour in range(24)]
OFTEN: Final = [SelectChoice(number, str(number)) for number in range(1, MOST_A_WEEK + 1)]


class WishesForm(PortalForm):
    """Whether, how often and when someone wants to be asked."""

    takes_part = BooleanField(_l("I can be asked about questions like those that I solved"))
    most_a_week = SelectField(_l("At most, in seven days"), choices=OFTEN, coerce=int)
    quiet_from = SelectField(_l("Quiet from"), choices=HOURS, coerce=int)
    quiet_until = SelectField(
        _l("Quiet until"),
        choices=HOURS,
        coerce=int,
        description=_l("What someone asks you meanwhile reaches you then. The same hour twice: never quiet."),
    )
    rests_on_weekends = BooleanField(_l("Saturday and Sunday are quiet"))

    @property
    def wishes(self) -> Wishes:
        """The choices as plain values."""
        quiet = QuietHours(
            begin=self.quiet_from.data,
            end=self.quiet_until.data,
            holds_on_weekends=bool(self.rests_on_weekends.data),
        )
        return Wishes(takes_part=bool(self.takes_part.data), most_a_week=self.most_a_week.data, quiet=quiet)

    @classmethod
    def showing(cls, wishes: Wishes) -> "WishesForm":
        """Fill the form in with what holds now."""
        return cls(
            formdata=None,
            data={
                "takes_part": wishes.takes_part,
                "most_a_week": wishes.most_a_week,
                "quiet_from": wishes.quiet.begin,
                "quiet_until": wishes.quiet.end,
                "rests_on_weekends": wishes.quiet.holds_on_weekends,
            },
        )
