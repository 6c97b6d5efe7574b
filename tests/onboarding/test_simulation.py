"""Three personas over ninety days, by signals alone, beside a calculation that knows no rule of ours."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import exp, log, sqrt
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import holidays
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.accounts.actors import SYSTEM
from portal.accounts.models import Account, AccountStatus, TouchTier
from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.clock import site_zone
from portal.onboarding.cli import onboarding
from portal.onboarding.maps import service as maps
from portal.onboarding.maps.service import MapDraft, StepDraft
from portal.onboarding.models import Checklist, Milestone
from portal.onboarding.rules import Proof, Standing
from portal.onboarding.service import Start, start_checklists
from portal.reactions.table import REACTIONS

FIRST_DAY: Final = date(2025, 4, 21)
DAYS: Final = 90
LAST_DAY: Final = FIRST_DAY + timedelta(days=DAYS)
ACCOUNTS: Final = 120
BATCH_DAYS: Final = 15
TIERS: Final = (None, *TouchTier)
COUNTRIES: Final = ("JP", "US", "DE", "GB")
Z: Final = 1.959963984540054
"""So many standard deviations hold 95 % of a normal distribution."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a scripted map: what is to be seen of it, how often and of how many people, and when."""

    kind: str
    count: int = 1
    people: int = 1
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: int = 5
    counted_from: str | None = None
    needs: tuple[str, ...] = ()
    required: bool = True
    milestone: Milestone | None = None
    stage: str = "Start"


