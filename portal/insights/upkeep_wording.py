"""What is the matter with articles, in words, put together in the reader's language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from flask_babel import format_date, format_percent, ngettext
from flask_babel import gettext as _

from portal.core.statistics import Rate
from portal.insights.doubts import Asking, Helping
from portal.insights.upkeep import Matter, Upkeep
from portal.knowledge.rules import DueState
from portal.knowledge.upkeep.models import Fault

MATTERS: Final[Mapping[Matter, Callable[[], str]]] = {
    Matter.OVERDUE: lambda: _("Overdue"),
    Matter.CONTRADICTED: lambda: _("Contradicted"),
    Matter.DUE_SOON: lambda: _("Due soon"),
}
FAULTS: Final[Mapping[Fault, Callable[[], str]]] = {
    Fault.MISSING: lambda: _("nothing is there"),
    Fault.WITHDRAWN: lambda: _("it is not published any more"),
    Fault.HIDDEN: lambda: _("some who read this text may not see it"),
    Fault.ANCHOR_GONE: lambda: _("the heading is gone"),
    Fault.MEDIA_MISSING: lambda: _("the picture or video is missing"),
}


def matter_text(matter: Matter) -> str:
    """Say why someone has to look, in a word."""
    return MATTERS[matter]()


def fault_text(fault: Fault) -> str:
    """Say what is wrong with a link."""
    return FAULTS[fault]()


def reasons(item: Upkeep) -> Iterator[str]:
    """Say why someone has to look at an article, a sentence a reason, with its numbers."""
    if item.standing.due_at and item.standing.state in {DueState.OVERDUE, DueState.DUE_SOON}:
        day = format_date(item.standing.due_at)
        is_over = item.standing.state is DueState.OVERDUE
        yield _("Due since %(day)s.", day=day) if is_over else _("Due on %(day)s.", day=day)
    if item.doubts.helping.has_fallen:
        yield helping_text(item.doubts.helping)
    if item.doubts.asking.is_more:
        yield asking_text(item.doubts.asking)
    if item.broken:
        first = item.broken[0].link
        yield ngettext(
            "%(num)d link leads nowhere: %(target)s, %(fault)s.",
            "%(num)d links lead nowhere, the first to %(target)s: %(fault)s.",
            len(item.broken),
            target=first.target,
            fault=fault_text(first.fault),
        )


def helping_text(helping: Helping) -> str:
    """Say how many an article helped, of late and before."""
    lately, before = _share(helping.lately), _share(helping.before)
    return str(_("It helped %(lately)s of late, %(before)s before.", lately=lately, before=before))


def asking_text(asking: Asking) -> str:
    """Say how many asked all the same who opened an article, and how many do who open any."""
    return str(
        _(
            "Of the visits in which it was opened, %(own)s ended with a question or a request; of all visits "
            "to articles, %(overall)s.",
            own=_share(asking.own),
            overall=_share(asking.overall),
        )
    )


def _share(rate: Rate) -> str:
    """Write a rate with its counts; the counts alone where these are too few."""
    counts = _("%(part)s of %(whole)s", part=rate.numerator, whole=rate.denominator)
    return counts if rate.too_few else f"{counts} ({format_percent(rate.share)})"


def upkeep_table(items: Iterable[Upkeep], sections: Mapping[str, str]) -> Iterator[Sequence[object]]:
    """Yield articles as the rows of a file, the names of the columns first."""
    yield (
        _("Article"),
        _("Section"),
        _("State"),
        _("Why"),
        _("Due"),
        _("Last verified"),
        _("Last verified by"),
        _("Verifier"),
    )
    for item in items:
        standing = item.standing
        yield (
            item.title,
            sections.get(str(item.section_id), ""),
            " / ".join(map(matter_text, item.matters)),
            " ".join(reasons(item)),
            standing.due_at.date().isoformat() if standing.due_at else "",
            standing.verified_at.date().isoformat() if standing.verified_at else "",
            item.verified_by or "",
            item.verifier or "",
        )
