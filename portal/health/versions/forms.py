"""What staff write of a version, and what admins decide about one."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.health.versions.models import LONGEST_NOTE
from portal.web.forms import PortalForm


class DraftForm(PortalForm):
    """The text of a version, and what is different about it."""

    about_all: ClassVar[str] = "text"

    note = StringField(_l("What is different about it"), [Length(max=LONGEST_NOTE)])
    text = TextAreaField(_l("The model in TOML"), [DataRequired(_l("Write the model."))])
