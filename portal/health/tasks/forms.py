"""What staff say when they close a task."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from portal.health.tasks.models import LONGEST_NOTE
from portal.web.forms import PortalForm


class ClosureForm(PortalForm):
    """What was done, or why nothing is."""

    about_all: ClassVar[str] = "body"

    body = TextAreaField(_l("What was done"), [Length(max=LONGEST_NOTE)])
