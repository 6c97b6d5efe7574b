"""The day that someone chooses, as a typed value."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField
from wtforms.validators import Optional

from portal.web.forms import PortalForm


class DayForm(PortalForm):
    """A day for a step; none takes the choice back. `agreed` is the mark of the preview seen."""

    day = DateField(_l("Day"), [Optional()])
    agreed = HiddenField()
