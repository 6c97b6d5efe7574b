"""What admins decide about a key, as typed values."""

from itertools import starmap

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from portal.api.keys.rules import LONGEST_NAME, LONGEST_SOURCE, Scope
from portal.api.keys.service import KeyDraft
from portal.api.keys.wording import SCOPES
from portal.web.forms import CheckboxesField, PortalForm


class KeyForm(PortalForm):
    """A name, what the key opens, whose it is and for how long it works."""

    about_all = "name"

    name = StringField(
        _l("Name"),
        [InputRequired(), Length(max=LONGEST_NAME)],
        description=_l("Which system has it, such as “Billing, production”."),
    )
    scopes = CheckboxesField(
        _l("What it may do"),
        choices=list(starmap(SelectChoice, SCOPES.items())),
        coerce=Scope,
    )
    source = StringField(
        _l("Name of the system in the ledger"),
        [Length(max=LONGEST_SOURCE)],
        description=_l(
            "Lower-case letters, digits and hyphens; made from the name if you leave it empty. The next key "
            "of a system gets the same, so that no signal counts twice."
        ),
    )
    days = SelectField(
        _l("Works"),
        choices=[
            SelectChoice("0", _l("until it is revoked")),
            SelectChoice("30", _l("for 30 days")),
            SelectChoice("90", _l("for 90 days")),
            SelectChoice("365", _l("for a year")),
        ],
        coerce=int,
    )

    @property
    def draft(self) -> KeyDraft:
        """What was filled in."""
        return KeyDraft(
            name=self.name.data or "",
            scopes=self.scopes.data or (),
            source=self.source.data or "",
            days=self.days.data or None,
        )
