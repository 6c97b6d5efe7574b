"""Who is reminded of what and when, and in which words."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.models import Account, User
from portal.core.errors import InvalidError
from portal.onboarding.models import Owner, StepRole
from portal.onboarding.nudges.rules import (
    AGAIN_AFTER,
    DEFAULT_TEXTS,
    DONE_WITHIN,
    MOST_A_STEP,
    MOST_RECIPIENTS,
    PLACEHOLDERS,
    Aftermath,
    Earlier,
    Site,
    fill,
    late_step,
    may_repeat,
    recipients_of,
    require_known,
    share_done,
    text_in,
    values_for,
)
from tests.factories import make_user
from tests.onboarding.factories import draft, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SITE = Site(name="Engawa", address="https://portal.test", language="en")
words = st.text(max_size=30)


@given(st.dictionaries(st.sampled_from(PLACEHOLDERS), words), st.lists(st.sampled_from(PLACEHOLDERS) | words))
def test_a_template_is_filled_in_once(values: dict[str, str], parts: list[str]) -> None:
    pieces = [part if part in PLACEHOLDERS else part.translate({123: "", 125: ""}) for part in parts]
    template = "".join(f"{{{piece}}}" if piece in PLACEHOLDERS else piece for piece in pieces)
    require_known(template, field="text_en")

    expected = "".join(
        values.get(piece, f"{{{piece}}}") if piece in PLACEHOLDERS else piece for piece in pieces
    )
    assert fill(template, values) == expected


@pytest.mark.parametrize("unknown", ["nmae", "name.password", "0", "", "name!r", " name "])
def test_unknown_placeholders_are_refused_by_name(unknown: str) -> None:
    with pytest.raises(InvalidError) as refused:
        require_known(f"Hello {{name}}, {{{unknown}}}!", field="text_en")
    assert refused.value.params["unknown"] == f"{{{unknown}}}"
    assert refused.value.field == "text_en"


def test_braces_that_name_nothing_are_text() -> None:
    text = "100 % } {\n}"
    require_known(text, field="text_en")
    assert fill(text, {"name": "Kim"}) == text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_default_says_everything_in_both_languages(
    session: Session, account: Account, member: User, language: str
) -> None:
    require_known(DEFAULT_TEXTS[language], field="text_en")
    member.language = language
    checklist = make_checklist(session, account, [draft("Import")], started_on=date(2026, 11, 2))

    values = values_for(checklist.steps[0], member, site=SITE, today=date(2026, 11, 20))
    text = fill(DEFAULT_TEXTS[language], values)

    assert values.keys() == set(PLACEHOLDERS)
    assert "{" not in text
    assert account.name in text
    assert "Kim Sato" in text
    assert f"https://portal.test/onboarding/#checklist-{checklist.id}" in text
    assert ("Import（日本語）" in text) is (language == "ja")
    assert values["due"] == {"en": "Nov 12, 2026", "ja": "2026/11/12"}[language]
    assert values["days_late"] == "8"
    assert values["manager"] == "Engawa"


def test_the_nearest_text_in_the_language_counts() -> None:
    step, general = {"en": "Of the step", "ja": " "}, {"ja": "一般"}
    assert text_in("en", step, general) == "Of the step"
    assert text_in("ja", step, general) == "一般"
    assert text_in("ja", {}, {}) == DEFAULT_TEXTS["ja"]
    assert text_in("en", {}, general) == DEFAULT_TEXTS["en"]


@pytest.mark.parametrize(
    ("today", "is_late"),
    [
        (date(2026, 11, 13), False),  # Due on Thursday the 12th: a working day late.
        (date(2026, 11, 15), False),  # A weekend does not count.
        (date(2026, 11, 16), True),
    ],
)
def test_a_step_is_late_after_two_working_days(
    session: Session, account: Account, today: date, *, is_late: bool
) -> None:
    checklist = make_checklist(session, account, [draft("Import")])
    assert checklist.steps[0].due_on == date(2026, 11, 12)
    assert (late_step(checklist, today=today) is not None) is is_late


def test_the_late_step_is_one_that_its_customer_can_do(session: Session, account: Account) -> None:
    drafts = [
        draft("Ours", due_after_days=1, owner=Owner.VENDOR),
        draft("Optional", due_after_days=1, is_required=False),
        draft("First", due_after_days=3),
        draft("Second", due_after_days=1, needs=["s3"]),
        draft("Third", due_after_days=4),
    ]
    checklist = make_checklist(session, account, drafts)
    today = date(2027, 1, 1)

    first = late_step(checklist, today=today)
    assert first is checklist.steps[2]
    first.complete(at=NOW, by_id=None)
    second = late_step(checklist, today=today)
    assert second is checklist.steps[3]


def test_champions_are_reminded_or_else_a_few_of_the_role(session: Session, account: Account) -> None:
    checklist = make_checklist(session, account, [draft(), draft(role=StepRole.CHAMPION)])
    members = [make_user(session, account=account) for _ in range(MOST_RECIPIENTS + 1)]
    anyone, for_champions = checklist.steps
    assert recipients_of(anyone, members) == members[:MOST_RECIPIENTS]
    assert recipients_of(for_champions, members) == []

    champion = make_user(session, account=account, role=Role.CHAMPION)
    assert recipients_of(anyone, [*members, champion]) == [champion]
    assert recipients_of(for_champions, [*members, champion]) == [champion]
    everyone, stranger = [*members, champion], User(name="Of another account")
    assert recipients_of(anyone, everyone, assigned=[stranger, members[3]]) == [members[3]]
    assert recipients_of(anyone, everyone, assigned=[stranger]) == [champion]


@given(st.lists(st.tuples(st.integers(0, 40 * 24), st.booleans()), max_size=60))
def test_the_site_reminds_three_times_and_a_week_apart(tries: list[tuple[int, bool]]) -> None:
    done: list[Earlier] = []
    for hour, by_itself in sorted(tries):
        if may_repeat(done, now=NOW + timedelta(hours=hour)):
            done.append(Earlier(at=NOW + timedelta(hours=hour), by_itself=by_itself))
    assert sum(one.by_itself for one in done) <= MOST_A_STEP
    assert all(later.at - earlier.at >= AGAIN_AFTER for earlier, later in pairwise(done))
    assert bool(done) is bool(tries)


def test_what_happens_afterwards_counts_once_its_time_is_over() -> None:
    long_ago = NOW - timedelta(days=30)

    def case(done_after: timedelta | None, *, sent_at: datetime = long_ago) -> Aftermath:
        return Aftermath(sent_at=sent_at, done_at=None if done_after is None else sent_at + done_after)

    cases = [
        case(DONE_WITHIN),
        case(timedelta()),
        case(DONE_WITHIN + timedelta.resolution),
        case(None),
        case(-timedelta.resolution),  # Known only later: it had been done.
        case(None, sent_at=NOW - DONE_WITHIN + timedelta.resolution),
        case(timedelta(hours=1), sent_at=NOW - timedelta(days=2)),
    ]
    rate = share_done(cases, now=NOW)
    assert (rate.numerator, rate.denominator, rate.too_few) == (2, 4, True)
