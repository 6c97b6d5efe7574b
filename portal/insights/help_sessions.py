"""Help sessions, and what came of each, from the ledger's events alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise, takewhile
from typing import Final

from portal.adoption.kinds import PRODUCT
from portal.search.learning.rules import folded

LONGEST_GAP: Final = timedelta(minutes=30)
STAYED_OPEN: Final = timedelta(seconds=10)
FOLLOWS_WITHIN: Final = timedelta(hours=72)
TYPED_WITHIN: Final = timedelta(seconds=30)

SEARCH: Final = "search.performed"
RESULT: Final = "search.result_opened"
FORMS: Final = frozenset({"ask_form.opened", "contact_form.opened"})
STARTS: Final = frozenset({SEARCH, "article.viewed", "assistant.asked"}) | FORMS
OPENINGS: Final = frozenset(
    {"article.viewed", "topic.viewed", RESULT, "suggestion.opened", "assistant.answered"}
)
READS: Final = frozenset({"article.read", "topic.read"})
ESCALATIONS: Final = frozenset({"question.asked", "request.opened"})
NOT_THEIR_VISIT: Final = frozenset(
    {"answer.was_accepted", "post.was_voted", "request.resolved", "feature.used"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One row of the ledger. `person` is what joins the events of one user or visitor."""

    id: int
    kind: str
    occurred_at: datetime
    person: str
    account_id: int | None = None
    subject: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


class Outcome(StrEnum):
    """What came of a help session: of several that hold, the first in this order."""

    PENDING = "pending"  # It ended less than 72 hours ago.
    ESCALATED = "escalated"  # The person asked a question or made a request in it, or within 72 hours.
    RESOLVED_EXPLICIT = "resolved_explicit"  # The person said in it that something helped.
    RESOLVED_IMPLICIT = "resolved_implicit"  # Something was opened in it and stayed open for 10 seconds.
    ABANDONED = "abandoned"  # Nothing stayed open, nothing followed.


@dataclass(frozen=True, kw_only=True)
class HelpSession:
    """The events of one person in order of time, from the search, view, question or form that began it."""

    events: tuple[Event, ...]
    outcome: Outcome

    @property
    def id(self) -> int:
        """The id of the first event."""
        return self.events[0].id

    @property
    def person(self) -> str:
        """Whose session it is."""
        return self.events[0].person

    @property
    def account_id(self) -> int | None:
        """The account of the person; None when no event names one."""
        return next((event.account_id for event in self.events if event.account_id is not None), None)

    @property
    def started_at(self) -> datetime:
        """When the first event happened."""
        return self.events[0].occurred_at

    @property
    def ended_at(self) -> datetime:
        """When the last event happened."""
        return self.events[-1].occurred_at

    def has_any(self, kinds: Collection[str]) -> bool:
        """Tell whether something of these kinds happened in it."""
        return any(event.kind in kinds for event in self.events)

    @cached_property
    def searches(self) -> tuple["Search", ...]:
        """The searches in it; of those that one burst of typing made, the last stands for all.

        A search is typed on when the very next thing that the person does, within 30 seconds, is a search for
        a text that begins with this one's, whatever the case, the width and the spaces; the same text again
        is no other search either. Anything else is another search: fewer words, other words, a slip mended.
        The page of the one before was seen, and did not do.
        """
        return tuple(
            Search(event=event, later=self.events[place:])
            for place, event in enumerate(self.events, 1)
            if event.kind == SEARCH and not _is_typed_on(event, self.events[place:])
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """A search, and what followed it in its session."""

    event: Event
    later: tuple[Event, ...]

    @property
    def id(self) -> int:
        """The id of the event."""
        return self.event.id

    @property
    def text(self) -> str:
        """What was typed, with single spaces."""
        return " ".join(str(self.event.data.get("query") or "").split())

    @property
    def opened(self) -> Sequence[Event]:
        """The results that were opened before the next search."""
        until_next = takewhile(lambda event: event.kind != SEARCH, self.later)
        return [event for event in until_next if is_result(event)]

    def was_read(self, opened: Event) -> bool:
        """Tell whether an opened result stayed open for 10 seconds, or the person said that it helped."""
        return any(
            event.subject == opened.subject and (event.kind in READS or _says_it_helped(event))
            for event in self.later
        )


def is_result(event: Event) -> bool:
    """Tell whether a result of a search was opened; a title that was suggested while typing is none."""
    return event.kind == RESULT and not event.data.get("suggested")


def _is_typed_on(search: Event, later: Sequence[Event]) -> bool:
    if not later or later[0].kind != SEARCH or later[0].occurred_at - search.occurred_at > TYPED_WITHIN:
        return False
    text, then = (folded(str(event.data.get("query") or "")) for event in (search, later[0]))
    return bool(text) and then.startswith(text)


def help_sessions(events: Iterable[Event], *, as_of: datetime) -> list[HelpSession]:
    """Find the help sessions begun up to an instant, in order of time, as far as was known then.

    A help session: the events of one visitor or user that begin with a search, an article view, an assistant
    question or the opening of the "ask" or "contact" form, with no gap above 30 minutes. What others did to
    the person, and what the product reports, belongs to no visit.
    """
    visits: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event.occurred_at, event.id)):
        if event.occurred_at <= as_of and not _is_elsewhere(event):
            visits[event.person].append(event)
    sessions = [session for own in visits.values() for session in _sessions_of(own, as_of)]
    return sorted(sessions, key=lambda session: (session.started_at, session.id))


