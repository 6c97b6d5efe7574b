"""Alerts open once, reach whom they concern in words, are taken care of, and close by themselves."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, AccountStatus, User
from portal.adoption.kinds import RECEIVED
from portal.core import outbox
from portal.core.clock import site_day_end
from portal.health.alerts import queries, service
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.model import Band, shipped_text
from portal.health.overrides import service as overrides
from portal.health.overrides.service import Judgement
from portal.health.versions import service as versions
from portal.health.versions.rules import renamed
from portal.notifications.models import Notice
from portal.notifications.wording import sentence
from portal.reactions.table import REACTIONS
from tests.factories import NOW, actor_of, make_account, make_user
from tests.health.conftest import Tell
from tests.health.staff import DAY, TODAY, make_score
from tests.health.test_alert_rules import OPENED, Slow

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def manager(session: Session) -> User:
    return make_user(session, name="Mio")


@pytest.fixture
def acme(session: Session, manager: User, tell: Tell) -> Account:
    """An account that someone manages, and of which someone was seen this week."""
    account = make_account(session, name="Acme", manager_id=manager.id)
    tell(account, "feature.used", 2, user=make_user(session, account=account))
    return account


def follow(session: Session, today: date = TODAY) -> None:
    last: int | None = 0
    while last is not None:
        last = service.follow(session, after=last, today=today, now=site_day_end(today))
    session.commit()
    outbox.drain(REACTIONS)
    session.rollback()
    session.expire_all()


def open_rules(session: Session) -> list[AlertRule]:
    return sorted(alert.rule for alert in queries.alerts_for(session, SYSTEM))


def open_days(session: Session) -> list[str]:
    return [alert.facts["day"] for alert in queries.alerts_for(session, SYSTEM)]


def notices(session: Session) -> list[Notice]:
    mine = Notice.kind.startswith("alert_")
    return list(session.scalars(select(Notice).where(mine).order_by(Notice.id)))


def test_a_fall_reaches_the_manager_once_and_says_what_fell(
    session: Session, acme: Account, manager: User
) -> None:
    make_score(session, acme, 95, ago=5, side="product_use")
    make_score(session, acme, 75.5, side="product_use")

    follow(session)
    follow(session)
    follow(session, TODAY + DAY)

    (notice,) = notices(session)
    assert (notice.user_id, notice.path) == (manager.id, f"/staff/accounts/{acme.id}")
    assert sentence(notice.kind, notice.params) == (
        "Acme fell by 19.5 points since Nov 15, 2026, to 75.5. Product use lost most: 19.5 points."
    )


def test_without_a_manager_every_admin_hears(session: Session, acme: Account, manager: User) -> None:
    admins = {make_user(session, role=Role.ADMIN).id for _ in range(2)}
    manager.is_active = False
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)

    follow(session)

    assert {notice.user_id for notice in notices(session)} == admins
    assert {notice.kind for notice in notices(session)} == {"alert_at_risk"}


def test_who_has_left_rings_no_more(session: Session, acme: Account) -> None:
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)
    follow(session)
    assert open_rules(session) == [AlertRule.AT_RISK]
    session.execute(update(Account).values(status=AccountStatus.CHURNED, churned_on=TODAY))
    session.commit()

    with time_machine.travel(NOW, tick=False):
        worker.follow_alerts()
    session.rollback()
    session.expire_all()

    assert open_rules(session) == []
    assert len(session.scalars(select(AccountAlert)).all()) == 1


def test_another_model_is_no_fall(session: Session, acme: Account) -> None:
    make_score(session, acme, 90, ago=1)
    make_score(session, acme, 30, model="milestones")

    follow(session)

    assert open_rules(session) == []


@pytest.mark.parametrize(("days_ago", "rings"), [(20, False), (22, True)])
def test_three_weeks_of_silence_ring(session: Session, tell: Tell, days_ago: int, rings: bool) -> None:  # noqa: FBT001  # A parameter.
    account = make_account(session)
    tell(account, "feature.used", days_ago, user=make_user(session, account=account))
    tell(account, "phase.entered", 1)

    follow(session)

    assert (open_rules(session) == [AlertRule.SILENT]) is rings


@pytest.mark.parametrize("kind", sorted(RECEIVED))
def test_what_others_did_breaks_no_silence(session: Session, tell: Tell, kind: str) -> None:
    account = make_account(session)
    tell(account, kind, 1, user=make_user(session, account=account))

    follow(session)

    assert open_rules(session) == [AlertRule.SILENT]


def test_a_new_account_is_not_silent(session: Session) -> None:
    make_account(session, started_on=TODAY - 20 * DAY)
    make_account(session, started_on=TODAY + 20 * DAY)

    follow(session)

    assert open_rules(session) == []


def test_a_judgement_that_ends_rings_until_it_is_renewed(
    session: Session, acme: Account, manager: User
) -> None:
    def judge(days: int) -> None:
        judgement = Judgement(band=Band.WATCH, points=None, reason="Why", ends_on=TODAY + days * DAY)
        actor = actor_of(manager)
        overrides.judge(session, actor=actor, account_id=acme.id, judgement=judgement, now=NOW)
        session.commit()

    judge(5)
    follow(session)
    assert open_rules(session) == [AlertRule.OVERRIDE_ENDS]
    judge(60)
    follow(session)
    assert open_rules(session) == []


def test_another_judgement_that_ends_soon_rings_anew(session: Session, acme: Account, manager: User) -> None:
    def judge(days: int) -> None:
        judgement = Judgement(band=Band.WATCH, points=None, reason="Why", ends_on=TODAY + days * DAY)
        actor = actor_of(manager)
        overrides.judge(session, actor=actor, account_id=acme.id, judgement=judgement, now=NOW)
        session.commit()

    judge(5)
    follow(session)
    judge(6)
    follow(session)
    follow(session)

    assert open_days(session) == [(TODAY + 6 * DAY).isoformat()]


def test_a_renewal_at_risk_that_moves_rings_anew(session: Session, acme: Account) -> None:
    make_score(session, acme, 20)
    for days in (59, 30):
        session.execute(update(Account).values(renews_on=TODAY + timedelta(days=days)))
        follow(session)
        follow(session)

    assert open_days(session) == [(TODAY + 30 * DAY).isoformat()]
    assert [notice.params["day"] for notice in notices(session)] == open_days(session)


def test_a_renewal_at_risk_rings(session: Session, acme: Account) -> None:
    make_score(session, acme, 20)
    session.execute(update(Account).values(renews_on=TODAY + timedelta(days=59)))

    follow(session)

    (notice,) = notices(session)
    assert sentence(notice.kind, notice.params) == "Acme renews on Jan 18, 2027 and is at risk."


def test_random_scores_open_and_close_what_a_slow_evaluation_says(session: Session, tell: Tell) -> None:
    chance, length = random.Random(20), 40  # noqa: S311  # The same every time.
    series: dict[int, list[tuple[int | None, str]]] = {}
    for _ in range(6):
        account, points = make_account(session), chance.randrange(101)
        tell(account, "feature.used", *range(0, 60, 15), user=make_user(session, account=account))
        series[account.id] = []
        for ago in reversed(range(length)):
            points = min(max(points + chance.randrange(-11, 11), 0), 100)
            model = "milestones" if ago < 12 and account.id % 2 else "v1"
            told = None if chance.random() < 0.1 else points
            series[account.id].append((told, model))
            make_score(session, account, told, ago=ago, model=model)
    for ago in reversed(range(length)):
        follow(session, TODAY - ago * DAY)

    first = TODAY - (length - 1) * DAY
    for account_id, days in series.items():
        mine = select(AccountAlert).where(AccountAlert.account_id == account_id)
        happened = set()
        for alert in session.scalars(mine.where(AccountAlert.rule.in_(OPENED))):
            happened.add(((alert.opened_at.date() - first).days, alert.rule, True))
            if alert.closed_at:
                happened.add(((alert.closed_at.date() - first).days, alert.rule, False))
        assert happened == set(Slow(days).run())


def test_someone_takes_care_of_it_and_leaves_it_again(
    session: Session, acme: Account, manager: User, browser_of: Browse
) -> None:
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)
    follow(session)
    (alert,) = queries.alerts_for(session, SYSTEM)
    staff = browser_of(manager)
    assert "Acme is at risk now" in staff.get("/staff/accounts/alerts/").text

    staff.post(f"/staff/accounts/alerts/{alert.id}/handling")
    assert "Mio takes care of it" in staff.get("/staff/accounts/alerts/?whose=mine").text
    follow(session, TODAY + DAY)
    assert len(notices(session)) == 1
    staff.post(f"/staff/accounts/alerts/{alert.id}/handling", data={"_method": "delete"})

    session.rollback()
    session.expire_all()
    (alert,) = queries.alerts_for(session, SYSTEM)
    assert (alert.handled_at, alert.handled_by_id) == (None, None)
    other = browser_of(make_user(session))
    assert "Acme is at risk now" not in other.get("/staff/accounts/alerts/?whose=mine").text


def test_what_is_over_is_told_no_more(session: Session, acme: Account, manager: User) -> None:
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)
    follow(session)
    assert [notice.user_id for notice in notices(session)] == [manager.id]
    make_score(session, acme, 65, ago=-1)

    follow(session, TODAY + DAY)

    assert open_rules(session) == []
    assert notices(session) == []


def test_the_limits_are_those_of_the_model_that_made_the_score(session: Session, acme: Account) -> None:
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)
    follow(session)
    strict = renamed(shipped_text("v1"), "strict").replace("watch = 40", "watch = 60")
    draft = versions.create_draft(session, actor=SYSTEM, text=strict, now=NOW)
    versions.activate(session, actor=SYSTEM, model_id=draft.id, edition=1, now=NOW)
    session.commit()
    make_score(session, acme, 45, ago=-1)

    follow(session, TODAY + DAY)

    assert open_rules(session) == []


def test_who_leaves_takes_the_unread_notices_along(session: Session, acme: Account) -> None:
    make_score(session, acme, 41, ago=1)
    make_score(session, acme, 39)
    follow(session)
    session.execute(update(Account).values(status=AccountStatus.CHURNED, churned_on=TODAY))

    service.close_of_leavers(session, now=NOW)
    session.commit()
    outbox.drain(REACTIONS)

    session.rollback()
    assert notices(session) == []


def test_many_alerts_come_in_pages_and_the_home_counts_them(
    session: Session, manager: User, browser_of: Browse
) -> None:
    for number in range(103):
        account = make_account(session, name=f"Shop {number:03}")
        alert = {"rule": AlertRule.SILENT, "facts": {"days": 21}, "opened_at": NOW - number * DAY}
        session.add(AccountAlert(account_id=account.id, **alert))
    session.commit()
    staff = browser_of(manager)

    first, second = (staff.get(f"/staff/accounts/alerts/?page={page}").text for page in (1, 2))
    home = staff.get("/staff/").text

    assert (first.count("Nobody of Shop"), second.count("Nobody of Shop")) == (100, 3)
    assert "whose=all&amp;page=2" in first
    assert "Nobody of Shop 102" in second
    assert home.count("Nobody of Shop") == 5
    assert 'Alerts about accounts</a> <span class="count">103</span>' in " ".join(home.split())


def test_the_words_are_the_readers(
    session: Session, acme: Account, manager: User, browser_of: Browse
) -> None:
    make_score(session, acme, 95, ago=5, side="product_use")
    make_score(session, acme, 75, side="product_use")
    follow(session)

    page = browser_of(manager).get("/me/notifications/", headers={"Accept-Language": "ja"}).text

    assert "製品の利用" in page
