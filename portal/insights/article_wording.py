"""The list of texts in words: its filters, its values, and the file of the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from flask_babel import format_datetime
from flask_babel import gettext as _

from portal.accounts.audience import PUBLIC
from portal.core.i18n import LANGUAGE_NAMES
from portal.insights.article_filters import CHOICES, MISSING, NOBODY, STALE
from portal.insights.articles import Helps, ListedText, TextState
from portal.insights.overview import InLanguage
from portal.knowledge.models import Freshness
from portal.knowledge.rules import DueState
from portal.web.charts import Part, stacked_bar

Words = Callable[[], str]

FILTERS: Final[Mapping[str, Words]] = {
    "q": lambda: _("Words in the title"),
    "language": lambda: _("Language"),
    "state": lambda: _("Status"),
    "translation": lambda: _("Translation"),
    "section": lambda: _("Section"),
    "verifier": lambda: _("Verifier"),
    "due": lambda: _("Verification"),
    "helpfulness": lambda: _("Helpfulness"),
    "views": lambda: _("Views in 28 days"),
    "trouble": lambda: _("Trouble"),
}
STATES: Final[Mapping[TextState, Words]] = {
    TextState.PUBLISHED: lambda: _("Published"),
    TextState.CHANGED: lambda: _("With unpublished changes"),
    TextState.UNPUBLISHED: lambda: _("Not published yet"),
    TextState.DRAFT: lambda: _("Draft"),
    TextState.IN_REVIEW: lambda: _("In review"),
    TextState.CHANGES_ASKED: lambda: _("Changes asked for"),
    TextState.SCHEDULED: lambda: _("Scheduled"),
    TextState.ARCHIVED: lambda: _("Archived"),
    TextState.MERGED: lambda: _("Merged into another"),
}
FRESHNESS: Final[Mapping[str, Words]] = {
    Freshness.FRESH: lambda: _("Up to date"),
    Freshness.TO_UPDATE: lambda: _("To update"),
    Freshness.OUTDATED: lambda: _("Outdated"),
}
DUE: Final[Mapping[DueState, Words]] = {
    DueState.OVERDUE: lambda: _("Overdue"),
    DueState.DUE_SOON: lambda: _("Due soon"),
    DueState.FRESH: lambda: _("Verified in time"),
    DueState.NOT_ASKED: lambda: _("Nothing is asked"),
}
HELPS: Final[Mapping[Helps, Words]] = {
    Helps.LOW: lambda: _("Low: less than half"),
    Helps.MIDDLE: lambda: _("Between"),
    Helps.HIGH: lambda: _("High: seven in ten or more"),
    Helps.TOO_FEW: lambda: _("Too few to tell"),
}
VIEWS: Final[Mapping[str, Words]] = {
    "none": lambda: _("None"),
    "few": lambda: _("1 to 9"),
    "some": lambda: _("10 to 99"),
    "many": lambda: _("100 or more"),
}
TROUBLES: Final[Mapping[str, Words]] = {
    "feedback": lambda: _("Feedback waits"),
    "links": lambda: _("Broken links"),
}
_FIXED: Final[Mapping[str, Mapping[Any, Words]]] = {
    "state": STATES,
    "due": DUE,
    "helpfulness": HELPS,
    "views": VIEWS,
    "trouble": TROUBLES,
}

Choices = Mapping[str, Sequence[tuple[str, str]]]
"""The values of each filter with their names."""


def choices(
    languages: Sequence[str], sections: Iterable[tuple[str, str]], people: Iterable[tuple[str, str]]
) -> Choices:
    """Return what can be chosen for each filter, but for the words."""
    fixed = {name: [(value, _FIXED[name][value]()) for value in values] for name, values in CHOICES.items()}
    missing = [
        (MISSING + code, _("Missing in %(language)s", language=LANGUAGE_NAMES[code])) for code in languages
    ]
    open_ended = {
        "language": [(code, LANGUAGE_NAMES[code]) for code in languages],
        "translation": [*((value, FRESHNESS[value]()) for value in STALE), *missing],
        "section": list(sections),
        "verifier": [(NOBODY, _("Nobody")), *people],
    }
    found = fixed | open_ended
    return {name: found[name] for name in FILTERS if name in found}


def states_text(row: ListedText) -> str:
    """Say where a text stands."""
    shown = row.states - {TextState.UNPUBLISHED} if len(row.states) > 1 else row.states
    words = [STATES[state]() for state in TextState if state in shown]
    if row.is_read and row.text.freshness in STALE:
        words.append(FRESHNESS[row.text.freshness]())
    return " · ".join(words)


def due_text(row: ListedText) -> str:
    """Say whether someone has to look at an article; empty where readers see nothing of it in a language."""
    return DUE[row.standing.state]() if row.is_read else ""


def bar(row: InLanguage) -> Sequence[Part]:
    """Return the texts of a language as a bar: what readers find, what not yet, what no more."""
    states = (TextState.PUBLISHED, TextState.UNPUBLISHED, TextState.ARCHIVED)
    parts = [(STATES[state](), row.states[state].texts) for state in states]
    return stacked_bar(parts, total=max(1, sum(texts for _name, texts in parts)))


def audience_text(row: ListedText) -> str:
    """Name those whom an article is for; empty for everyone."""
    audience = row.text.article.audience
    return "" if audience == PUBLIC else " ".join(sorted(audience))


def table(rows: Iterable[ListedText]) -> Iterator[Sequence[object]]:
    """Yield what the page shows as the rows of a file, the names of the columns first."""
    yield (
        *(_("Title"), _("Language"), _("Status"), _("Section"), _("Audience")),
        *(_("Verifier"), _("Verification"), _("Due")),
        *(_("Helpful votes"), _("Votes"), _("Helpfulness, at least")),
        *(_("Views in 28 days"), _("Feedback that waits"), _("Broken links"), _("Written"), _("By")),
    )
    for row in rows:
        due, helpfulness = row.standing.due_at if row.is_read else None, row.helpfulness
        yield (
            *(row.text.title, LANGUAGE_NAMES[row.text.language], states_text(row)),
            *(row.place.name, audience_text(row), row.verifier or "", due_text(row)),
            format_datetime(due, "yyyy-MM-dd") if due else "",
            *(helpfulness.helpful, helpfulness.votes),
            "" if row.helps is Helps.TOO_FEW else round(helpfulness.at_least, 3),
            *(row.views, row.unresolved, row.broken_links),
            *(format_datetime(row.written_at, "yyyy-MM-dd HH:mm"), row.writer or ""),
        )
