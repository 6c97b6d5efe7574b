"""What staff send about a next action."""

from collections.abc import Sequence
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.models import User
from portal.health.actions.models import LONGEST_WHAT
from portal.health.actions.service import Plan
from portal.web.forms import PortalForm


class ActionForm(PortalForm):
    """What, by when and who; `edition` is that of the action on the page from which it comes."""

    about_all: ClassVar[str] = "what"

    what = StringField(_l("What is to be done"), [InputRequired(), Length(max=LONGEST_WHAT)])
    due_on = DateField(_l("Due"), [InputRequired()])
    owner_id = SelectField(_l("Owner"), coerce=int)
    edition = IntegerField(validators=[Optional()])

    def offer(self, staff: Sequence[User]) -> None:
        """Set who can be chosen; 0 is nobody in particular."""
        people = [SelectChoice(person.id, person.name) for person in staff]
        self.owner_id.choices = [SelectChoice(0, _("No owner yet")), *people]

    def plan(self) -> Plan:
        """Return what was chosen."""
        return Plan(what=self.what.data or "", due_on=self.due_on.data, owner_id=self.owner_id.data or None)
