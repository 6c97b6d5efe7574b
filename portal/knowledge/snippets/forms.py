"""What staff send about snippets and templates, as typed values."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.content.guard import MAX_SOURCE_CHARS
from portal.core.i18n import LANGUAGE_NAMES
from portal.knowledge.snippets.models import ArticleTemplate, Snippet
from portal.knowledge.snippets.service import LONGEST_BODY
from portal.web.forms import PortalForm


class _BodiesForm(PortalForm):
    """A text in each language."""

    @property
    def bodies(self) -> dict[str, str]:
        """What it says, by language."""
        return {code: (self[f"body_{code}"].data or "").replace("\r\n", "\n") for code in LANGUAGE_NAMES}

    def blame(self, name: str | None, message: str) -> None:
        """Show an error at the field where it is mended."""
        self["name" if name == "name" and "name" in self else "body_en"].errors = [message]


def _fields_of(item: Snippet | ArticleTemplate) -> dict[str, str]:
    return {"name": item.name} | {f"body_{code}": text for code, text in item.bodies.items()}


class SnippetTextForm(_BodiesForm):
    """What a snippet says."""

    body_en = TextAreaField(
        _l("Text in English"), [Optional(), Length(max=LONGEST_BODY)], description=_l("Written in Markdown.")
    )
    body_ja = TextAreaField(
        _l("Text in Japanese"), [Optional(), Length(max=LONGEST_BODY)], description=_l("Written in Markdown.")
    )

    @classmethod
    def of(cls, snippet: Snippet) -> "SnippetTextForm":
        """Return the form of a snippet as it is."""
        return cls(formdata=None, data=_fields_of(snippet))


class SnippetForm(SnippetTextForm):
    """A new snippet."""

    name = StringField(
        _l("Name"),
        [InputRequired(), Length(max=60)],
        description=_l("Articles use it by this name, which stays. Small letters, digits and hyphens."),
    )


class TemplateForm(_BodiesForm):
    """A template."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=120)])
    body_en = TextAreaField(
        _l("Text in English"),
        [Optional(), Length(max=MAX_SOURCE_CHARS)],
        description=_l("Written in Markdown."),
    )
    body_ja = TextAreaField(
        _l("Text in Japanese"),
        [Optional(), Length(max=MAX_SOURCE_CHARS)],
        description=_l("Written in Markdown."),
    )

    @classmethod
    def of(cls, template: ArticleTemplate) -> "TemplateForm":
        """Return the form of a template as it is."""
        return cls(formdata=None, data=_fields_of(template))
