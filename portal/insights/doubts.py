"""Whether what readers do contradicts an article: it helps less than before, or many who open it still ask.

What counts is new to whoever verified the article last: of the last 28 days, and since they looked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.core.statistics import Rate
from portal.insights.help_sessions import Event, HelpSession, Outcome

COMPARED_WITH: Final = timedelta(days=365)
"""How far before the last 28 days the votes go with which theirs are compared.

Source: a year evens out the seasons of a product's use, and remembers no product that is long gone.
"""

VIEWED: Final = "article.viewed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Helping:
    """How many of those who voted it helped, of late and before; a person's last vote counts in each."""

    lately: Rate
    before: Rate

    @property
    def too_few(self) -> bool:
        """Whether one of the two has fewer than 20 votes, so that nothing can be told."""
        return self.lately.too_few or self.before.too_few

    @property
    def has_fallen(self) -> bool:
        """Whether it surely helps less than before: the two 95 % intervals have nothing in common.

        Source: Schenker, N. and Gentleman, J. F. (2001), On judging the significance of differences by
        examining the overlap between confidence intervals, The American Statistician 55, 182-186. It is
        stricter than a test at 5 %, which would accuse one in forty of all sound articles.
        """
        return not self.too_few and self.lately.interval.high < self.before.interval.low


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """How many help sessions in which an article was opened escalated, and how many in which any was.

    `session_ids` are those of the ones above the line.
    """

    own: Rate
    overall: Rate
    session_ids: tuple[int, ...] = ()

    @property
    def too_few(self) -> bool:
        """Whether it was opened in fewer than 20 sessions, so that nothing can be told."""
        return self.own.too_few

    @property
    def is_more(self) -> bool:
        """Whether surely more escalate than of all: the two 95 % intervals have nothing in common.

        Source: as for `Helping.has_fallen`.
        """
        return not self.too_few and self.own.interval.low > self.overall.interval.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubts:
    """What readers do says about an article."""

    helping: Helping
    asking: Asking


NO_VOTES: Final = Helping(lately=Rate(0, 0), before=Rate(0, 0))
NOT_OPENED: Final = Asking(own=Rate(0, 0), overall=Rate(0, 0))


def helping_of(
    votes: Iterable[Event], *, since: Mapping[str, datetime], merged: Mapping[str, str]
) -> Mapping[str, Helping]:
    """Return how votes changed, by subject; `since` says of each when "of late" begins.

    `merged` names the subject for which another's events count as well.
    """
    cast: defaultdict[tuple[str, bool], dict[str, bool]] = defaultdict(dict)
    for vote in sorted(votes, key=lambda vote: (vote.occurred_at, vote.id)):
        subject = _subject(vote, merged)
        if subject in since:
            is_late = vote.occurred_at >= since[subject]
            cast[subject, is_late][vote.person] = vote.data.get("helpful") is True
    return {
        subject: Helping(lately=_helped(cast[subject, True]), before=_helped(cast[subject, False]))
        for subject in {subject for subject, _is_late in cast}
    }


def _subject(event: Event, merged: Mapping[str, str]) -> str:
    subject = event.subject or ""
    return merged.get(subject, subject)


def _helped(votes: Mapping[str, bool]) -> Rate:
    return Rate(sum(votes.values()), len(votes))


def asking_of(
    sessions: Iterable[HelpSession], *, since: Mapping[str, datetime], merged: Mapping[str, str]
) -> Mapping[str, Asking]:
    """Return what came of the sessions in which articles were opened since then, by subject.

    Sessions that ended less than 72 hours ago say nothing yet.
    """
    opened: defaultdict[str, list[HelpSession]] = defaultdict(list)
    everyone: list[HelpSession] = []
    for session in sessions:
        views = {
            _subject(event, merged): event.occurred_at for event in session.events if event.kind == VIEWED
        }
        if session.outcome is Outcome.PENDING or not views:
            continue
        everyone.append(session)
        for subject, last_at in views.items():
            if subject in since and last_at >= since[subject]:
                opened[subject].append(session)
    overall = Rate(len(_escalated(everyone)), len(everyone))
    found = {}
    for subject, mine in opened.items():
        ids = _escalated(mine)
        found[subject] = Asking(own=Rate(len(ids), len(mine)), overall=overall, session_ids=ids)
    return found


def _escalated(sessions: Sequence[HelpSession]) -> tuple[int, ...]:
    return tuple(session.id for session in sessions if session.outcome is Outcome.ESCALATED)
