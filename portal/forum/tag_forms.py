"""What staff send about tags, as typed values."""

import re
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from portal.core.i18n import LANGUAGE_NAMES
from portal.forum.models import Tag
from portal.forum.tags import LONGEST_NAME, TagDraft
from portal.web.forms import PortalForm


class TagForm(PortalForm):
    """A tag: what it is called, and what else means it."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=LONGEST_NAME)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=LONGEST_NAME)])
    synonyms = TextAreaField(
        _l("Other words for it"),
        [Optional(), Length(max=4000)],
        description=_l("One a line. Whoever writes one of them means this tag."),
    )

    @classmethod
    def of(cls, tag: Tag, synonyms: Sequence[str]) -> "TagForm":
        """Return the form of a tag as it is."""
        names = {f"name_{language}": tag.names.get(language, "") for language in LANGUAGE_NAMES}
        return cls(formdata=None, data=names | {"synonyms": "\n".join(synonyms)})

    @property
    def draft(self) -> TagDraft:
        """What it should be."""
        words = re.split(r"[\n,、，;]", self.synonyms.data or "")
        return TagDraft(
            names={language: self[f"name_{language}"].data or "" for language in LANGUAGE_NAMES},
            synonyms=tuple(word.strip() for word in words if word.strip()),
        )
