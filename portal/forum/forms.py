"""What people send to the community, as typed values."""

from itertools import starmap
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.forum.models import TopicKind
from portal.web.forms import PortalForm

LONGEST_BODY: Final = 100_000
FLAG_REASONS: Final = (
    ("spam", _l("Spam or advertising")),
    ("abuse", _l("Rude or hurtful")),
    ("wrong", _l("Dangerous or wrong advice")),
    ("private", _l("Shows private data")),
    ("other", _l("Something else")),
)


class TopicForm(PortalForm):
    """A new question or discussion."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=300)])
    body = TextAreaField(_l("Your question or text"), [InputRequired(), Length(max=LONGEST_BODY)])
    board = SelectField(_l("Board"), [InputRequired()])
    kind = SelectField(
        _l("Kind"),
        choices=[
            SelectChoice(TopicKind.QUESTION, _l("Question")),
            SelectChoice(TopicKind.DISCUSSION, _l("Discussion")),
        ],
        default=TopicKind.QUESTION,
        coerce=TopicKind,
        validators=[Optional()],
    )


class PostForm(PortalForm):
    """A reply."""

    body = TextAreaField(_l("Your reply"), [InputRequired(), Length(max=LONGEST_BODY)])


class EditForm(PortalForm):
    """Another text for a post; the title is a topic's, and `edition` what the writer saw."""

    title = StringField(_l("Title"), [Optional(), Length(max=300)])
    body = TextAreaField(_l("Text"), [InputRequired(), Length(max=LONGEST_BODY)])
    edition = IntegerField(validators=[InputRequired()])


class FlagForm(PortalForm):
    """Why a moderator should look."""

    reason = SelectField(_l("Reason"), choices=list(starmap(SelectChoice, FLAG_REASONS)))
    comment = TextAreaField(_l("Comment"), [Optional(), Length(max=2000)])
