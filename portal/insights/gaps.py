"""Content gaps: what people looked for in vain, in groups of the same words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.insights.help_sessions import ESCALATIONS, Event, HelpSession, Outcome
from portal.insights.rules import refinement_rate, search_success, zero_result_rate
from portal.search.analyzer import tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenQuestion:
    """A question without an accepted answer, and the event of its asking."""

    event: Event
    topic_id: int
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A cluster of failed searches and of questions without an accepted answer.

    A question counts as a session of its own when none is known in which it was asked. `before` is how many
    sessions there were in the period before.
    """

    title: str
    queries: tuple[tuple[str, int], ...]
    questions: tuple[OpenQuestion, ...]
    sessions: int
    escalated: int
    before: int

    @property
    def escalation_rate(self) -> float:
        """The share of the sessions, 0…1, in which or after which the person asked."""
        return self.escalated / self.sessions

    @property
    def cost(self) -> float:
        """Sessions × escalation rate."""
        return self.sessions * self.escalation_rate


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One time that someone needed something and did not find it."""

    text: str
    at: datetime
    session_id: int
    is_escalated: bool
    question: OpenQuestion | None = None


def find_gaps(
    sessions: Sequence[HelpSession], questions: Iterable[OpenQuestion], *, since: datetime
) -> list[Gap]:
    """Return the gaps met since an instant, ranked by cost; what came before it tells the trend."""
    groups: defaultdict[frozenset[str], list[_Case]] = defaultdict(list)
    for case in (*_failed_searches(sessions), *_unsolved(sessions, questions)):
        groups[_words(case.text)].append(case)
    gaps = [
        _gap([case for case in cases if case.at >= since], [case for case in cases if case.at < since])
        for cases in groups.values()
        if any(case.at >= since for case in cases)
    ]
    return sorted(gaps, key=lambda gap: (-gap.escalated, -gap.sessions, gap.title))


def _words(text: str) -> frozenset[str]:
    return frozenset(tokens(text) or [text.casefold()])


def _failed_searches(sessions: Sequence[HelpSession]) -> Iterator[_Case]:
    """Yield the searches with no result, and those without a click that were refined or escalated."""
    empty = set(zero_result_rate(sessions).numerator_ids)
    refined = set(refinement_rate(sessions).numerator_ids)
    clicked = set(search_success(sessions).numerator_ids)
    for session in sessions:
        escalated = _is_escalated(session)
        for search in session.searches:
            if not search.text:
                continue
            if search.id in empty or (search.id not in clicked and (escalated or search.id in refined)):
                at = search.event.occurred_at
                yield _Case(text=search.text, at=at, session_id=session.id, is_escalated=escalated)


def _is_escalated(session: HelpSession) -> bool:
    return session.outcome is Outcome.ESCALATED or session.has_any(ESCALATIONS)


def _unsolved(sessions: Iterable[HelpSession], questions: Iterable[OpenQuestion]) -> Iterator[_Case]:
    session_of = {event.id: session.id for session in sessions for event in session.events}
    for question in questions:
        yield _Case(
            text=question.title,
            at=question.event.occurred_at,
            session_id=session_of.get(question.event.id, question.event.id),
            is_escalated=True,
            question=question,
        )


def _gap(now: Sequence[_Case], before: Sequence[_Case]) -> Gap:
    queries = Counter(case.text for case in now if case.question is None)
    return Gap(
        title=Counter(case.text for case in now).most_common(1)[0][0],
        queries=tuple(queries.most_common()),
        questions=tuple(case.question for case in now if case.question is not None),
        sessions=len({case.session_id for case in now}),
        escalated=len({case.session_id for case in now if case.is_escalated}),
        before=len({case.session_id for case in before}),
    )
