"""What staff send when they write a note."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, TextAreaField
from wtforms.validators import Length, Optional

from portal.content.guard import MAX_SOURCE_CHARS
from portal.web.forms import PortalForm


class NoteForm(PortalForm):
    """A note; `edition` is that of the text on the page from which it comes."""

    about_all: ClassVar[str] = "body"

    body = TextAreaField(_l("Note"), [Length(max=MAX_SOURCE_CHARS)])
    edition = IntegerField(validators=[Optional()])