SCRIPTS: Final[Mapping[str, Mapping[str, Step]]] = {
    "wholesaler": {
        "read": Step(kind="article.read", where={"subject": ("article:7", "article:8")}, after=2),
        "import": Step(kind="product.item_imported", count=3, needs=("read",), counted_from="read", after=3),
        "team": Step(kind="user.signed_in", count=4, people=3, after=10, stage="Team"),
        "order": Step(
            kind="product.order_sent",
            needs=("import", "team"),
            counted_from="team",
            after=4,
            milestone=Milestone.FIRST_VALUE,
            stage="Orders",
        ),
        "vote": Step(kind="article.voted", count=2, required=False, after=25, stage="Orders"),
    },
    "retailer": {
        "watch": Step(kind="video.watched", count=3, people=2, after=0),
        "labels": Step(kind="feature.used", where={"feature": ("labels",)}, needs=("watch",), after=7),
        "search": Step(kind="search.performed", count=4, counted_from="labels", after=12, stage="Daily use"),
    },
    "workshop": {
        "count": Step(kind="product.stock_counted", count=2, where={"hall": ("north", "south")}, after=6),
        "crew": Step(kind="product.crew_added", people=2, needs=("count",), after=1, stage="People"),
        "plan": Step(kind="product.plan_made", counted_from="crew", after=20, milestone=Milestone.GO_LIVE),
        "print": Step(kind="product.plan_printed", count=2, needs=("plan", "crew"), required=False, after=30),
    },
}
VALUES: Final = {"feature": ("labels", "invoices"), "hall": ("north", "south", "east")}


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What someone of an account did, and in which batch it becomes known."""

    kind: str
    at: datetime
    person: str
    subject: str
    data: Mapping[str, object]
    batch: int


@dataclass(frozen=True, kw_only=True)
class Customer:
    """An account with its script, as the test made it up; `gone_on` is None while it pays."""

    name: str
    script: str
    country: str
    tier: TouchTier
    started_on: date
    gone_on: date | None
    happenings: Sequence[Happening]


def make_up(random: Random, zone: ZoneInfo) -> list[Customer]:
    """Make up the accounts and all that their people do."""
    customers = []
    for number in range(ACCOUNTS):
        started_on = FIRST_DAY + timedelta(days=random.randrange(55))
        gone_on = started_on + timedelta(days=random.randrange(1, 60)) if random.random() < 0.12 else None
        script = list(SCRIPTS)[number % len(SCRIPTS)]
        until = datetime.combine(min(LAST_DAY, gone_on or LAST_DAY), time(), zone)
        customers.append(
            Customer(
                name=f"customer-{number:03}",
                script=script,
                country=random.choice(COUNTRIES),
                tier=random.choice(list(TouchTier)),
                started_on=started_on,
                gone_on=gone_on if gone_on and gone_on <= LAST_DAY else None,
                happenings=list(
                    happenings(random, script, datetime.combine(started_on, time(), zone), until)
                ),
            )
        )
    return customers


def happenings(random: Random, script: str, start: datetime, until: datetime) -> Iterator[Happening]:
    """Make up what the people of an account do: some too early, too late or about another thing."""
    begin = datetime.combine(FIRST_DAY, time(), start.tzinfo)
    pace = random.choice((4, 9, 18, 35))
    for place, step in enumerate(SCRIPTS[script].values(), start=1):
        for _ in range(random.randrange(3 * max(step.count, step.people) + 2)):
            days = random.expovariate(1 / pace) + random.choice((-1, 0, place))
            at = start + timedelta(seconds=int(days * 24 * 3600))
            if at < until:
                is_late = random.random() < 0.15
                yield Happening(
                    kind=step.kind,
                    at=at.astimezone(UTC),
                    person=f"visitor:{random.randrange(5)}",
                    subject=f"article:{random.randrange(6, 9)}",
                    data={name: random.choice(VALUES[name]) for name in step.where if name in VALUES}
                    | ({"helpful": True} if step.kind == "article.voted" else {}),
                    batch=(at - begin).days // BATCH_DAYS + (random.randrange(1, 4) if is_late else 0),
                )


def play(session: Session, random: Random, customers: Sequence[Customer]) -> None:
    """Let it all happen in the portal: batch after batch, each in no order."""
    for slug, script in SCRIPTS.items():
        drafts = {
            key: StepDraft(
                titles={"en": key},
                stage={"en": step.stage},
                due_after_days=step.after,
                counted_from=step.counted_from,
                needs=step.needs,
                is_required=step.required,
                milestone=step.milestone,
                proof=Proof(kind=step.kind, count=step.count, people=step.people, where=step.where),
            )
            for key, step in script.items()
        }
        draft = MapDraft(names={"en": slug}, persona=slug)
        maps.put_map(
            session, actor=SYSTEM, slug=slug, draft=draft, steps=drafts, now=datetime(2025, 4, 1, tzinfo=UTC)
        )
    accounts = {
        customer.name: Account(
            external_id=customer.name,
            name=customer.name,
            plan="team",
            seats=5,
            touch_tier=customer.tier,
            country=customer.country,
            started_on=date(2025, 1, 1),
            status=AccountStatus.CHURNED if customer.gone_on else AccountStatus.ACTIVE,
            churned_on=customer.gone_on,
        )
        for customer in customers
    }
    session.add_all(accounts.values())
    session.flush()
    starts = [Start(account=each.name, map=each.script, started_on=each.started_on) for each in customers]
    assert start_checklists(session, actor=SYSTEM, starts=starts) == [True] * ACCOUNTS
    session.commit()
    told = [
        (
            each.batch,
            Fact(
                kind=each.kind,
                key=f"{customer.name}:{number}",
                occurred_at=each.at,
                account_id=accounts[customer.name].id,
                person=f"{each.person}:{customer.name}",
                subject=each.subject,
                data=dict(each.data),
            ),
        )
        for customer in customers
        for number, each in enumerate(customer.happenings)
    ]
    random.shuffle(told)
    for batch in sorted({batch for batch, _fact in told}):
        now = datetime.combine(FIRST_DAY, time(), UTC) + timedelta(days=(batch + 1) * BATCH_DAYS)
        record(session, [fact for own, fact in told if own == batch], now=now)
        session.commit()
        outbox.drain(REACTIONS)
    assert outbox.status(session, now=now).waiting == 0


class Reckoning:
    """What has to come of it, worked out step by step; `today` hides what was done later."""

    def __init__(self, customers: Sequence[Customer], zone: ZoneInfo, today: date) -> None:
        self.zone, self.today = zone, today
        self.customers = [each for each in customers if each.started_on <= today]
        self.done_at = {each.name: self._done_at(each) for each in customers}
        self.due = {each.name: due_days(each) for each in customers}

    def _done_at(self, customer: Customer) -> dict[str, datetime | None]:
        """Walk through what happened in order of time, until each step has seen enough."""
        found: dict[str, datetime | None] = {}
        for key, step in SCRIPTS[customer.script].items():
            seen, people = 0, set()
            found[key] = None
            for each in sorted(customer.happenings, key=lambda each: each.at):
                told = {**each.data, "subject": each.subject, "kind": each.kind}
                asked = {**step.where, "kind": (step.kind,)}
                day = each.at.astimezone(self.zone).date()
                if day >= customer.started_on and all(told.get(name) in asked[name] for name in asked):
                    seen += 1
                    people.add(each.person)
                    if seen >= step.count and len(people) >= step.people:
                        found[key] = each.at
                        break
        return found

    def done_on(self, customer: Customer, key: str) -> date | None:
        at = self.done_at[customer.name][key]
        day = at.astimezone(self.zone).date() if at else None
        return day if day and day <= self.today else None

    def seen_until(self, customer: Customer) -> date:
        return min(self.today, customer.gone_on) if customer.gone_on else self.today

    def required(self, customer: Customer) -> list[str]:
        return [key for key, step in SCRIPTS[customer.script].items() if step.required]

    def completion(self, who: Sequence[Customer]) -> tuple[int, int]:
        over = in_time = 0
        for customer in who:
            end = max(self.due[customer.name][key] for key in self.required(customer))
            if end < self.today:
                over += 1
                days = [self.done_on(customer, key) for key in self.required(customer)]
                in_time += all(day is not None and day <= end for day in days)
        return in_time, over

    def standings(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for customer in self.customers:
            if customer.gone_on and customer.gone_on <= self.today:
                continue
            open_days = [
                self.due[customer.name][key]
                for key in self.required(customer)
                if self.done_on(customer, key) is None
            ]
            late = (self.today - min(open_days)).days if open_days else 0
            name = "stuck" if late > 7 else "slipping" if late > 0 else "on_track"
            counts[name if open_days else "completed"] += 1
        return counts

    def counts(self, who: Sequence[Customer], key: str) -> tuple[int, int, int, int]:
        """Return how many began the step, finished it, are late with it and are stuck there."""
        started = finished = overdue = stuck = 0
        for customer in who:
            started += 1
            late = (self.today - self.due[customer.name][key]).days
            if self.done_on(customer, key):
                finished += 1
            elif late > 0:
                pays = not customer.gone_on or customer.gone_on > self.today
                overdue += min(self.today, customer.gone_on or self.today) > self.due[customer.name][key]
                stuck += late > 7 and pays and SCRIPTS[customer.script][key].required
        return started, finished, overdue, stuck

    def from_start(self, who: Sequence[Customer], key: str) -> list[tuple[int, bool]]:
        return [self.case(each, each.started_on, self.done_on(each, key)) for each in who]

    def from_ready(self, who: Sequence[Customer], key: str) -> list[tuple[int, bool]]:
        cases = []
        for customer in who:
            done = self.done_on(customer, key)
            needed = [self.done_on(customer, other) for other in SCRIPTS[customer.script][key].needs]
            if all(needed):
                ready = max([customer.started_on, *(day for day in needed if day)])
                cases.append(self.case(customer, min(ready, done) if done else ready, done))
            elif done:
                cases.append((0, True))
        return cases

    def case(self, customer: Customer, since: date, done: date | None) -> tuple[int, bool]:
        return max(0, ((done or self.seen_until(customer)) - since).days), done is not None


def due_days(customer: Customer) -> dict[str, date]:
    """Count working days on from the start, or from another step; needs come first."""
    off = holidays.country_holidays(customer.country)
    days: dict[str, date] = {}

    def works(day: date) -> bool:
        return day.weekday() < 5 and day not in off

    def due(key: str) -> date:
        if key not in days:
            step = SCRIPTS[customer.script][key]
            day = due(step.counted_from) if step.counted_from else customer.started_on
            left = step.after
            while left or not works(day):
                day += timedelta(days=1)
                left -= bool(left and works(day))
            days[key] = max([day, *(due(other) for other in step.needs)])
        return days[key]

    for key in SCRIPTS[customer.script]:
        due(key)
    return days


def median(cases: Sequence[tuple[int, bool]]) -> tuple[float | None, float | None, float | None]:
    """Return the Kaplan–Meier median, and its 95 % limits on the log-log scale; None where not reached."""
    still, spread = 1.0, 0.0
    found: list[float | None] = [None, None, None]
    for day in sorted({days for days, over in cases if over}):
        at_risk = sum(days >= day for days, _ in cases)
        events = sum(over and days == day for days, over in cases)
        still *= 1 - events / at_risk
        if at_risk == events:
            heights = (0.0, 0.0, 1.0)
        else:
            spread += events / (at_risk * (at_risk - events))
            reach = Z * sqrt(spread) / -log(still)
            heights = (still, still ** exp(reach), still ** exp(-reach))
        for place, height in enumerate(heights):
            if found[place] is None and height <= 0.5 + 1e-12:
                found[place] = day
    return found[0], found[1], found[2]


def time_of(cases: Sequence[tuple[int, bool]]) -> dict[str, float | None]:
    """Write a median as the report does."""
    value, low, high = median(cases)
    over = sum(over for _, over in cases)
    return {"part": over, "whole": len(cases), "median": value, "low": low, "high": high}


@pytest.fixture
def played(app: Flask, session: Session) -> tuple[list[Customer], ZoneInfo]:
    """The customers, after all has happened."""
    random = Random(20250421)  # noqa: S311  # It guards nothing.
    zone = site_zone()
    customers = make_up(random, zone)
    play(session, random, customers)
    return customers, zone


@pytest.mark.slow
def test_all_figures_are_as_worked_out_by_hand(
    app: Flask, session: Session, played: tuple[list[Customer], ZoneInfo]
) -> None:
    customers, zone = played
    check_steps(session, Reckoning(customers, zone, LAST_DAY))
    for today in (FIRST_DAY + timedelta(days=50), LAST_DAY):
        reckoning = Reckoning(customers, zone, today)
        report = app.test_cli_runner().invoke(onboarding, ["report", "--json", "--as-of", today.isoformat()])
        told = json.loads(report.stdout)
        assert told["as_of"] == today.isoformat()
        assert told["standings"] == dict.fromkeys(Standing, 0) | reckoning.standings()
        sections = {(section["map"], section["tier"]): section for section in told["sections"]}
        assert sections.keys() == {(None, None), *((slug, tier) for slug in SCRIPTS for tier in TIERS)}
        for (script, tier), section in sections.items():
            check_section(section, reckoning, script, tier)
    assert min(reckoning.standings().values()) >= 5, "every standing is met"


def check_steps(session: Session, reckoning: Reckoning) -> None:
    """Compare each step's time and day, and each checklist's end."""
    query = select(Checklist).options(selectinload(Checklist.steps), selectinload(Checklist.account))
    checklists = {each.account.external_id: each for each in session.scalars(query)}
    assert len(checklists) == ACCOUNTS
    for customer in reckoning.customers:
        checklist = checklists[customer.name]
        done, due = reckoning.done_at[customer.name], reckoning.due[customer.name]
        required = reckoning.required(customer)
        assert {step.key: step.completed_at for step in checklist.steps} == done, customer.name
        assert {step.key: step.due_on for step in checklist.steps} == due, customer
        assert checklist.ends_on == max(due[key] for key in required)
        times = [at for key in required if (at := done[key])]
        assert checklist.completed_at == (max(times) if len(times) == len(required) else None)


def check_section(
    section: dict[str, Any], reckoning: Reckoning, script: str | None, tier: TouchTier | None
) -> None:
    """Compare the figures of one map or all, for one tier or for all."""
    who = [
        each for each in reckoning.customers if script in {None, each.script} and tier in {None, each.tier}
    ]
    rate = section["completion_rate"]
    assert (rate["part"], rate["whole"]) == reckoning.completion(who)
    cases = [
        case
        for each in who
        for key, step in SCRIPTS[each.script].items()
        if step.milestone is Milestone.FIRST_VALUE
        for case in reckoning.from_start([each], key)
    ]
    assert section["time_to_first_value"] == time_of(cases)
    keys = SCRIPTS[script] if script else {}
    assert [step["key"] for step in section["steps"]] == list(keys)
    for step in section["steps"]:
        counts = (step["started"], step["finished"], step["overdue"], step["stuck"])
        assert counts == reckoning.counts(who, step["key"])
        assert step["days_from_start"] == time_of(reckoning.from_start(who, step["key"]))
        assert step["days_once_ready"] == time_of(reckoning.from_ready(who, step["key"]))
