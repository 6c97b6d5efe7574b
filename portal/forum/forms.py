"""What people send to the community, as typed values."""

import re
from collections.abc import Mapping
from itertools import starmap
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.forum.models import IdeaStatus, TopicKind
from portal.forum.service import RATINGS, Draft
from portal.web.forms import PortalForm

LONGEST_BODY: Final = 100_000
_SUBJECT: Final = re.compile(r"[a-z]{1,20}:[0-9]{1,9}")
FLAG_REASONS: Final = (
    ("spam", _l("Spam or advertising")),
    ("abuse", _l("Rude or hurtful")),
    ("wrong", _l("Dangerous or wrong advice")),
    ("private", _l("Shows private data")),
    ("other", _l("Something else")),
)


KINDS: Final[Mapping[TopicKind, Any]] = {
    TopicKind.QUESTION: _l("Question"),
    TopicKind.DISCUSSION: _l("Discussion"),
    TopicKind.IDEA: _l("Idea"),
    TopicKind.REVIEW: _l("Review"),
    TopicKind.USE_CASE: _l("Use case"),
}
STATUSES: Final[Mapping[IdeaStatus, Any]] = {
    IdeaStatus.NEW: _l("New"),
    IdeaStatus.UNDER_REVIEW: _l("Under review"),
    IdeaStatus.PLANNED: _l("Planned"),
    IdeaStatus.IN_PROGRESS: _l("In progress"),
    IdeaStatus.SHIPPED: _l("Shipped"),
    IdeaStatus.NOT_PLANNED: _l("Not planned"),
}


class TagsField(StringField):
    """Tags by any of their names, with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_l("Tags"), [Optional(), Length(max=400)], **kwargs)

    @property
    def names(self) -> tuple[str, ...]:
        """What was written."""
        return tuple(name.strip() for name in re.split(r"[,、，;]", self.data or "") if name.strip())


class TopicForm(PortalForm):
    """A new topic; the rating is a review's, and who writes and how they use it a review's or use case's."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=300)])
    body = TextAreaField(_l("Your question or text"), [InputRequired(), Length(max=LONGEST_BODY)])
    board = SelectField(_l("Board"), [InputRequired()])
    kind = SelectField(
        _l("Kind"),
        choices=list(starmap(SelectChoice, KINDS.items())),
        default=TopicKind.QUESTION,
        coerce=TopicKind,
        validators=[Optional()],
    )
    rating = SelectField(
        _l("Rating"),
        choices=[
            SelectChoice("", ""),
            *(SelectChoice(str(stars), "★" * stars) for stars in reversed(RATINGS)),
        ],
        coerce=lambda value: int(value) if value else None,
        validators=[Optional()],
    )
    writer_role = StringField(_l("Your role"), [Optional(), Length(max=120)])
    usage = StringField(_l("What you use it for"), [Optional(), Length(max=300)])

    about = HiddenField(filters=[lambda text: text if _SUBJECT.fullmatch(text or "") else ""])
    tags = TagsField()

    @property
    def draft(self) -> Draft:
        """What was written."""
        return Draft(
            tags=self.tags.names,
            title=self.title.data,
            body=self.body.data,
            rating=self.rating.data,
            writer_role=(self.writer_role.data or "").strip(),
            usage=(self.usage.data or "").strip(),
            about=self.about.data,
        )


class StatusForm(PortalForm):
    """What the vendor makes of an idea."""

    status = SelectField(
        _l("Status"), choices=list(starmap(SelectChoice, STATUSES.items())), coerce=IdeaStatus
    )
    note = TextAreaField(_l("Why, in a sentence that everyone reads"), [Optional(), Length(max=1000)])


class PostForm(PortalForm):
    """A reply."""

    body = TextAreaField(_l("Your reply"), [InputRequired(), Length(max=LONGEST_BODY)])


class CommentForm(PortalForm):
    """A comment on a post."""

    body = TextAreaField(_l("Your comment"), [InputRequired(), Length(max=LONGEST_BODY)])


class EditForm(PortalForm):
    """Another text for a post; the title is a topic's, and `edition` what the writer saw."""

    title = StringField(_l("Title"), [Optional(), Length(max=300)])
    tags = TagsField()
    body = TextAreaField(_l("Text"), [InputRequired(), Length(max=LONGEST_BODY)])
    edition = IntegerField(validators=[InputRequired()])


class TagsForm(PortalForm):
    """Other tags for a topic."""

    tags = TagsField()


class FlagForm(PortalForm):
    """Why a moderator should look."""

    reason = SelectField(_l("Reason"), choices=list(starmap(SelectChoice, FLAG_REASONS)))
    comment = TextAreaField(_l("Comment"), [Optional(), Length(max=2000)])
