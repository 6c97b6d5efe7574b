"""Figures of peer help, onboarding and use: the edges of what each counts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.core.statistics import Rate
from portal.insights.figures import (
    AccountPeople,
    active_people,
    article_helpfulness,
    help_session_count,
    helpfulness_by_article,
    onboarding_completion,
    peer_answer_share,
    queries_without_results,
    solved_rate,
    time_to_first_answer,
    typed_in_vain,
)
from portal.insights.help_sessions import Event
from portal.onboarding.overview.rules import Plan
from tests.insights.ledger import MONDAY, event, sessions_of

DAY = 24 * 3600
HOUR = 3600
TODAY = date(2026, 11, 20)


def about(number: int, kind: str, seconds: float, topic: int, *, person: str = "user:1") -> Event:
    made = event(number, kind, seconds, person=person, topic_id=topic)
    return replace(made, subject=f"topic:{topic}")


QUESTIONS = [about(number, "question.asked", 0, number) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("days", "expected"), [(6.99, ((), ())), (7, ((1, 2), (1, 2, 3, 4))), (60, ((1, 2), (1, 2, 3, 4)))]
)
def test_a_question_is_solved_within_seven_days_or_not(
    days: float, expected: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    acceptances = [
        about(11, "answer.accepted", 10, 1),
        about(12, "answer.accepted", 7 * DAY, 2),
        about(13, "answer.accepted", 7 * DAY + 1, 3),
        about(14, "answer.accepted", 9 * DAY, 1),
    ]

    counted = solved_rate(QUESTIONS, acceptances, as_of=MONDAY + timedelta(days=days))

    assert (counted.numerator_ids, counted.denominator_ids) == expected


def test_who_waits_for_an_answer_is_not_dropped() -> None:
    answers = [
        about(11, "answer.posted", HOUR, 1, person="user:2"),
        about(12, "answer.posted", 60, 2),  # By the asker: no answer.
        about(13, "answer.posted", 3 * HOUR, 2, person="user:3"),
        about(14, "answer.posted", 2 * HOUR, 1, person="user:3"),
    ]

    waiting = time_to_first_answer(QUESTIONS, answers, as_of=MONDAY + timedelta(hours=50))

    assert waiting.numerator_ids == (1, 2)
    assert waiting.denominator_ids == (1, 2, 3, 4)
    assert waiting.curve.median == 3  # Half have one after three hours.
    assert waiting.curve.quantile(0.9).value is None
    assert waiting.too_few


def test_only_answers_by_customers_are_peer_answers() -> None:
    acceptances = [
        event(1, "answer.accepted", 0, answered_by_staff=False),
        event(2, "answer.accepted", 0, answered_by_staff=True),
        event(3, "answer.accepted", 0),
    ]

    counted = peer_answer_share(acceptances)

    assert (counted.numerator_ids, counted.denominator_ids) == ((1,), (1, 2, 3))


def test_a_plan_counts_once_its_end_date_has_passed() -> None:
    day = timedelta(days=1)
    plans = [
        Plan(id=1, ends_on=TODAY - day, completed_on=TODAY - day),
        Plan(id=2, ends_on=TODAY - day, completed_on=TODAY),
        Plan(id=3, ends_on=TODAY - day, completed_on=None),
        Plan(id=4, ends_on=TODAY, completed_on=TODAY - day),
    ]

    counted = onboarding_completion(plans, today=TODAY)

    assert (counted.numerator_ids, counted.denominator_ids) == ((1,), (1, 2, 3))


def test_active_people_are_counted_for_each_seat() -> None:
    accounts = [
        AccountPeople(id=1, name="A", seats=10, people_ids=(5, 7)),
        AccountPeople(id=2, name="B", seats=15, people_ids=(6,)),
    ]

    ratio = active_people(accounts)

    assert (ratio.numerator_ids, ratio.denominator_ids, ratio.seats) == ((5, 6, 7), (1, 2), 25)
    assert ratio.value == 3 / 25
    assert not ratio.too_few
    assert active_people([]).value is None


def test_the_last_vote_of_a_person_on_an_article_counts() -> None:
    votes = [
        event(3, "article.voted", 90, helpful=False),
        event(1, "article.voted", 0, helpful=True),
        event(2, "article.voted", 30, person="user:2", helpful=True),
    ]

    counted = article_helpfulness(votes)

    assert counted.numerator_ids == (2,)
    assert sorted(counted.denominator_ids) == [2, 3]
    assert counted.value == counted.rate.interval.low


def test_one_of_one_does_not_beat_ninety_five_of_a_hundred() -> None:
    def votes(article: int, helpful: int, total: int) -> list[Event]:
        return [
            Event(
                id=article * 1000 + number,
                kind="article.voted",
                occurred_at=MONDAY,
                person=f"user:{number}",
                subject=f"article:{article}",
                data={"helpful": number < helpful},
            )
            for number in range(total)
        ]

    ranked = helpfulness_by_article([*votes(1, 95, 100), *votes(2, 1, 1)])

    assert list(ranked.items()) == [("article:2", Rate(1, 1)), ("article:1", Rate(95, 100))]


def test_queries_in_vain_are_joined_whatever_their_case_and_spaces() -> None:
    sessions = sessions_of(
        event(1, "search.performed", 0, results=0, query="Print  labels"),
        event(2, "search.performed", 100, results=0, query=" print labels "),
        event(3, "search.performed", 200, results=0, query="ラベル"),
        event(4, "search.performed", 300, results=2, query="ラベル"),
    )

    assert queries_without_results(sessions).parts == (("all", (1, 2, 3)),)
    assert list(typed_in_vain(sessions).items()) == [("print labels", 2), ("ラベル", 1)]
    assert dict(help_session_count(sessions).parts)["abandoned"] == (1,)
