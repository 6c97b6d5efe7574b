"""What staff send about sections, as typed values."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from portal.core.i18n import LANGUAGE_NAMES
from portal.knowledge.models import Section
from portal.knowledge.structure.sections import SectionDraft
from portal.knowledge.upkeep.duties import LONGEST_INTERVAL_DAYS, Duty
from portal.web.forms import PortalForm


class SectionForm(PortalForm):
    """A section: its names and descriptions, where it stands, and what holds for all in it."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=200)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=200)])
    description_en = StringField(_l("Description in English"), [Optional(), Length(max=500)])
    description_ja = StringField(_l("Description in Japanese"), [Optional(), Length(max=500)])
    slug = StringField(
        _l("Address"),
        [Optional(), Length(max=80)],
        description=_l("The end of its address, in any script. After a change the old address leads here."),
    )
    parent_id = SelectField(_l("Below"), coerce=lambda value: int(value) if value else None)
    position = IntegerField(_l("Place in its row"), [Optional(), NumberRange(0, 100_000)], default=0)
    needs_review = BooleanField(_l("A second person has to approve what is published here and below"))
    verifier_id = SelectField(_l("Verified by"), coerce=lambda value: int(value) if value else None)
    verify_every_days = IntegerField(
        _l("Every how many days"),
        [Optional(), NumberRange(1, LONGEST_INTERVAL_DAYS)],
        description=_l("How often someone looks whether the articles are still true; empty as above."),
    )

    @classmethod
    def of(cls, section: Section) -> "SectionForm":
        """Return the form of a section as it is."""
        texts = {
            f"{name}_{language}": texts.get(language, "")
            for name, texts in (("name", section.names), ("description", section.descriptions))
            for language in LANGUAGE_NAMES
        }
        return cls(formdata=None, obj=section, data=texts)

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
            slug=self.slug.data or "",
            needs_review=self.needs_review.data,
            duty=Duty(verifier_id=self.verifier_id.data, every_days=self.verify_every_days.data),
        )
