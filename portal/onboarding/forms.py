"""What people send about checklists, as typed values."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.web.forms import PortalForm


class ChecklistForm(PortalForm):
    """For whom a success map is made concrete, and from which day; the accounts are set by the page."""

    about_all = "account_id"

    account_id = SelectField(_l("Account"), [InputRequired()], coerce=int)
    team = StringField(_l("Team"), [Optional(), Length(max=120)])
    started_on = DateField(_l("Starts on"), [InputRequired()])
