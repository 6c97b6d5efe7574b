"""What people write about steps, as typed values."""

from typing import ClassVar, Final

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, TextAreaField
from wtforms.validators import Length, Optional

from portal.web.forms import PortalForm

LONGEST_BODY: Final = 20_000


class CommentForm(PortalForm):
    """A comment; `edition` is what its writer saw, for one that is changed."""

    about_all: ClassVar[str] = "body"

    body = TextAreaField(_l("Your comment"), [Length(max=LONGEST_BODY)])
    edition = IntegerField(validators=[Optional()])
