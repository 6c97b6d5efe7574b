"""What people send to the knowledge base, as typed values."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal.accounts.forms import AudienceField
from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.knowledge.editing.queries import Writing
from portal.knowledge.models import Article, ArticleDraft, Significance, Verdict
from portal.knowledge.publishing import Text
from portal.knowledge.queries import SectionNode
from portal.knowledge.service import Edit, Place
from portal.knowledge.upkeep.duties import LONGEST_INTERVAL_DAYS, Duty
from portal.web.forms import PortalForm
from portal.web.language import reader_zone
from portal.web.numbers import LARGEST_ROW

LONGEST_BODY: Final = 200_000
LONGEST_WAIT: Final = timedelta(days=3650)


def section_choices(tree: Iterable[SectionNode], language: str) -> Iterator[SelectChoice]:
    """Yield every section with the names of those above it."""
    for top in tree:
        for above, node in top.walk():
            names = [section.name(language) for section in (*above, node.section)]
            yield SelectChoice(str(node.section.id), " › ".join(names))


def verifier_choices(staff: Iterable[User]) -> Iterator[SelectChoice]:
    """Yield everyone who can verify articles, and first whoever the section names."""
    yield SelectChoice("", _l("as its section says"))
    for person in staff:
        yield SelectChoice(str(person.id), person.name)


def _zone() -> ZoneInfo:
    return reader_zone(current_app.extensions["settings"])


class TextForm(PortalForm):
    """A text of an article; the numbers say which revisions of it and of its source were seen."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=300)])
    summary = TextAreaField(
        _l("Summary"),
        [Optional(), Length(max=500)],
        description=_l("One sentence that says what the reader can do after reading."),
    )
    body = TextAreaField(
        _l("Text"), [InputRequired(), Length(max=LONGEST_BODY)], description=_l("Written in Markdown.")
    )
    says_source = BooleanField()
    significance = SelectField(
        _l("How much changes"),
        choices=[
            SelectChoice("typo", _l("A slip of the pen: translations stay up to date")),
            SelectChoice("normal", _l("Something readers should know: translations have to follow")),
            SelectChoice("major", _l("What it said before is wrong now: readers of translations are warned")),
        ],
        default=Significance.NORMAL,
        coerce=Significance,
    )
    note = StringField(
        _l("What you changed"),
        [Optional(), Length(max=300)],
        description=_l("For your colleagues; readers do not see it."),
    )
    publish_at = DateTimeLocalField(
        _l("Goes live"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    base_number = IntegerField(validators=[Optional(), NumberRange(0, LARGEST_ROW)])
    source_number = IntegerField(validators=[Optional(), NumberRange(0, LARGEST_ROW)])

    @classmethod
    def of(cls, writing: Writing) -> "TextForm":
        """Return the form of the newest text; it is empty if there is none in the language."""
        newest, text = writing.newest, writing.translation
        planned = text.publish_at if text and text.publish_at and text.publish_at > utc_now() else None
        data: dict[str, object] = {
            "base_number": newest and newest.number,
            "source_number": writing.source_number,
            "says_source": writing.says_source,
            "publish_at": planned and planned.astimezone(_zone()),
        }
        if newest:
            data |= {"title": newest.title, "summary": newest.summary, "body": newest.body}
        return cls(formdata=None, data=data)

    @classmethod
    def of_draft(cls, draft: ArticleDraft) -> Self:
        """Return the form as it was typed into."""
        form = cls(formdata=MultiDict(draft.fields))
        form.base_number.data = draft.base_number
        return form

    def validate_publish_at(self, field: DateTimeLocalField) -> None:
        """Tell when the time has passed, or is too far away to be meant."""
        now = utc_now().astimezone(_zone()).replace(tzinfo=None)
        if field.data and not now < field.data < now + LONGEST_WAIT:
            raise ValidationError(
                _l("Choose a time from now on, within the next ten years; or none, for now.")
            )

    @property
    def goes_live_at(self) -> datetime | None:
        """When it is to go live, in UTC; None for at once."""
        local: datetime | None = self.publish_at.data
        return local and local.replace(tzinfo=_zone()).astimezone(UTC)

    @property
    def text(self) -> Text:
        """What it says."""
        body = self.body.data.replace("\r\n", "\n")  # Browsers send the line ends of mail.
        return Text(title=self.title.data, summary=self.summary.data or "", body=body)

    def edit(self, made_from: int | None) -> Edit:
        """Return what the author says about it; `made_from` is what the text before was translated from."""
        seen: int | None = self.source_number.data
        source_number = seen if seen is None or self.says_source.data else made_from or 0
        return Edit(
            significance=self.significance.data, note=self.note.data or "", source_number=source_number
        )


class StandsForm(PortalForm):
    """Where an article stands."""

    section_id = SelectField(_l("Section"), coerce=int)


class AudienceForm(PortalForm):
    """Whom an article is for."""

    audience = AudienceField(
        _l("Audience"),
        [InputRequired(), Length(max=500)],
        default="public",
        description=_l("public, signed-in, staff, plan:… or account:…; several with spaces between them"),
    )


class PlaceForm(StandsForm, AudienceForm):
    """Where an article stands, and for whom."""

    @property
    def place(self) -> Place:
        """Where it stands, and for whom."""
        return Place(section_id=self.section_id.data, audience=self.audience.audience)


class DutyForm(PortalForm):
    """Who verifies an article, and how often."""

    verifier_id = SelectField(_l("Verified by"), coerce=lambda value: int(value) if value else None)
    verify_every_days = IntegerField(
        _l("Every how many days"),
        [Optional(), NumberRange(1, LONGEST_INTERVAL_DAYS)],
        description=_l("Leave it empty to do as the section says."),
    )

    @property
    def duty(self) -> Duty:
        """Who verifies it, and how often."""
        return Duty(verifier_id=self.verifier_id.data, every_days=self.verify_every_days.data)


class NewArticleForm(TextForm, PlaceForm):
    """A new article with its first text."""


class SettingsForm(PlaceForm, DutyForm):
    """What holds for an article in every language."""

    @classmethod
    def of(cls, article: Article) -> "SettingsForm":
        """Return the form of an article as it is."""
        return cls(formdata=None, obj=article)


class ReviewForm(PortalForm):
    """What a second person says about the revision of this number."""

    number = IntegerField(validators=[InputRequired(), NumberRange(1, LARGEST_ROW)])
    verdict = SelectField(choices=[SelectChoice(item, item) for item in Verdict], coerce=Verdict)
    comment = TextAreaField(
        _l("Comment"),
        [Optional(), Length(max=2000)],
        description=_l("What should change; or, when you approve, anything worth saying."),
    )
