"""What people send about goals, as typed values."""

from collections.abc import Iterable
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.onboarding.goals import wording
from portal.onboarding.goals.models import Direction, Goal
from portal.onboarding.goals.rules import Count
from portal.onboarding.goals.service import GoalDraft
from portal.onboarding.rules import parse_conditions, write_conditions
from portal.web.forms import PortalForm

MOST_DAYS: Final = 366


class GoalForm(PortalForm):
    """What a goal says; the page sets the kinds to choose from. `edition` is what the writer saw of it."""

    about_all = "outcome"

    outcome = StringField(_l("What you want to have reached"), [InputRequired(), Length(max=200)])
    measure = StringField(_l("What is counted"), [InputRequired(), Length(max=120)])
    direction = SelectField(
        _l("The value has to be"),
        choices=[SelectChoice(each.value, words) for each, words in wording.DIRECTIONS.items()],
    )
    target = FloatField(_l("Target"), [InputRequired()])
    baseline = FloatField(_l("Baseline"), [Optional()])
    due_on = DateField(_l("To be reached by"), [InputRequired()])
    kind = SelectField(_l("Where the value comes from"), [Optional()])
    last_days = IntegerField(_l("Only of the last days"), [Optional(), NumberRange(min=1, max=MOST_DAYS)])
    counts_people = BooleanField(_l("Count each person once"))
    where = TextAreaField(_l("Only with conditions"), [Optional(), Length(max=1000)])
    edition = IntegerField(validators=[Optional()])

    @classmethod
    def of(cls, goal: Goal) -> "GoalForm":
        """Make the form that shows a goal as it is."""
        return cls(formdata=None, obj=goal, where=write_conditions(goal.conditions))

    def offer_kinds(self, kinds: Iterable[str]) -> None:
        """Let the value be entered, or signals of some kinds be counted beside those that have words."""
        self.kind.choices = [
            SelectChoice("", _("Someone enters it")),
            *(SelectChoice(kind, wording.called(kind)) for kind in dict.fromkeys([*wording.KINDS, *kinds])),
        ]

    def draft(self) -> GoalDraft:
        """Return what was written.

        Raises:
            InvalidError: a condition cannot be read.
        """
        return GoalDraft(
            outcome=self.outcome.data or "",
            measure=self.measure.data or "",
            direction=Direction(self.direction.data),
            target=self.target.data or 0.0,
            baseline=self.baseline.data,
            due_on=self.due_on.data,
            count=self._count(),
        )

    def _count(self) -> Count | None:
        if not self.kind.data:
            return None
        return Count(
            kind=self.kind.data,
            of_people=self.counts_people.data,
            where=parse_conditions(self.where.data or "", field="where"),
            last_days=self.last_days.data,
        )


class ValueForm(PortalForm):
    """What the value of a goal was on a day."""

    about_all = "value"

    day = DateField(_l("Day"), [InputRequired()])
    value = FloatField(_l("Value"), [InputRequired()])