def _is_elsewhere(event: Event) -> bool:
    return event.kind in NOT_THEIR_VISIT or event.kind.startswith(PRODUCT)


def _sessions_of(own: Sequence[Event], as_of: datetime) -> Iterator[HelpSession]:
    asked = [event.occurred_at for event in own if event.kind in ESCALATIONS]
    for run in _runs(own):
        yield HelpSession(events=run, outcome=_outcome(run, asked, as_of))


def _runs(own: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """Cut one person's events at long gaps, and leave out what comes before the start of a session."""
    run: list[Event] = []
    for event in own:
        if run and event.occurred_at - run[-1].occurred_at > LONGEST_GAP:
            yield tuple(run)
            run = []
        if run or event.kind in STARTS:
            run.append(event)
    if run:
        yield tuple(run)


def _outcome(run: Sequence[Event], asked: Sequence[datetime], as_of: datetime) -> Outcome:
    """Decide what came of a session.

    Pending goes by age alone: those that escalate show it sooner than those that do not, so counting what is
    known early would make recent figures look worse than they are. Escalation comes next, even where the
    person also said that something helped: a question that was asked all the same was not saved.
    """
    started, ended = run[0].occurred_at, run[-1].occurred_at
    if as_of - ended < FOLLOWS_WITHIN:
        return Outcome.PENDING
    if any(started <= at <= ended + FOLLOWS_WITHIN for at in asked):
        return Outcome.ESCALATED
    if any(map(_says_it_helped, run)):
        return Outcome.RESOLVED_EXPLICIT
    return Outcome.RESOLVED_IMPLICIT if _stayed_open(run) else Outcome.ABANDONED


def _says_it_helped(event: Event) -> bool:
    """Tell whether the person said so: a helpful vote, "this answered my question", an accepted answer."""
    match event.kind:
        case "article.voted":
            return event.data.get("helpful") is True
        case "answer.accepted":
            return event.data.get("by_asker") is not False
        case kind:
            return kind == "suggestion.resolved"


def _stayed_open(run: Sequence[Event]) -> bool:
    """Tell whether an article, topic or cited answer stayed open for 10 seconds.

    Either its page said so, or so much time passed until the next event of the session. How long the last
    page of a session stayed open, only the page itself can say.
    """
    opened = {event.subject for event in run if event.kind in OPENINGS}
    return any(event.kind in READS and event.subject in opened for event in run) or any(
        event.kind in OPENINGS and then.occurred_at - event.occurred_at >= STAYED_OPEN
        for event, then in pairwise(run)
    )
