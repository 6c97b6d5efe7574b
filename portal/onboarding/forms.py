"""What staff send about success maps and checklists, as typed values."""

from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.onboarding.models import MapStep
from portal.onboarding.rules import Proof, parse_conditions, parse_proof, write_conditions
from portal.onboarding.service import StepDraft
from portal.web.forms import PortalForm

LATEST_DAYS: Final = 3650


class MapForm(PortalForm):
    """A new success map."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=120)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=120)])
    persona = StringField(_l("Persona"), [Optional(), Length(max=120)])

    def names(self) -> dict[str, str]:
        """Return the names by language."""
        return {"en": self.name_en.data or "", "ja": self.name_ja.data or ""}


class StepForm(PortalForm):
    """A step of a success map; its choices of proof are set by the page."""

    title_en = StringField(_l("Title in English"), [Optional(), Length(max=200)])
    title_ja = StringField(_l("Title in Japanese"), [Optional(), Length(max=200)])
    reason_en = TextAreaField(_l("What it gives the customer, in English"), [Optional(), Length(max=1000)])
    reason_ja = TextAreaField(_l("What it gives the customer, in Japanese"), [Optional(), Length(max=1000)])
    article_id = IntegerField(_l("Number of the article that helps"), [Optional(), NumberRange(min=1)])
    due_after_days = IntegerField(
        _l("Due after days"), [InputRequired(), NumberRange(min=0, max=LATEST_DAYS)]
    )
    is_required = BooleanField(_l("Required"), default=True)
    is_first_value = BooleanField(_l("Shows the first value"))
    proof_kind = SelectField(_l("Completed by"), [Optional()])
    proof_count = IntegerField(_l("How often in all"), [Optional(), NumberRange(min=1)], default=1)
    proof_people = IntegerField(
        _l("By how many different people"), [Optional(), NumberRange(min=1)], default=1
    )
    proof_where = TextAreaField(_l("Only signals with"), [Optional(), Length(max=1000)])

    @classmethod
    def of(cls, step: MapStep) -> "StepForm":
        """Make the form that shows a step as it is."""
        proof = parse_proof(step.proof) if step.proof else None
        return cls(
            obj=step,
            data={f"title_{language}": text for language, text in step.titles.items()}
            | {f"reason_{language}": text for language, text in step.reasons.items()}
            | {
                "proof_kind": proof.kind if proof else "",
                "proof_count": proof.count if proof else 1,
                "proof_people": proof.people if proof else 1,
                "proof_where": write_conditions(proof.where) if proof else "",
            },
        )

    def draft(self) -> StepDraft:
        """Return what was written.

        Raises:
            InvalidError: a condition of the proof cannot be read.
        """
        return StepDraft(
            titles={"en": self.title_en.data or "", "ja": self.title_ja.data or ""},
            reasons={"en": self.reason_en.data or "", "ja": self.reason_ja.data or ""},
            article_id=self.article_id.data,
            due_after_days=self.due_after_days.data or 0,
            is_required=self.is_required.data,
            is_first_value=self.is_first_value.data,
            proof=self._proof(),
        )

    def _proof(self) -> Proof | None:
        if not self.proof_kind.data:
            return None
        return Proof(
            kind=self.proof_kind.data,
            count=self.proof_count.data or 1,
            people=self.proof_people.data or 1,
            where=parse_conditions(self.proof_where.data or ""),
        )


class ChecklistForm(PortalForm):
    """For whom a success map is made concrete, and from which day; the accounts are set by the page."""

    account_id = SelectField(_l("Account"), [InputRequired()], coerce=int)
    started_on = DateField(_l("Starts on"), [InputRequired()])
