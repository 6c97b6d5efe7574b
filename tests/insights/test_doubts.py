"""Whether what readers do contradicts an article, counted again by brute force."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.statistics import Rate, wilson_interval
from portal.insights.doubts import Asking, Helping, asking_of, helping_of
from portal.insights.help_sessions import Event, help_sessions
from tests.insights.ledger import LATER, MONDAY, day, ledgers, sessions_of

SUBJECTS = ("article:1", "article:2", "article:3")
MERGED = {"article:2": "article:3"}
_hours = st.integers(0, 400)
_since = st.fixed_dictionaries({"article:1": _hours, "article:3": _hours}).map(
    lambda hours: {key: MONDAY + timedelta(hours=value) for key, value in hours.items()}
)


def counted_as(event: Event, merged: dict[str, str]) -> str:
    return merged.get(str(event.subject), str(event.subject))


@given(ledgers, _since, st.sampled_from([{}, MERGED]))
def test_votes_are_those_that_people_cast_last(
    events: list[Event], since: dict[str, datetime], merged: dict[str, str]
) -> None:
    votes = [event for event in events if event.kind == "article.voted"]
    found = helping_of(reversed(votes), since=since, merged=merged)
    for subject, start in since.items():
        mine = [vote for vote in votes if counted_as(vote, merged) == subject]
        expected = []
        for part in ([v for v in mine if v.occurred_at >= start], [v for v in mine if v.occurred_at < start]):
            people = {vote.person for vote in part}
            helped = 0
            for person in people:
                last = max((v for v in part if v.person == person), key=lambda v: (v.occurred_at, v.id))
                helped += last.data.get("helpful") is True
            expected.append(Rate(helped, len(people)))
        if mine:
            assert found[subject] == Helping(lately=expected[0], before=expected[1])
        else:
            assert subject not in found
    assert set(found) <= set(since)


@given(ledgers, _since, st.sampled_from([{}, MERGED]), st.integers(0, 300))
def test_sessions_are_those_in_which_it_was_opened_and_that_are_settled(
    events: list[Event], since: dict[str, datetime], merged: dict[str, str], hours: int
) -> None:
    as_of = MONDAY + timedelta(hours=hours) if hours < 200 else LATER
    sessions = help_sessions(events, as_of=as_of)
    found = asking_of(sessions, since=since, merged=merged)
    settled = [
        one
        for one in sessions
        if as_of - one.ended_at >= timedelta(hours=72) and any(e.kind == "article.viewed" for e in one.events)
    ]

    def is_followed(one: object) -> bool:
        return any(
            event.kind in {"question.asked", "request.opened"}
            and event.person == one.person  # type: ignore[attr-defined]  # A help session.
            and one.started_at <= event.occurred_at <= one.ended_at + timedelta(hours=72)  # type: ignore[attr-defined]
            and event.occurred_at <= as_of
            for event in events
        )

    asked = [one.id for one in settled if is_followed(one)]
    for subject, start in since.items():
        opened = [
            one.id
            for one in settled
            if any(
                e.kind == "article.viewed" and counted_as(e, merged) == subject and e.occurred_at >= start
                for e in one.events
            )
        ]
        if not opened:
            assert subject not in found
            continue
        ids = tuple(key for key in opened if key in asked)
        assert found[subject] == Asking(
            own=Rate(len(ids), len(opened)), overall=Rate(len(asked), len(settled)), session_ids=ids
        )


_rates = st.integers(0, 60).flatmap(lambda n: st.integers(0, n).map(lambda k: Rate(k, n)))


@given(_rates, _rates)
def test_nothing_is_told_from_fewer_than_twenty(lately: Rate, before: Rate) -> None:
    helping = Helping(lately=lately, before=before)
    ends = [wilson_interval(rate.numerator, rate.denominator) for rate in (lately, before)]
    enough = lately.denominator >= 20 and before.denominator >= 20
    assert helping.has_fallen is (enough and ends[0].high < ends[1].low)
    assert helping.too_few is not enough


@given(_rates, _rates)
def test_an_article_is_accused_only_far_above_all(own: Rate, overall: Rate) -> None:
    asking = Asking(own=own, overall=overall)
    ends = [wilson_interval(rate.numerator, rate.denominator) for rate in (own, overall)]
    assert asking.is_more is (own.denominator >= 20 and ends[0].low > ends[1].high)


@pytest.mark.parametrize(
    ("lately", "before", "has_fallen"),
    [
        (Rate(0, 1), Rate(95, 100), False),
        (Rate(0, 19), Rate(950, 1000), False),
        (Rate(6, 20), Rate(80, 100), True),
        (Rate(15, 20), Rate(80, 100), False),
        (Rate(20, 20), Rate(1, 100), False),
    ],
)
def test_one_vote_alarms_nobody(lately: Rate, before: Rate, *, has_fallen: bool) -> None:
    assert Helping(lately=lately, before=before).has_fallen is has_fallen


@pytest.mark.parametrize(
    ("own", "overall", "is_more"),
    [
        (Rate(1, 1), Rate(40, 1000), False),
        (Rate(12, 20), Rate(180, 1000), True),
        (Rate(5, 20), Rate(180, 1000), False),
    ],
)
def test_one_question_alarms_nobody(own: Rate, overall: Rate, *, is_more: bool) -> None:
    assert Asking(own=own, overall=overall).is_more is is_more


EARLY = {"article:1": MONDAY}


def test_a_session_of_which_nothing_is_known_yet_does_not_count() -> None:
    visit = day(("article.viewed", 0), ("article.read", 20))
    for hours, count in ((71, 0), (73, 1)):
        sessions = help_sessions(visit, as_of=MONDAY + timedelta(hours=hours))
        found = asking_of(sessions, since=EARLY, merged={})
        assert sum(asking.own.denominator for asking in found.values()) == count


def test_what_was_opened_before_it_was_verified_does_not_count() -> None:
    sessions = sessions_of(*day(("article.viewed", 0), ("article.viewed", 60)))
    for seconds, count in ((60, 1), (61, 0)):
        since = {"article:1": MONDAY + timedelta(seconds=seconds)}
        assert len(asking_of(sessions, since=since, merged={})) == count


def test_what_was_done_with_a_merged_article_counts_for_the_other() -> None:
    events = day(("article.viewed", 0), ("article.voted", 20))
    since, merged = {"article:9": MONDAY}, {"article:1": "article:9"}
    assert asking_of(sessions_of(*events), since=since, merged=merged)["article:9"].own == Rate(0, 1)
    assert helping_of(events[1:], since=since, merged=merged)["article:9"].lately == Rate(0, 1)
