"""Every figure from a ledger of chance, against a recount; and which rows of it are read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.accounts.models import TouchTier
from portal.adoption.models import Signal
from portal.adoption.service import Fact, record
from portal.core.errors import NotFoundError
from portal.insights.catalogue import FIGURES, figure_named
from portal.insights.queries import Ledger, Period, Wanted, gaps_for
from portal.insights.reading import Reading, read, read_all
from portal.onboarding.models import Checklist
from tests.factories import NOW, actor_of, make_account, make_customer, make_reply, make_topic, make_user
from tests.insights.oracle import Oracle
from tests.insights.world import TODAY, World, make_world

MONTH = Period.between(None, None, today=TODAY)


def ledger(session: Session, period: Period = MONTH, **wanted: object) -> Ledger:
    return Ledger(session, SYSTEM, Wanted(period=period, **wanted), now=NOW)  # type: ignore[arg-type]  # Filters.


def oracle(session: Session, world: World, period: Period, account_ids: set[int] | None = None) -> Oracle:
    rows = session.scalars(select(Signal)).all()
    if account_ids is not None:
        rows = [
            row
            for row in rows
            if row.account_id in account_ids or row.kind in {"answer.posted", "answer.accepted"}
        ]
    return Oracle(rows, staff_ids={world.staff.id}, since=period.since, until=period.until, now=NOW)


def counts_of(reading: Reading) -> tuple[int | None, int | None]:
    numbers = reading.numbers
    if reading.figure.name in {"help_sessions", "queries_without_results"}:
        return None, int(numbers.value or 0)
    return numbers.numerator, numbers.denominator


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("days", [(None, None), (date(2026, 10, 1), date(2026, 10, 31)), (TODAY, TODAY)])
def test_every_figure_is_what_a_recount_gives(
    session: Session, seed: int, days: tuple[date | None, date | None]
) -> None:
    world = make_world(session, seed=seed)
    period = Period.between(*days, today=TODAY)

    readings = {reading.figure.name: reading for reading in read_all(ledger(session, period))}
    recount = oracle(session, world, period)

    checklists = session.scalars(select(Checklist)).all()
    expected = recount.counts(world.accounts, checklists)
    assert {name: counts_of(reading) for name, reading in readings.items()} == expected
    median = recount.median_hours()
    assert readings["time_to_first_answer"].numbers.value == (median and pytest.approx(median))
    if expected["mean_reciprocal_click_rank"][1]:
        mean = readings["mean_reciprocal_click_rank"].numbers.value
        assert mean == pytest.approx(recount.mean_reciprocal_rank())


def test_the_world_of_chance_exercises_every_figure(session: Session) -> None:
    make_world(session, seed=7)

    for reading in read_all(ledger(session)):
        assert all(part.ids for part in reading.parts if part.name != "pending"), reading.figure.name


def test_the_rows_behind_each_figure_are_as_many_as_it_says(session: Session) -> None:
    make_world(session, seed=1)

    for reading in read_all(ledger(session)):
        above, below = counts_of(reading)
        sizes = {part.name: len(part.ids) for part in reading.parts}
        match sorted(sizes):
            case ["counted", "others"]:
                assert (sizes["counted"], sizes["counted"] + sizes["others"]) == (above, below)
            case ["requests", "sessions"]:
                assert (sizes["sessions"], sizes["requests"]) == (above, below)
            case ["accounts", "people"]:
                assert (sizes["people"], sizes["accounts"]) == (above, 3)
            case _:
                assert sum(sizes.values()) == below
        for one, other in combinations(reading.parts, 2):
            assert one.kind is not other.kind or set(one.ids).isdisjoint(other.ids)


@pytest.mark.parametrize("by", ["account", "tier"])
def test_figures_of_some_accounts_count_only_their_rows(session: Session, by: str) -> None:
    world = make_world(session, seed=2)
    wanted = {"account_id": world.accounts[1].id} if by == "account" else {"tier": TouchTier.LOW}
    ids = {world.accounts[1].id} | (set() if by == "account" else {world.accounts[2].id})

    found = {reading.figure.name: reading for reading in read_all(ledger(session, **wanted))}
    recount = oracle(session, world, MONTH, ids)
    accounts = [account for account in world.accounts if account.id in ids]
    checklists = [row for row in world.checklists if row.account_id in ids]
    expected = recount.counts(accounts, checklists)

    accepted = [
        row
        for row in recount.everything
        if row.kind == "answer.accepted" and recount.is_in_period(row) and row.account_id in ids
    ]
    expected["peer_answer_share"] = (
        sum(not row.data["answered_by_staff"] for row in accepted),
        len(accepted),
    )
    assert {name: counts_of(reading) for name, reading in found.items()} == expected


def test_the_figures_of_all_languages_together_are_those_of_the_whole(session: Session) -> None:
    make_world(session, seed=3)

    def total(name: str, language: str | None) -> int:
        reading = read(figure_named(name), ledger(session, language=language))
        return sum(len(part.ids) for part in reading.parts)

    for name in ("search_success", "solved_rate", "queries_without_results"):
        assert total(name, "en") + total(name, "ja") == total(name, None) > 0
        assert total(name, "en") > 0


def test_figures_without_a_language_are_not_told_for_one(session: Session) -> None:
    names = {reading.figure.name for reading in read_all(ledger(session, language="ja"), language="ja")}

    assert names == {figure.name for figure in FIGURES} - {
        "self_service_ratio",
        "peer_answer_share",
        "onboarding_completion",
        "active_people",
    }


def test_nobody_but_staff_reads_figures_or_gaps(session: Session) -> None:
    for actor in (VISITOR, actor_of(make_customer(session))):
        with pytest.raises(NotFoundError):
            Ledger(session, actor, Wanted(period=MONTH), now=NOW)
        with pytest.raises(NotFoundError):
            gaps_for(session, actor, Wanted(period=MONTH), now=NOW)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, (date(2026, 10, 24), TODAY)),
        (date(2026, 11, 1), None, (date(2026, 11, 1), TODAY)),
        (None, date(2026, 11, 1), (date(2026, 10, 5), date(2026, 11, 1))),
        (date(2026, 11, 9), date(2026, 11, 1), (date(2026, 11, 1), date(2026, 11, 9))),
        (date(2027, 1, 1), date(2028, 1, 1), (TODAY, TODAY)),
        (date.min, date.min, (date(2000, 1, 1), date(2000, 1, 1))),
        (None, date.min, (date(2000, 1, 1), date(2000, 1, 1))),
        (date.min, date.max, (date(2000, 1, 1), TODAY)),
    ],
)
def test_any_two_days_make_a_period(
    since: date | None, until: date | None, expected: tuple[date, date]
) -> None:
    period = Period.between(since, until, today=TODAY)

    assert (period.since, period.until) == expected


def test_days_begin_and_end_in_the_zone_of_the_site(app: object) -> None:
    period = Period(since=date(2026, 11, 2), until=date(2026, 11, 3))

    assert period.starts_at == datetime(2026, 11, 1, 15, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 11, 3, 15, tzinfo=UTC) - timedelta.resolution
    assert period.before == Period(since=date(2026, 10, 31), until=date(2026, 11, 1))


def test_a_visit_over_midnight_belongs_to_the_day_it_began(session: Session) -> None:
    midnight = datetime(2026, 11, 9, 15, tzinfo=UTC)
    for number, minutes in enumerate((-20, -5, 15)):
        fact = Fact(
            kind="search.performed",
            key=str(number),
            occurred_at=midnight + timedelta(minutes=minutes),
            person="visitor:night",
            data={"results": 0, "query": "moon"},
        )
        record(session, [fact], now=NOW)

    def visits(day: date) -> list[int]:
        return [len(visit.events) for visit in ledger(session, Period(since=day, until=day)).sessions]

    assert (visits(date(2026, 11, 9)), visits(date(2026, 11, 10))) == ([3], [])


def test_gaps_join_failed_searches_and_unsolved_questions(session: Session) -> None:
    asker = make_customer(session)
    open_one = make_topic(session, author=asker, title="Printing labels?", now=NOW - timedelta(days=5))
    solved = make_topic(session, author=asker, title="Labels print", now=NOW - timedelta(days=4))
    answer = make_reply(session, author=make_user(session), topic=solved)
    solved.accept(answer, at=NOW)
    for topic in (open_one, solved):
        _tell(session, "question.asked", topic.created_at, user_id=asker.id, subject=f"topic:{topic.id}")
    for number, days in enumerate((5, 9, 40)):
        at = NOW - timedelta(days=days, minutes=5)
        data = {"query": "print labels", "results": 0}
        _tell(session, "search.performed", at, user_id=asker.id if number == 0 else None, data=data)
    session.commit()

    gap, *others = gaps_for(session, SYSTEM, Wanted(period=MONTH), now=NOW)

    assert others == []
    assert [question.topic_id for question in gap.questions] == [open_one.id]
    assert (gap.queries, gap.sessions, gap.escalated, gap.before) == ((("print labels", 2),), 2, 1, 1)
    assert gap.cost == 1


def _tell(session: Session, kind: str, at: datetime, *, user_id: int | None, **values: object) -> None:
    fact = Fact(kind=kind, key=f"{kind}:{at.isoformat()}", occurred_at=at, user_id=user_id)
    person = None if user_id else "visitor:x"
    record(session, [replace(fact, person=person, **values)], now=NOW)  # type: ignore[arg-type]  # Subject, data.


def test_an_account_that_left_has_no_seats(session: Session) -> None:
    make_account(session, seats=8)
    make_account(session, seats=100, status="churned")

    numbers = read(figure_named("active_people"), ledger(session)).numbers

    assert (numbers.numerator, numbers.denominator, numbers.value) == (0, 8, 0)
