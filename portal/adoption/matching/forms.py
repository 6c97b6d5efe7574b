"""What staff say that a name means."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length

from portal.adoption.matching.models import Problem
from portal.adoption.matching.service import Meant
from portal.web.forms import PortalForm
from portal.web.numbers import row_number


class NameForm(PortalForm):
    """The name, and the account or person that it means."""

    about_all: ClassVar[str] = "target"

    problem = HiddenField(validators=[AnyOf(list(Problem))])
    name = HiddenField(validators=[DataRequired(), Length(max=200)])
    target = SelectField(_l("Who is meant"), [DataRequired()], validate_choice=False)

    @property
    def meant(self) -> Meant:
        """What was chosen: `account:<id>` or `person:<id>`; nothing for whatever else was sent."""
        sort, _, number = str(self.target.data or "").partition(":")
        try:
            chosen = row_number(number)
        except ValueError:
            return Meant(account_id=0)
        return Meant(user_id=chosen) if sort == "person" else Meant(account_id=chosen)


class SetAsideForm(PortalForm):
    """The name, and why what it names does not count."""

    about_all: ClassVar[str] = "reason"

    problem = HiddenField(validators=[AnyOf(list(Problem))])
    name = HiddenField(validators=[DataRequired(), Length(max=200)])
    reason = TextAreaField(
        _l("Why"), [DataRequired(_l("Say why these signals are set aside.")), Length(max=500)]
    )

    @property
    def meant(self) -> Meant:
        """What was said."""
        return Meant(reason=str(self.reason.data or ""))
