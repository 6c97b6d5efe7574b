"""What the customer sees: whose turn it is, what comes first, and only links that lead somewhere."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import STAFF
from portal.accounts.models import Account, User
from portal.core.clock import site_day
from portal.onboarding import queries, service
from portal.onboarding.models import Checklist, ChecklistStep, Instrument, Owner, StepRole
from portal.onboarding.rules import StepState, path_of
from tests.conftest import make_settings
from tests.factories import actor_of, make_board, make_topic, make_user
from tests.knowledge.factories import make_article, make_section
from tests.onboarding.factories import draft, make_checklist

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)

Browse = Callable[[User], FlaskClient]


def turns(page: str) -> str:
    """Return the part of a page that says whose turn it is."""
    return page[page.index('class="turns"') : page.index("The whole path")]


@given(st.data())
def test_while_anything_is_open_it_is_someones_turn(data: st.DataObject) -> None:
    steps = [
        ChecklistStep(
            key=f"s{number}",
            position=number,
            needs=[f"s{needed}" for needed in data.draw(st.sets(st.integers(0, number - 1), max_size=3))]
            if number
            else [],
            due_on=TODAY,
            is_required=data.draw(st.booleans()),
            completed_at=data.draw(st.sampled_from([None, NOW])),
            owner=data.draw(st.sampled_from(Owner)),
            stage={"en": data.draw(st.sampled_from(["", "Set up", "Go live"]))},
        )
        for number in range(data.draw(st.integers(1, 8)))
    ]

    path = path_of(Checklist(steps=steps), today=TODAY)

    is_open = any(not step.is_done for step in steps)
    assert (path.next is not None or bool(path.owed)) is is_open
    for stop in [*path.owed, *([path.next] if path.next else [])]:
        assert stop.is_ready
        assert not stop.waits_for
    assert path.next is None or path.next.step.owner is Owner.CUSTOMER
    assert all(stop.step.owner is Owner.VENDOR for stop in path.owed)
    required = [stop.step.is_required for stop in path.owed]
    assert required == sorted(required, reverse=True)
    staged = [stop for stops in path.stages("en").values() for stop in stops]
    assert sorted(staged, key=lambda stop: stop.step.position) == list(path.stops)


@pytest.fixture
def two_sides(session: Session, account: Account) -> Checklist:
    """The vendor begins, the customer goes on."""
    drafts = [
        draft("Set up the site", owner=Owner.VENDOR, stage={"en": "Set up", "ja": "準備"}),
        draft("Import", needs=["s1"], role=StepRole.ADMIN, stage={"en": "Set up", "ja": "準備"}),
        draft("Order", needs=["s1", "s2"], stage={"en": "Go live", "ja": "本番"}),
    ]
    return make_checklist(session, account, drafts)


def test_the_vendors_step_is_not_the_customers_next(
    session: Session, browser_of: Browse, member: User, two_sides: Checklist
) -> None:
    page = browser_of(member).get("/onboarding/").text

    assert "It is not your turn" in turns(page)
    assert "What Engawa does now" in turns(page)
    assert "Set up the site" in turns(page)
    assert "Mark as done" not in turns(page)
    assert queries.next_step_for(session, actor_of(member)) is None

    service.complete_step(session, actor=SYSTEM, step_id=two_sides.steps[0].id, now=NOW)
    session.commit()
    page = browser_of(member).get("/onboarding/").text
    assert "Import" in turns(page)
    assert "An administrator" in turns(page)
    assert "What Engawa does now" not in page
    assert queries.next_step_for(session, actor_of(member)) == two_sides.steps[1]


def test_another_checklist_goes_on_while_one_waits_for_the_vendor(
    session: Session, account: Account, member: User, two_sides: Checklist
) -> None:
    other = make_checklist(session, account, [draft("Elsewhere")], started_on=date(2026, 11, 9))

    assert queries.next_step_for(session, actor_of(member)) == other.steps[0]
    assert not two_sides.is_complete


def test_the_path_has_its_parts_and_says_what_waits_for_what(
    browser_of: Browse, member: User, two_sides: Checklist
) -> None:
    page = browser_of(member).get("/onboarding/").text
    path = page[page.index("The whole path") :]

    assert path.index("Set up</h3>") < path.index("Import") < path.index("Go live</h3>")
    assert "Waits for “Set up the site”" in path
    assert path.count("Waits for “Import”") == 1
    assert path.count("Mark as done") == 1
    japanese = browser_of(member).get("/onboarding/", headers={"Accept-Language": "ja"}).text
    assert "準備</h3>" in japanese
    assert two_sides.steps[1].title("ja") in japanese


def test_unfinished_checklists_come_first(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    done = make_checklist(session, account, [draft("Done long ago")], started_on=date(2026, 1, 5))
    make_checklist(session, account, [draft("Still to do")])
    service.complete_step(session, actor=SYSTEM, step_id=done.steps[0].id, now=NOW)
    session.commit()

    page = browser_of(member).get("/onboarding/").text

    assert page.index("Still to do") < page.index("Done long ago")
    assert page.count('<details class="disclosure" open>') == 1


def test_only_links_that_lead_somewhere_are_shown(
    session: Session, browser_of: Browse, account: Account, member: User
) -> None:
    section, staff = make_section(session, "Billing"), make_user(session)
    board, room = make_board(session, slug="printing"), make_board(session, slug="room", audience=STAFF)
    article = make_article(session, "Print it", section=section)
    secret = make_article(session, "Nightjar", section=section, audience=STAFF)
    topic = make_topic(session, author=member, board=board)
    hidden = make_topic(session, author=staff, board=room)
    references = [
        (Instrument.ARTICLE, str(article.article_id)),
        (Instrument.ARTICLE, str(secret.article_id)),
        (Instrument.TOPIC, str(topic.id)),
        (Instrument.TOPIC, str(hidden.id)),
        (Instrument.BOARD, "printing"),
        (Instrument.BOARD, "room"),
        (Instrument.BOARD, "gone"),
        (Instrument.ARTICLE, "424242"),
        (Instrument.VIDEO, "https://video.example/1"),
        (Instrument.LINK, "https://page.example/2"),
        (Instrument.MEETING, "https://meet.example/3"),
        (Instrument.MEETING, ""),
        (Instrument.LINK, "javascript:alert(1)"),
    ]
    drafts = [
        draft(f"Step {number}", instrument=instrument, reference=reference)
        for number, (instrument, reference) in enumerate(references)
    ]
    checklist = make_checklist(session, account, drafts)

    page = browser_of(member).get("/onboarding/").text

    for leads in (
        f"/help/en/articles/{article.article_id}-",
        f"/community/topics/{topic.id}-",
        'href="/community/printing/"',
        'href="https://video.example/1"',
        'href="https://page.example/2"',
        'href="https://meet.example/3"',
    ):
        assert page.count(leads) == 1, leads
    for nothing in (
        f"articles/{secret.article_id}-",
        f"topics/{hidden.id}-",
        "/community/room",
        "javascript:",
    ):
        assert nothing not in page
    assert "Nightjar" not in page
    for_staff = browser_of(staff).get(f"/staff/onboarding/checklists/{checklist.id}").text
    assert f"articles/{secret.article_id}-" in for_staff
    assert "/community/room/" in for_staff


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", "2026-03-28T22:59:59+00:00", date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", date(2026, 3, 30)),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("America/New_York", "2026-03-08T04:59:59+00:00", date(2026, 3, 7)),
        ("America/New_York", "2026-03-08T05:00:00+00:00", date(2026, 3, 8)),
        ("America/New_York", "2026-03-09T04:00:00+00:00", date(2026, 3, 9)),
        ("America/New_York", "2026-11-01T03:59:59+00:00", date(2026, 10, 31)),
        ("America/New_York", "2026-11-01T04:00:00+00:00", date(2026, 11, 1)),
        ("America/New_York", "2026-11-02T04:59:59+00:00", date(2026, 11, 1)),
        ("America/New_York", "2026-11-02T05:00:00+00:00", date(2026, 11, 2)),
    ],
)
def test_a_step_is_late_when_its_day_is_over_where_the_site_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch, zone: str, instant: str, day: date
) -> None:
    settings = make_settings(app.extensions["settings"].data_dir, PORTAL_TIME_ZONE=zone)
    monkeypatch.setitem(app.extensions, "settings", settings)
    today = site_day(datetime.fromisoformat(instant))
    assert today == day

    def state(due_on: date) -> StepState:
        step = ChecklistStep(key="s1", position=1, needs=[], due_on=due_on, is_required=True)
        return path_of(Checklist(steps=[step]), today=today).stops[0].state

    assert state(day) is StepState.NEXT
    assert state(date.fromordinal(day.toordinal() - 1)) is StepState.OVERDUE
    assert state(date.fromordinal(day.toordinal() - 7)) is StepState.OVERDUE
    assert state(date.fromordinal(day.toordinal() - 8)) is StepState.STUCK
