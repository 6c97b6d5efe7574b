"""What staff send about pins and synonyms, as typed values."""

import csv
import io
from typing import Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from portal.core.errors import InvalidError
from portal.core.i18n import LANGUAGE_NAMES, N_
from portal.search.curation.models import SearchPin, SearchSynonym
from portal.search.curation.rules import MOST_PINS, Rule
from portal.web.forms import PortalForm

COLUMNS: Final = ("words", "means", "both_ways")
YES: Final = frozenset({"yes", "true", "1", "はい"})
MOST_RULES: Final = 5000
"""Rules of a file."""


class _CurationForm(PortalForm):
    """A form whose fields are judged by the service."""

    def blame(self, name: str | None, message: str) -> None:
        """Show an error at the field where it is mended."""
        if name in self:
            self[name].errors = [message]
        else:
            self.form_errors.append(message)


class SynonymForm(_CurationForm):
    """A rule."""

    words = StringField(_l("Words in a query"), [InputRequired()])
    means = StringField(_l("Also mean"), [InputRequired()])
    is_both_ways = BooleanField(_l("Both ways: those words also mean these"), name="both_ways")

    @classmethod
    def of(cls, synonym: SearchSynonym) -> "SynonymForm":
        """Return the form of a rule as it is."""
        return cls(formdata=None, obj=synonym)


class PinForm(_CurationForm):
    """For which query a result stands first."""

    query = StringField(
        _l("Query"),
        [InputRequired()],
        description=_l("Asked in these words, in whatever order and form they stand."),
    )
    language = SelectField(
        _l("For readers of"),
        choices=[
            SelectChoice("", _l("Any language")),
            *(SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()),
        ],
    )
    place = IntegerField(
        _l("Place"),
        [InputRequired(), NumberRange(min=1, max=MOST_PINS)],
        description=_l("Where it stands among the results that are pinned to this query."),
    )

    @classmethod
    def of(cls, pin: SearchPin) -> "PinForm":
        """Return the form of a pin as it is."""
        return cls(formdata=None, obj=pin, data={"language": pin.language or ""})


def rules_in(content: bytes) -> list[Rule]:
    """Read a file of rules as the site gives them: the columns words, means and both_ways (yes or no).

    Raises:
        InvalidError: it is no such file.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        rules = [Rule(row["words"], row["means"], row["both_ways"].strip().lower() in YES) for row in rows]
    except (UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise InvalidError(
            N_("This is no CSV file in UTF-8 with the columns %(columns)s in each line."),
            field="file",
            columns=", ".join(COLUMNS),
        ) from error
    if not rules or len(rules) > MOST_RULES:
        raise InvalidError(N_("A file has 1 to %(most)d rules."), field="file", most=MOST_RULES)
    return rules
