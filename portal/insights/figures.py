"""Figures of peer help, onboarding and use; those of self-service are in rules.

Each keeps the ids of the rows that it counts, so that a page can open them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from portal.core.statistics import TOO_FEW, Rate, SurvivalCurve, kaplan_meier
from portal.insights.help_sessions import Event, HelpSession
from portal.insights.rules import Counted, Mean, Ratio, by_outcome, zero_result_rate
from portal.onboarding.overview.rules import Plan

SOLVED_WITHIN: Final = timedelta(days=7)
ACTIVE_DAYS: Final = 28
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How many rows there are, in named parts that have none in common."""

    parts: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def value(self) -> int:
        """How many in all."""
        return sum(len(ids) for _, ids in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """How many hours it takes, with the ids of those for whom it is over and of all."""

    curve: SurvivalCurve
    numerator_ids: tuple[int, ...]
    denominator_ids: tuple[int, ...]

    @property
    def too_few(self) -> bool:
        """Whether fewer than 20 cases stand behind it."""
        return len(self.denominator_ids) < TOO_FEW


@dataclass(frozen=True, kw_only=True, slots=True)
class PerSeat(Ratio):
    """People for each seat: the ids of the people, and of the accounts that have the seats."""

    seats: int

    @property
    def value(self) -> float | None:
        """How many people for each seat; None without seats."""
        return len(self.numerator_ids) / self.seats if self.seats else None

    @property
    def too_few(self) -> bool:
        """Whether there are fewer than 20 seats."""
        return self.seats < TOO_FEW


@dataclass(frozen=True, kw_only=True, slots=True)
class LowerBound(Counted):
    """A rate of which only the lower end of the interval is told."""

    @property
    def value(self) -> float:
        """The lower end of the 95 % Wilson interval, 0…1."""
        return self.rate.interval.low


Result = Counted | Ratio | Mean | Total | Waiting


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountPeople:
    """An account that pays, its seats, and who of it was active."""

    id: int
    name: str
    seats: int
    people_ids: tuple[int, ...]


def help_session_count(sessions: Iterable[HelpSession]) -> Total:
    """Help sessions: those that began in the period, by what came of them."""
    return Total(parts=tuple((outcome.value, ids) for outcome, ids in by_outcome(sessions).items()))


def queries_without_results(sessions: Iterable[HelpSession]) -> Total:
    """Queries without results: searches with no result."""
    return Total(parts=(("all", zero_result_rate(sessions).numerator_ids),))


def typed_in_vain(sessions: Sequence[HelpSession]) -> Mapping[str, int]:
    """Return how often each query had no result, the most frequent first; case and spaces do not matter."""
    empty = set(zero_result_rate(sessions).numerator_ids)
    queries = Counter(
        " ".join(str(event.data.get("query", "")).casefold().split())
        for session in sessions
        for event in session.events
        if event.id in empty
    )
    return dict(queries.most_common())


def solved_rate(questions: Sequence[Event], acceptances: Iterable[Event], *, as_of: datetime) -> Counted:
    """Solved rate: questions with an accepted answer within 7 days ÷ questions asked at least 7 days ago."""
    accepted: defaultdict[str | None, list[datetime]] = defaultdict(list)
    for acceptance in acceptances:
        accepted[acceptance.subject].append(acceptance.occurred_at)
    old = [asked for asked in questions if as_of - asked.occurred_at >= SOLVED_WITHIN]
    return Counted(
        numerator_ids=tuple(
            asked.id
            for asked in old
            if any(at - asked.occurred_at <= SOLVED_WITHIN for at in accepted[asked.subject])
        ),
        denominator_ids=tuple(asked.id for asked in old),
    )


def time_to_first_answer(questions: Sequence[Event], answers: Iterable[Event], *, as_of: datetime) -> Waiting:
    """Time to first answer, in hours.

    Median and 90th percentile of first reply by someone else, over questions asked in the period; unanswered
    ones are right-censored (Kaplan–Meier), never dropped.
    """
    replies: defaultdict[str, list[Event]] = defaultdict(list)
    for answer in answers:
        replies[f"topic:{answer.data.get('topic_id')}"].append(answer)
    firsts = [_first_by_someone_else(asked, replies[asked.subject or ""]) for asked in questions]
    hours = [
        max(0.0, ((first or as_of) - asked.occurred_at) / _HOUR)
        for asked, first in zip(questions, firsts, strict=True)
    ]
    return Waiting(
        curve=kaplan_meier(hours, [first is not None for first in firsts]),
        numerator_ids=tuple(asked.id for asked, first in zip(questions, firsts, strict=True) if first),
        denominator_ids=tuple(asked.id for asked in questions),
    )


def _first_by_someone_else(asked: Event, replies: Iterable[Event]) -> datetime | None:
    return min((reply.occurred_at for reply in replies if reply.person != asked.person), default=None)


def peer_answer_share(acceptances: Sequence[Event]) -> Counted:
    """Peer-answer share: accepted answers written by customers ÷ accepted answers."""
    return Counted(
        numerator_ids=tuple(row.id for row in acceptances if row.data.get("answered_by_staff") is False),
        denominator_ids=tuple(row.id for row in acceptances),
    )


def onboarding_completion(plans: Iterable[Plan], *, today: date) -> Counted:
    """Onboarding completion rate.

    Accounts that completed every required step by the plan's end date ÷ accounts whose end date has passed.
    An account with several plans counts once for each.
    """
    over = [plan for plan in plans if plan.is_over(today)]
    return Counted(
        numerator_ids=tuple(plan.id for plan in over if plan.is_in_time),
        denominator_ids=tuple(plan.id for plan in over),
    )


def active_people(accounts: Sequence[AccountPeople]) -> PerSeat:
    """Active people per seat.

    People of paying accounts who did something in the last 28 days of the period ÷ seats of those accounts.
    """
    return PerSeat(
        numerator_ids=tuple(sorted({user_id for account in accounts for user_id in account.people_ids})),
        denominator_ids=tuple(account.id for account in accounts),
        seats=sum(account.seats for account in accounts),
    )


def article_helpfulness(votes: Iterable[Event]) -> LowerBound:
    """Article helpfulness: lower bound of the Wilson interval of helpful ÷ votes.

    So 1 of 1 does not beat 95 of 100. Of several votes of a person on an article, the last counts.
    """
    return _helpful(_last_votes(votes))


def helpfulness_by_article(votes: Iterable[Event]) -> Mapping[str, Rate]:
    """Return article helpfulness by subject, such as `article:12`, the lowest lower bound first."""
    by_article: defaultdict[str, list[Event]] = defaultdict(list)
    for vote in _last_votes(votes):
        by_article[vote.subject or ""].append(vote)
    rates = {subject: _helpful(cast).rate for subject, cast in by_article.items()}
    return dict(sorted(rates.items(), key=lambda item: (item[1].interval.low, item[0])))


def _last_votes(votes: Iterable[Event]) -> list[Event]:
    in_time = sorted(votes, key=lambda vote: (vote.occurred_at, vote.id))
    return list({(vote.person, vote.subject): vote for vote in in_time}.values())


def _helpful(votes: Sequence[Event]) -> LowerBound:
    return LowerBound(
        numerator_ids=tuple(vote.id for vote in votes if vote.data.get("helpful") is True),
        denominator_ids=tuple(vote.id for vote in votes),
    )
