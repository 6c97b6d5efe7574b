"""What staff send about boards, as typed values."""

from collections.abc import Sequence
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.accounts.forms import AudienceField
from portal.core.i18n import LANGUAGE_NAMES
from portal.forum.boards import BoardDraft
from portal.forum.models import Board
from portal.web.forms import PortalForm

LONGEST_TEMPLATE: Final = 5000


class BoardForm(PortalForm):
    """A board: its texts, who sees it, who may start topics, and who keeps it in order."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=120)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=120)])
    description_en = StringField(_l("Description in English"), [Optional(), Length(max=500)])
    description_ja = StringField(_l("Description in Japanese"), [Optional(), Length(max=500)])
    template_en = TextAreaField(
        _l("What a question begins with, in English"),
        [Optional(), Length(max=LONGEST_TEMPLATE)],
        description=_l("Such as the version in use and what was tried; people write over it."),
    )
    template_ja = TextAreaField(
        _l("What a question begins with, in Japanese"), [Optional(), Length(max=LONGEST_TEMPLATE)]
    )
    audience = AudienceField(
        _l("Who sees it"),
        [InputRequired(), Length(max=500)],
        default="public",
        description=_l("public, signed-in, staff, plan:… or account:…; several with spaces between them"),
    )
    posting = AudienceField(
        _l("Who may start topics"),
        [InputRequired(), Length(max=500)],
        default="signed-in",
        description=_l("Of those who see it; anyone signed in may reply."),
    )
    moderators = TextAreaField(
        _l("Moderators"),
        [Optional(), Length(max=5000)],
        description=_l("E-mail addresses of customers who keep it in order, one a line. Staff always do."),
    )
    position = IntegerField(_l("Place in the list"), [Optional(), NumberRange(0, 100_000)], default=0)

    @classmethod
    def of(cls, board: Board, moderators: Sequence[str]) -> "BoardForm":
        """Return the form of a board as it is."""
        texts = {
            f"{name}_{language}": texts.get(language, "")
            for name, texts in (
                ("name", board.names),
                ("description", board.descriptions),
                ("template", board.templates),
            )
            for language in LANGUAGE_NAMES
        }
        whom = {name: " ".join(sorted(getattr(board, name))) for name in ("audience", "posting")}
        data = texts | whom | {"moderators": "\n".join(moderators), "position": board.position}
        return cls(formdata=None, data=data)

    def _texts(self, name: str) -> dict[str, str]:
        texts = {language: self[f"{name}_{language}"].data or "" for language in LANGUAGE_NAMES}
        return {language: text for language, text in texts.items() if text.strip()}

    @property
    def draft(self) -> BoardDraft:
        """What it should be."""
        return BoardDraft(
            names=self._texts("name"),
            descriptions=self._texts("description"),
            templates=self._texts("template"),
            audience=self.audience.audience,
            posting=self.posting.audience,
            moderators=frozenset((self.moderators.data or "").lower().split()),
            position=self.position.data or 0,
        )
