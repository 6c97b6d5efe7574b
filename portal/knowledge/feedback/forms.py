"""What readers say about articles, and what staff answer, as typed values."""

from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from portal.knowledge.feedback.service import Ballot
from portal.web.forms import PortalForm

REASONS: Final = (
    ("incomplete", _l("Something is missing")),
    ("unclear", _l("It is hard to understand")),
    ("wrong", _l("It is wrong")),
    ("outdated", _l("It is out of date")),
    ("other", _l("Something else")),
)
"""Why an article may not have helped."""


class VoteForm(PortalForm):
    """Whether an article helped, and why."""

    helpful = RadioField(
        _l("Did this article help?"), choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    )
    reason = SelectField(
        _l("What was missing?"),
        choices=[
            SelectChoice("", _l("Choose a reason")),
            *(SelectChoice(value, label) for value, label in REASONS),
        ],
        default="",
    )
    comment = TextAreaField(_l("Tell us more"), [Optional(), Length(max=2000)])

    @property
    def ballot(self) -> Ballot:
        """What the reader said."""
        comment = (self.comment.data or "").strip()
        return Ballot(is_helpful=self.helpful.data == "yes", reason=self.reason.data, comment=comment)


class ResolutionForm(PortalForm):
    """A note to a reader; `scope` says whether it answers others who spoke of the same text, too."""

    note = TextAreaField(_l("Note to the reader"), [Optional(), Length(max=1000)])
    scope = StringField()

    @property
    def said(self) -> str:
        """The note; empty without one."""
        return (self.note.data or "").strip()

    @property
    def with_others(self) -> bool:
        """Whether it answers everyone who spoke of the same text."""
        return bool(self.scope.data == "text")
