"""What people send about accounts, as typed values."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import starmap
from operator import itemgetter
from typing import Any, Final

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal.accounts.actors import Role
from portal.accounts.audience import Audience, parse_audience
from portal.accounts.models import AccountStatus, TouchTier, User
from portal.accounts.passwords import MINIMUM_LENGTH
from portal.accounts.service import AccountDetails
from portal.core.errors import InvalidError
from portal.web.errors import explain
from portal.web.forms import PortalForm

LARGEST_NUMBER: Final = 2_000_000_000
PLANS: Final[Mapping[str, Any]] = {"starter": _l("Starter"), "team": _l("Team"), "business": _l("Business")}
TIERS: Final[Mapping[TouchTier, Any]] = {
    TouchTier.HIGH: _l("High touch"),
    TouchTier.LOW: _l("Low touch"),
    TouchTier.TECH: _l("Tech touch"),
}
STATUSES: Final[Mapping[AccountStatus, Any]] = {
    AccountStatus.ACTIVE: _l("Active"),
    AccountStatus.CHURNED: _l("Left"),
}


class AudienceField(StringField):
    """Who may see a thing, written as its tokens."""

    def process_data(self, value: Audience | str | None) -> None:
        """Write the audience of a thing that is there already."""
        super().process_data(value if isinstance(value, str) else " ".join(sorted(value or ())))

    def pre_validate(self, form: BaseForm) -> None:
        """Tell what is no audience."""
        try:
            parse_audience(self.data or "")
        except InvalidError as error:
            raise ValidationError(explain(error)) from error

    @property
    def audience(self) -> Audience:
        """The audience that was written."""
        return parse_audience(self.data or "")


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
            SelectChoice(Role.CUSTOMER, _l("Customer")),
            SelectChoice(Role.CHAMPION, _l("Champion")),
            SelectChoice(Role.STAFF, _l("Staff")),
            SelectChoice(Role.ADMIN, _l("Admin")),
        ],
        coerce=Role,
    )
    account_id = IntegerField(_l("Account"), [Optional(), NumberRange(min=1, max=LARGEST_NUMBER)])


class AccountForm(PortalForm):
    """What staff decide about an account; `edition` is that on the page from which it comes."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=200)])
    plan = SelectField(_l("Plan"), choices=list(starmap(SelectChoice, PLANS.items())))
    seats = IntegerField(_l("Seats"), [InputRequired(), NumberRange(min=1, max=LARGEST_NUMBER)])
    monthly_revenue = IntegerField(
        _l("Monthly revenue"), [InputRequired(), NumberRange(min=0, max=LARGEST_NUMBER)]
    )
    touch_tier = SelectField(
        _l("Touch tier"), choices=list(starmap(SelectChoice, TIERS.items())), coerce=TouchTier
    )
    manager_id = SelectField(_l("Manager"), coerce=int)
    country = SelectField(_l("Country"), default="JP", description=_l("Whose holidays are no working days."))
    started_on = DateField(_l("Start"), [InputRequired()])
    renews_on = DateField(_l("Renewal"), [Optional()])
    status = SelectField(
        _l("Status"), choices=list(starmap(SelectChoice, STATUSES.items())), coerce=AccountStatus
    )
    churned_on = DateField(_l("Left on"), [Optional()])
    edition = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = (get_locale() or Locale("en")).territories
        countries = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]  # noqa: PLR2004
        self.country.choices = [SelectChoice(*one) for one in sorted(countries, key=itemgetter(1))]

    def offer_managers(self, staff: Iterable[User]) -> None:
        """Set who can be chosen as manager; 0 is nobody."""
        people = [SelectChoice(str(user.id), user.name) for user in staff]
        self.manager_id.choices = [SelectChoice("0", _l("Nobody")), *people]

    def details(self) -> AccountDetails:
        """Return what was filled in."""
        values = {field.name: self[field.name].data for field in fields(AccountDetails)}
        return AccountDetails(**(values | {"manager_id": self.manager_id.data or None}))

    def unlike(self, saved: "AccountForm") -> list[tuple[str, str]]:
        """Return labels and values of what is saved otherwise than it was filled in, in words."""
        names = [field.name for field in fields(AccountDetails)]
        differing = [name for name in names if (self[name].data or None) != (saved[name].data or None)]
        return [(str(saved[name].label.text), _in_words(saved[name])) for name in differing]


def _in_words(field: Field) -> str:
    if not isinstance(field, SelectField):
        return str(field.data or "–")
    choices = {field.coerce(choice.value): choice.label for choice in field.choices or ()}
    return str(choices.get(field.data, "–"))


class NewAccountForm(AccountForm):
    """The same for an account that is not there yet, with the id that other systems know it by."""

    external_id = StringField(_l("External id"), [InputRequired(), Length(max=100)])
