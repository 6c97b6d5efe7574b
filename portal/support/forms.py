"""What people send to staff, as typed values."""

from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.web.forms import PortalForm

LONGEST_BODY: Final = 100_000


class RequestForm(PortalForm):
    """A new request."""

    title = StringField(_l("What is it about?"), [InputRequired(), Length(max=300)])
    body = TextAreaField(_l("Your request"), [InputRequired(), Length(max=LONGEST_BODY)])


class ReplyForm(PortalForm):
    """One more message."""

    body = TextAreaField(_l("Your message"), [InputRequired(), Length(max=LONGEST_BODY)])
