"""What staff send when they judge an account otherwise than its score does."""

from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, SelectChoice, SelectField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from portal.health.model import Band
from portal.health.overrides.models import LONGEST_REASON
from portal.health.overrides.service import Judgement
from portal.web.forms import PortalForm


def is_finite(form: BaseForm, field: DecimalField) -> None:  # noqa: ARG001  # As validators are called.
    """Refuse what is no number, or none that can be compared.

    Raises:
        StopValidation: so it is.
    """
    if field.data is None or not field.data.is_finite():
        raise StopValidation(_("Not a valid decimal value."))


class OverrideForm(PortalForm):
    """A band or points, with a reason and a last day."""

    about_all: ClassVar[str] = "reason"

    band = SelectField(
        _l("How it fares"),
        choices=[
            SelectChoice("", _l("As the points say")),
            SelectChoice(Band.AT_RISK.value, _l("At risk")),
            SelectChoice(Band.WATCH.value, _l("Watch")),
            SelectChoice(Band.HEALTHY.value, _l("Healthy")),
        ],
    )
    points = DecimalField(_l("Points of 100"), [Optional(), is_finite, NumberRange(0, 100)], places=1)
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])
    ends_on = DateField(_l("Last day"), [InputRequired()])

    def judgement(self) -> Judgement:
        """Return what was said."""
        points = self.points.data
        return Judgement(
            band=Band(self.band.data) if self.band.data else None,
            points=None if points is None else float(points),
            reason=self.reason.data or "",
            ends_on=self.ends_on.data,
        )
