"""What staff send about reminders, as typed values."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField

from portal.accounts.models import TouchTier
from portal.onboarding.nudges.queries import Choice
from portal.onboarding.rules import Standing
from portal.web.forms import PortalForm
from portal.web.numbers import row_number


class TemplateForm(PortalForm):
    """What reminders say, by language."""

    about_all = "text_en"

    text_en = TextAreaField(_l("Text in English"))
    text_ja = TextAreaField(_l("Text in Japanese"))

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts by language."""
        return {"en": self.text_en.data or "", "ja": self.text_ja.data or ""}


class DraftForm(PortalForm):
    """What one person is to read."""

    about_all = "text"

    text = TextAreaField(_l("Text"))


def choice_in(args: MultiDict[str, str]) -> Choice:
    """Read which checklists are looked at; what cannot be read is any."""
    return Choice(
        map_id=args.get("map", type=row_number),
        step_key=args.get("step", ""),
        standing=args.get("standing", type=Standing),
        tier=args.get("tier", type=TouchTier),
        manager_id=args.get("manager", type=row_number),
    )
