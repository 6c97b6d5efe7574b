"""What staff send about success maps, as typed values."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.accounts.models import PLANS
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.onboarding.maps.rules import parse_quiz, write_quiz
from portal.onboarding.maps.service import MapDraft, StepDraft
from portal.onboarding.models import Instrument, MapStep, Milestone, Owner, StepRole, SuccessMap
from portal.onboarding.rules import Proof, parse_conditions, parse_proof, write_conditions
from portal.onboarding.wording import INSTRUMENTS, MILESTONES, OWNERS, ROLES
from portal.web.forms import PortalForm

LATEST_DAYS: Final = 3650
LONGEST_MINUTES: Final = 480  # A working day.
LANGUAGES: Final = ("en", "ja")
NUMBERED: Final = frozenset({Instrument.ARTICLE, Instrument.TOPIC})
ADDRESSED: Final = frozenset({Instrument.VIDEO, Instrument.LINK})


def _choices(
    kind: type[StrEnum], words: Mapping[str, object], *, none: str | None = None
) -> list[SelectChoice]:
    first = [] if none is None else [SelectChoice("", none)]
    return [*first, *(SelectChoice(member.value, words[member.value]) for member in kind)]


class MapForm(PortalForm):
    """What a success map is called, and for whom it is."""

    name_en = StringField(_l("Name in English"), [Optional(), Length(max=120)])
    name_ja = StringField(_l("Name in Japanese"), [Optional(), Length(max=120)])
    persona = StringField(_l("Persona"), [Optional(), Length(max=120)])
    plan = SelectField(_l("Plan"), [Optional()])
    starting_point_en = StringField(_l("Where it starts, in English"), [Optional(), Length(max=500)])
    starting_point_ja = StringField(_l("Where it starts, in Japanese"), [Optional(), Length(max=500)])
    outcome_en = StringField(_l("Where it leads, in English"), [Optional(), Length(max=500)])
    outcome_ja = StringField(_l("Where it leads, in Japanese"), [Optional(), Length(max=500)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.plan.choices = [SelectChoice("", _("Any plan")), *map(SelectChoice, PLANS, PLANS)]

    @classmethod
    def of(cls, success_map: SuccessMap) -> "MapForm":
        """Make the form that shows a map as it is."""
        data = {
            f"{name}_{language}": text
            for name, texts in (
                ("name", success_map.names),
                ("starting_point", success_map.starting_points),
                ("outcome", success_map.outcomes),
            )
            for language, text in texts.items()
        }
        return cls(formdata=None, obj=success_map, data=data)

    def draft(self) -> MapDraft:
        """Return what was written."""
        return MapDraft(
            names=_texts(self, "name"),
            persona=self.persona.data or "",
            plan=self.plan.data or "",
            starting_points=_texts(self, "starting_point"),
            outcomes=_texts(self, "outcome"),
        )


class StepForm(PortalForm):
    """A step of a success map; its choices of proof and of other steps are set by the page."""

    about_all = "title_en"

    title_en = StringField(_l("Title in English"), [Optional(), Length(max=200)])
    title_ja = StringField(_l("Title in Japanese"), [Optional(), Length(max=200)])
    reason_en = TextAreaField(_l("What it gives the customer, in English"), [Optional(), Length(max=1000)])
    reason_ja = TextAreaField(_l("What it gives the customer, in Japanese"), [Optional(), Length(max=1000)])
    stage_en = StringField(_l("Stage in English"), [Optional(), Length(max=120)])
    stage_ja = StringField(_l("Stage in Japanese"), [Optional(), Length(max=120)])
    instrument = SelectField(_l("Done with"), [Optional()])
    reference = StringField(_l("Which one"), [Optional(), Length(max=500)])
    quiz_en = TextAreaField(_l("Quiz in English"), [Optional(), Length(max=5000)])
    quiz_ja = TextAreaField(_l("Quiz in Japanese"), [Optional(), Length(max=5000)])
    owner = SelectField(_l("Whose turn it is"), [Optional()], default=Owner.CUSTOMER)
    role = SelectField(_l("Who there"), [Optional()])
    minutes = IntegerField(_l("Minutes it takes"), [Optional(), NumberRange(min=1, max=LONGEST_MINUTES)])
    due_after_days = IntegerField(
        _l("Due after working days"), [InputRequired(), NumberRange(min=0, max=LATEST_DAYS)]
    )
    counted_from = SelectField(_l("Counted from"), [Optional()])
    needs = SelectMultipleField(_l("Only after"), [Optional()])
    is_required = BooleanField(_l("Required"), default=True)
    milestone = SelectField(_l("Milestone"), [Optional()])
    proof_kind = SelectField(_l("Completed by"), [Optional()])
    proof_count = IntegerField(_l("How often in all"), [Optional(), NumberRange(min=1)], default=1)
    proof_people = IntegerField(
        _l("By how many different people"), [Optional(), NumberRange(min=1)], default=1
    )
    proof_where = TextAreaField(_l("Only signals with"), [Optional(), Length(max=1000)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.instrument.choices = _choices(Instrument, INSTRUMENTS, none=_("Nothing in particular"))
        self.owner.choices = _choices(Owner, OWNERS)
        self.role.choices = _choices(StepRole, ROLES, none=_("Anyone"))
        self.milestone.choices = _choices(Milestone, MILESTONES, none=_("None"))

    @classmethod
    def of(cls, step: MapStep) -> "StepForm":
        """Make the form that shows a step as it is."""
        proof = parse_proof(step.proof) if step.proof else None
        by_language = (("title", step.titles), ("reason", step.reasons), ("stage", step.stage))
        data = {f"{name}_{language}": text for name, texts in by_language for language, text in texts.items()}
        data |= {f"quiz_{language}": write_quiz(quiz) for language, quiz in (step.quiz or {}).items()}
        proven = {
            "proof_kind": proof.kind if proof else "",
            "proof_count": proof.count if proof else 1,
            "proof_people": proof.people if proof else 1,
            "proof_where": write_conditions(proof.where) if proof else "",
        }
        return cls(formdata=None, obj=step, data=data | proven)

    def offer_steps(self, steps: Iterable[MapStep], language: str) -> None:
        """Offer the other steps of the map to count from and to wait for."""
        offered = [SelectChoice(step.key, step.title(language)) for step in steps]
        self.counted_from.choices = [SelectChoice("", _("The start of the checklist")), *offered]
        self.needs.choices = offered

    def draft(self) -> StepDraft:
        """Return what was written.

        Raises:
            InvalidError: a condition of the proof or a question cannot be read, or the instrument is missing.
        """
        instrument = Instrument(self.instrument.data) if self.instrument.data else None
        quiz = {language: parse_quiz(self[f"quiz_{language}"].data or "") for language in LANGUAGES}
        self._check_instrument(instrument, has_quiz=any(quiz.values()))
        return StepDraft(
            titles=_texts(self, "title"),
            reasons=_texts(self, "reason"),
            stage=_texts(self, "stage"),
            instrument=instrument,
            reference=self.reference.data or "",
            quiz=quiz if instrument is Instrument.QUIZ else {},
            owner=Owner(self.owner.data or Owner.CUSTOMER),
            role=StepRole(self.role.data) if self.role.data else None,
            minutes=self.minutes.data,
            due_after_days=self.due_after_days.data or 0,
            counted_from=self.counted_from.data or None,
            needs=tuple(self.needs.data or ()),
            is_required=self.is_required.data,
            milestone=Milestone(self.milestone.data) if self.milestone.data else None,
            proof=self._proof(),
        )

    def _check_instrument(self, instrument: Instrument | None, *, has_quiz: bool) -> None:
        reference = (self.reference.data or "").strip()
        if instrument in NUMBERED and not (reference.isascii() and reference.isdigit()):
            raise InvalidError(N_("Give the number that stands in its address."), field="reference")
        if instrument is Instrument.BOARD and not reference:
            raise InvalidError(N_("Give the short name that stands in its address."), field="reference")
        wants_address = instrument in ADDRESSED or (instrument is Instrument.MEETING and reference)
        if wants_address and not reference.startswith(("https://", "http://")):
            raise InvalidError(N_("Give an address that begins with https://."), field="reference")
        if instrument is Instrument.QUIZ and not has_quiz:
            raise InvalidError(N_("Write at least one question."), field="quiz_en")

    def _proof(self) -> Proof | None:
        if not self.proof_kind.data:
            return None
        return Proof(
            kind=self.proof_kind.data,
            count=self.proof_count.data or 1,
            people=self.proof_people.data or 1,
            where=parse_conditions(self.proof_where.data or "", field="proof_where"),
        )


def _texts(form: PortalForm, name: str) -> dict[str, str]:
    return {language: form[f"{name}_{language}"].data or "" for language in LANGUAGES}
