"""What people send about accounts, as typed values."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.actors import Role
from portal.accounts.passwords import MINIMUM_LENGTH
from portal.web.forms import PortalForm


class SignInForm(PortalForm):
    """Address and password."""

    email = EmailField(_l("E-mail address"), [InputRequired(), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=1000)])


class JoinForm(PortalForm):
    """What an invited person chooses."""

    name = StringField(_l("Your name"), [InputRequired(), Length(max=120)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(min=MINIMUM_LENGTH, max=1000)])


class InvitationForm(PortalForm):
    """Whom to invite, and as what. An empty account is one's own, or none for staff."""

    email = EmailField(_l("E-mail address"), [InputRequired(), Length(max=254)])
    role = SelectField(
        _l("Role"),
        choices=[
            (Role.CUSTOMER, _l("Customer")),
            (Role.CHAMPION, _l("Champion")),
            (Role.STAFF, _l("Staff")),
            (Role.ADMIN, _l("Admin")),
        ],
        coerce=Role,
    )
    account_id = IntegerField(_l("Account"), [Optional()])
