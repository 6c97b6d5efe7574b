"""Reads of the ledger for figures; only staff see them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.actors import STAFF_ROLES, Actor
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.adoption.kinds import PRODUCT
from portal.adoption.models import Signal
from portal.core.activity import LeftOut
from portal.core.clock import site_day, site_day_end
from portal.core.errors import NotFoundError
from portal.forum.models import Topic, TopicKind
from portal.insights.figures import ACTIVE_DAYS, AccountPeople
from portal.insights.gaps import Gap, OpenQuestion, find_gaps
from portal.insights.help_sessions import (
    FOLLOWS_WITHIN,
    NOT_THEIR_VISIT,
    Event,
    HelpSession,
    help_sessions,
)
from portal.onboarding.models import Checklist
from portal.onboarding.overview.rules import Plan

DAYS: Final = 28
EARLIEST: Final = date(2000, 1, 1)
_DAY: Final = timedelta(days=1)
LONGEST_VISIT: Final = _DAY
DONE_BY_OTHERS: Final = NOT_THEIR_VISIT - {"feature.used"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Days in the site's time zone, both included."""

    since: date
    until: date

    @classmethod
    def between(cls, since: date | None, until: date | None, *, today: date) -> "Period":
        """Make sense of two days in any order; the last 28 days when none is given, nothing after today."""
        last = until or today
        first, last = sorted(
            min(max(day, EARLIEST), today) for day in (since or max(last, EARLIEST) - (DAYS - 1) * _DAY, last)
        )
        return cls(since=first, until=last)

    @property
    def before(self) -> "Period":
        """As many days before it."""
        return Period(since=self.since - (self.until - self.since) - _DAY, until=self.since - _DAY)

    @property
    def starts_at(self) -> datetime:
        """The first instant, in UTC."""
        return site_day_end(self.since - _DAY) + timedelta.resolution

    @property
    def ends_at(self) -> datetime:
        """The last instant, in UTC."""
        return site_day_end(self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which part of the ledger to read; None stands for any account, of some or at all, tier or language."""

    period: Period
    account_id: int | None = None
    account_ids: Collection[int] | None = None
    tier: TouchTier | None = None
    language: str | None = None


class Ledger:
    """What figures are made from; each part is read when it is first asked for.

    What crawlers and the vendor's own people do is left out, except where the latter answer customers.
    """

    def __init__(self, session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> None:
        if not actor.is_staff:
            raise NotFoundError("figures")
        self._session = session
        self._wanted = wanted
        self.as_of = now
        self.today = site_day(now)
        self._starts_at = wanted.period.starts_at
        self._ends_at = min(wanted.period.ends_at, now)

    @cached_property
    def sessions(self) -> Sequence[HelpSession]:
        """The help sessions that began in the period.

        Events from a day before are read too, to know where a visit at midnight began, and those of the
        three days after which decide what came of it.
        """
        events = self._events(
            Signal.occurred_at >= self._starts_at - LONGEST_VISIT,
            Signal.occurred_at <= self._ends_at + LONGEST_VISIT + FOLLOWS_WITHIN,
            Signal.kind.not_in(NOT_THEIR_VISIT),
            ~Signal.kind.startswith(PRODUCT, autoescape=True),
            Signal.person.is_not(None),
            _by_customers(),
            self._of_wanted(Signal.account_id),
        )
        return [
            session
            for session in help_sessions(events, as_of=self.as_of)
            if self._starts_at <= session.started_at <= self._ends_at
            and self._wanted.language in {None, _language_of(session)}
        ]

    @cached_property
    def left_out(self) -> Mapping[LeftOut, int]:
        """How many signals of the period are kept and counted by no figure, by why; corrections are none."""
        rows = self._session.execute(
            select(Signal.left_out_as, func.count())
            .where(
                Signal.left_out_as.is_not(None),
                Signal.voids_id.is_(None),
                Signal.occurred_at.between(self._starts_at, self._ends_at),
            )
            .group_by(Signal.left_out_as)
        )
        counts = dict(rows.all())
        return {reason: counts.get(reason, 0) for reason in LeftOut}

    @cached_property
    def requests(self) -> Sequence[Event]:
        """The requests made in the period."""
        return self._in_period("request.opened", _by_customers(), self._of_wanted(Signal.account_id))

    @cached_property
    def questions(self) -> Sequence[Event]:
        """The questions asked in the period."""
        asked = self._in_period("question.asked", _by_customers(), self._of_wanted(Signal.account_id))
        return self._in_wanted_language(asked)

    @cached_property
    def answers(self) -> Sequence[Event]:
        """The answers, by anyone, since the period began."""
        return self._events(Signal.kind == "answer.posted", *self._since_start())

    @cached_property
    def solutions(self) -> Sequence[Event]:
        """The acceptances, by anyone, since the period began."""
        return self._events(Signal.kind == "answer.accepted", *self._since_start())

    @cached_property
    def acceptances(self) -> Sequence[Event]:
        """The acceptances in the period."""
        return self._in_period("answer.accepted", self._of_wanted(Signal.account_id))

    @cached_property
    def votes(self) -> Sequence[Event]:
        """The votes on articles in the period."""
        votes = self._in_period("article.voted", _by_customers(), self._of_wanted(Signal.account_id))
        return self._in_wanted_language(votes)

    @cached_property
    def plans(self) -> Sequence[Plan]:
        """The checklists whose end date lies in the period."""
        period = self._wanted.period
        rows = self._session.execute(
            select(Checklist.id, Checklist.ends_on, Checklist.completed_at)
            .where(
                Checklist.ends_on.between(period.since, period.until), self._of_wanted(Checklist.account_id)
            )
            .order_by(Checklist.ends_on, Checklist.id)
        )
        return [
            Plan(id=row_id, ends_on=ends_on, completed_on=completed_at and site_day(completed_at))
            for row_id, ends_on, completed_at in rows
        ]

    @cached_property
    def accounts(self) -> Sequence[AccountPeople]:
        """The accounts that pay, with those who were active in the last 28 days of the period, by name."""
        until = self._wanted.period.until
        days = Period(since=until - (ACTIVE_DAYS - 1) * _DAY, until=until)
        active: defaultdict[int, list[int]] = defaultdict(list)
        pairs = self._session.execute(
            select(Signal.account_id, Signal.user_id)
            .where(
                Signal.occurred_at.between(days.starts_at, self._ends_at),
                Signal.kind.not_in(DONE_BY_OTHERS),
                Signal.account_id.is_not(None),
                Signal.user_id.is_not(None),
                Signal.left_out_as.is_(None),
            )
            .distinct()
        )
        for account_id, user_id in pairs:
            active[account_id or 0].append(user_id or 0)
        paying = self._session.execute(
            select(Account.id, Account.name, Account.seats)
            .where(Account.status == AccountStatus.ACTIVE, self._of_wanted(Account.id))
            .order_by(Account.name, Account.id)
        )
        return [
            AccountPeople(id=row.id, name=row.name, seats=row.seats, people_ids=tuple(sorted(active[row.id])))
            for row in paying
        ]

    def _events(self, *conditions: ColumnElement[bool]) -> list[Event]:
        columns = (
            Signal.id,
            Signal.kind,
            Signal.occurred_at,
            Signal.person,
            Signal.account_id,
            Signal.subject,
            Signal.data,
        )
        rows = self._session.execute(
            select(*columns)
            .where(*conditions, Signal.left_out_as.is_(None))
            .order_by(Signal.occurred_at, Signal.id)
        )
        return [Event(**{**row, "person": row["person"] or ""}) for row in rows.mappings()]

    def _in_period(self, kind: str, *conditions: ColumnElement[bool]) -> list[Event]:
        within = Signal.occurred_at.between(self._starts_at, self._ends_at)
        return self._events(Signal.kind == kind, within, *conditions)

    def _since_start(self) -> tuple[ColumnElement[bool], ...]:
        return Signal.occurred_at >= self._starts_at, Signal.occurred_at <= self.as_of

    def _of_wanted(
        self, account_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
    ) -> ColumnElement[bool]:
        """Select rows of the wanted accounts: visitors belong to none."""
        conditions: list[ColumnElement[bool]] = []
        if self._wanted.account_id is not None:
            conditions.append(account_id == self._wanted.account_id)
        if self._wanted.account_ids is not None:
            conditions.append(account_id.in_(self._wanted.account_ids))
        if self._wanted.tier is not None:
            conditions.append(
                account_id.in_(select(Account.id).where(Account.touch_tier == self._wanted.tier))
            )
        return and_(true(), *conditions)

    def _in_wanted_language(self, events: Sequence[Event]) -> Sequence[Event]:
        wanted = self._wanted.language
        return [event for event in events if wanted in {None, event.data.get("language")}]


def _by_customers() -> ColumnElement[bool]:
    staff = select(User.id).where(User.role.in_(STAFF_ROLES))
    return or_(Signal.user_id.is_(None), Signal.user_id.not_in(staff))


def help_sessions_of_days(
    session: Session, actor: Actor, *, days: int, now: datetime
) -> Iterator[HelpSession]:
    """Yield the help sessions of so many days up to now, read week by week, as a ledger may be long.

    Raises:
        NotFoundError: the actor is not staff.
    """
    last = site_day(now)
    first = last - (days - 1) * _DAY
    while first <= last:
        week = Period(since=first, until=min(first + 6 * _DAY, last))
        yield from Ledger(session, actor, Wanted(period=week), now=now).sessions
        first = week.until + _DAY


def _language_of(session: HelpSession) -> object:
    """Return the language of the first search or article in a session; None when nothing names one."""
    return next((event.data["language"] for event in session.events if event.data.get("language")), None)


def gaps_for(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> Sequence[Gap]:
    """Return what people looked for in vain in a period, the costliest first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    both = Period(since=wanted.period.before.since, until=wanted.period.until)
    ledger = Ledger(session, actor, replace(wanted, period=both), now=now)
    questions = _open_questions(session, ledger.questions)
    return find_gaps(ledger.sessions, questions, since=wanted.period.starts_at)


def _open_questions(session: Session, asked: Sequence[Event]) -> list[OpenQuestion]:
    topics = {f"topic:{topic.id}": topic for topic in session.execute(_UNSOLVED)}
    return [
        OpenQuestion(event=event, topic_id=topic.id, title=topic.title)
        for event in asked
        if (topic := topics.get(event.subject or ""))
    ]


_UNSOLVED: Final = select(Topic.id, Topic.title).where(
    Topic.kind == TopicKind.QUESTION, Topic.accepted_post_id.is_(None), Topic.removed_at.is_(None)
)
