"""What people send to the knowledge base, as typed values."""

from collections.abc import Iterable, Iterator
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal.accounts.audience import parse_audience
from portal.core.errors import InvalidError
from portal.core.i18n import LANGUAGE_NAMES
from portal.knowledge.models import Article, Section, Significance
from portal.knowledge.publishing import Text
from portal.knowledge.queries import SectionNode
from portal.knowledge.sections import SectionDraft
from portal.knowledge.service import Ballot, Edit, Place
from portal.web.errors import explain
from portal.web.forms import PortalForm

LONGEST_BODY: Final = 200_000


def section_choices(tree: Iterable[SectionNode], language: str) -> Iterator[SelectChoice]:
    """Yield every section with the names of those above it."""
    for top in tree:
        for above, node in top.walk():
            names = [section.name(language) for section in (*above, node.section)]
            yield SelectChoice(str(node.section.id), " › ".join(names))


class VoteForm(PortalForm):
    """Whether an article helped, and why."""

    helpful = RadioField(
        _l("Did this article help?"), choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    )
    reason = SelectField(
        _l("What was missing?"),
        choices=[
            SelectChoice("", _l("Choose a reason")),
            SelectChoice("incomplete", _l("Something is missing")),
            SelectChoice("unclear", _l("It is hard to understand")),
            SelectChoice("wrong", _l("It is wrong")),
            SelectChoice("outdated", _l("It is out of date")),
            SelectChoice("other", _l("Something else")),
        ],
        default="",
    )
    comment = TextAreaField(_l("Tell us more"), [Optional(), Length(max=2000)])

    @property
    def ballot(self) -> Ballot:
        """What the reader said."""
        comment = (self.comment.data or "").strip()
        return Ballot(is_helpful=self.helpful.data == "yes", reason=self.reason.data, comment=comment)


class ArticleForm(PortalForm):
    """An article and its text in one language; `base_number` is empty for a text that is new."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=300)])
    summary = TextAreaField(
        _l("Summary"),
        [Optional(), Length(max=500)],
        description=_l("One sentence that says what the reader can do after reading."),
    )
    body = TextAreaField(
        _l("Text"), [InputRequired(), Length(max=LONGEST_BODY)], description=_l("Written in Markdown.")
    )
    section_id = SelectField(_l("Section"), coerce=int)
    audience = StringField(
        _l("Audience"),
        [InputRequired(), Length(max=500)],
        default="public",
        description=_l("public, signed-in, staff, plan:… or account:…; several with spaces between them"),
    )
    significance = SelectField(
        _l("How much changes"),
        choices=[
            SelectChoice("typo", _l("A slip of the pen")),
            SelectChoice("normal", _l("Something readers should know")),
            SelectChoice("major", _l("What it said before is wrong now")),
        ],
        default=Significance.NORMAL,
        coerce=Significance,
    )
    note = StringField(_l("What you changed"), [Optional(), Length(max=300)])
    base_number = IntegerField(validators=[Optional()])

    @classmethod
    def of(cls, article: Article, language: str) -> "ArticleForm":
        """Return the form of an article as it is; its texts are empty if it says nothing in the language."""
        audience = " ".join(sorted(article.audience))
        text = article.translation_in(language)
        place = {"section_id": article.section_id, "audience": audience}
        return cls(formdata=None, obj=text, data=place | {"base_number": text and text.newest_number})

    def validate_audience(self, field: StringField) -> None:
        """Tell what is no audience."""
        try:
            parse_audience(field.data)
        except InvalidError as error:
            raise ValidationError(explain(error)) from error

    @property
    def text(self) -> Text:
        """What it says."""
        body = self.body.data.replace("\r\n", "\n")  # Browsers send the line ends of mail.
        return Text(title=self.title.data, summary=self.summary.data or "", body=body)

    @property
    def edit(self) -> Edit:
        """What the author says about it."""
        return Edit(significance=self.significance.data, note=self.note.data or "")

    @property
    def place(self) -> Place:
        """Where it stands, and for whom."""
        return Place(section_id=self.section_id.data, audience=parse_audience(self.audience.data))


class SectionForm(PortalForm):
    """A section: its names and descriptions, and where it stands."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=200)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=200)])
    description_en = StringField(_l("Description in English"), [Optional(), Length(max=500)])
    description_ja = StringField(_l("Description in Japanese"), [Optional(), Length(max=500)])
    parent_id = SelectField(_l("Below"), coerce=lambda value: int(value) if value else None)
    position = IntegerField(_l("Place in its row"), [Optional(), NumberRange(0, 100_000)], default=0)

    @classmethod
    def of(cls, section: Section) -> "SectionForm":
        """Return the form of a section as it is."""
        texts = {
            f"{name}_{language}": texts.get(language, "")
            for name, texts in (("name", section.names), ("description", section.descriptions))
            for language in LANGUAGE_NAMES
        }
        return cls(formdata=None, data=texts | {"parent_id": section.parent_id, "position": section.position})

    def blame(self, name: str | None, message: str) -> None:
        """Show an error of the whole section at the field where it is mended."""
        self["parent_id" if name == "parent_id" else "name_en"].errors = [message]

    def _texts(self, name: str) -> dict[str, str]:
        return {language: self[f"{name}_{language}"].data or "" for language in LANGUAGE_NAMES}

    @property
    def draft(self) -> SectionDraft:
        """What it should be."""
        return SectionDraft(
            names=self._texts("name"),
            descriptions={language: text for language, text in self._texts("description").items() if text},
            parent_id=self.parent_id.data,
            position=self.position.data or 0,
        )
