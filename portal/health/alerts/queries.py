"""Reads of alerts, and of what they depend on; only staff see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus
from portal.adoption.kinds import RECEIVED
from portal.adoption.models import Signal
from portal.core.clock import site_day_end
from portal.core.errors import NotFoundError
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.alerts.rules import SILENT_DAYS, WINDOW, Limits, Reading, Situation
from portal.health.model import Band, Model
from portal.health.models import HealthScore
from portal.health.overrides.models import HealthOverride
from portal.health.overrides.rules import bounds_e4
from portal.health.versions.queries import current_model, models_named

CLOSED_SHOWN: Final = 50
_DAY: Final = timedelta(days=1)


def alerts_for(
    session: Session,
    actor: Actor,
    *,
    account_id: int | None = None,
    manager_id: int | None = None,
    since: datetime | None = None,
    is_open: bool = True,
    first: int = 0,
    size: int | None = None,
) -> Sequence[AccountAlert]:
    """Return the open alerts, the latest first; or the last ones that are over.

    `since` leaves out what opened earlier. Of the open ones, `size` follow the `first` so many; None for all.

    Raises:
        NotFoundError: the actor is not staff.
    """
    query = _alerts(actor)
    if account_id is not None:
        query = query.where(AccountAlert.account_id == account_id)
    if manager_id is not None:
        query = query.where(AccountAlert.account.has(manager_id=manager_id))
    if since is not None:
        query = query.where(AccountAlert.opened_at >= since)
    if is_open:
        latest = query.where(AccountAlert.closed_at.is_(None)).order_by(AccountAlert.opened_at.desc())
        return session.scalars(latest.order_by(AccountAlert.id).offset(first).limit(size)).all()
    closed = query.where(AccountAlert.closed_at.is_not(None)).order_by(AccountAlert.closed_at.desc())
    return session.scalars(closed.order_by(AccountAlert.id).limit(CLOSED_SHOWN)).all()


def open_count_for(session: Session, actor: Actor) -> int:
    """Return how many alerts are open.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    count = select(func.count()).select_from(AccountAlert)
    return session.scalar(count.where(AccountAlert.closed_at.is_(None))) or 0


def held_alert_for(session: Session, actor: Actor, alert_id: int) -> AccountAlert:
    """Return one alert, held until the transaction ends.

    Raises:
        NotFoundError: no such alert, or the actor is not staff.
    """
    one = _alerts(actor).where(AccountAlert.id == alert_id).with_for_update(of=AccountAlert)
    alert = session.scalar(one)
    if alert is None:
        raise NotFoundError("alert")
    return alert


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("alerts")


def _alerts(actor: Actor) -> Select[AccountAlert]:
    _require_staff(actor)
    return select(AccountAlert).options(
        joinedload(AccountAlert.account).joinedload(Account.manager), joinedload(AccountAlert.handled_by)
    )


def accounts_after(session: Session, account_id: int, *, today: date, limit: int) -> Sequence[Account]:
    """Return some of the accounts that pay and have begun, those whose ids follow."""
    which = (Account.status == AccountStatus.ACTIVE, Account.started_on <= today, Account.id > account_id)
    return session.scalars(select(Account).where(*which).order_by(Account.id).limit(limit)).all()


def open_alerts_of(
    session: Session, account_ids: Sequence[int]
) -> Mapping[int, Mapping[AlertRule, AccountAlert]]:
    """Return the open alerts of accounts by account and rule, held until the transaction ends."""
    found: defaultdict[int, dict[AlertRule, AccountAlert]] = defaultdict(dict)
    mine = (AccountAlert.account_id.in_(account_ids), AccountAlert.closed_at.is_(None))
    rows = select(AccountAlert).where(*mine).order_by(AccountAlert.id).with_for_update()
    for alert in session.scalars(rows.execution_options(populate_existing=True)):
        found[alert.account_id][alert.rule] = alert
    return found


def open_alerts_of_leavers(session: Session) -> Sequence[AccountAlert]:
    """Return the open alerts of accounts that have left, held until the transaction ends."""
    left = AccountAlert.account.has(status=AccountStatus.CHURNED)
    rows = select(AccountAlert).where(left, AccountAlert.closed_at.is_(None)).order_by(AccountAlert.id)
    return session.scalars(rows.with_for_update(of=AccountAlert)).all()


def situations(session: Session, accounts: Sequence[Account], *, today: date) -> Mapping[int, Situation]:
    """Return what the alerts of some accounts depend on, as of a day, by account."""
    ids = [account.id for account in accounts]
    readings, overrides = _readings(session, ids, today), _overrides(session, ids, today)
    heard, limits = _heard_of(session, ids, today), _limits(session, readings)
    found = {}
    for account in accounts:
        override = overrides.get(account.id)
        is_new = account.started_on > today - SILENT_DAYS * _DAY
        found[account.id] = Situation(
            today=today,
            readings=readings[account.id],
            limits=limits[account.id],
            is_silent=account.id not in heard and not is_new,
            renews_on=account.renews_on,
            override=override.band if override else None,
            override_ends_on=override.ends_on if override else None,
        )
    return found


def _readings(session: Session, ids: Sequence[int], today: date) -> Mapping[int, list[Reading]]:
    """Return the scores of two windows, in case that the latest days have none, without their components."""
    rows = session.execute(
        select(
            HealthScore.account_id,
            HealthScore.day,
            HealthScore.model,
            HealthScore.points_e4,
            HealthScore.band,
        )
        .where(HealthScore.account_id.in_(ids), HealthScore.day.between(today - 2 * WINDOW, today))
        .order_by(HealthScore.day)
    )
    found: defaultdict[int, list[Reading]] = defaultdict(list)
    for account_id, day, model, points_e4, band in rows:
        reading = Reading(day=day, model=model, points_e4=points_e4, band=Band(band) if band else None)
        found[account_id].append(reading)
    return found


def _limits(session: Session, readings: Mapping[int, Sequence[Reading]]) -> Mapping[int, Limits]:
    """Return where the bands begin, by account: in the model of its latest score, else in the current one."""
    latest = {account_id: each[-1].model for account_id, each in readings.items() if each}
    models, current = models_named(session, set(latest.values())), current_model(session)
    limits = {version: _limits_of(model) for version, model in models.items()}
    found: defaultdict[int, Limits] = defaultdict(lambda: _limits_of(current))
    found.update({account_id: limits[version] for account_id, version in latest.items()})
    return found


def _limits_of(model: Model) -> Limits:
    return Limits(watch_e4=bounds_e4(model, Band.WATCH)[0], healthy_e4=bounds_e4(model, Band.HEALTHY)[0])


def _overrides(session: Session, ids: Sequence[int], today: date) -> Mapping[int, HealthOverride]:
    holding = (HealthOverride.ended_at.is_(None), HealthOverride.ends_on >= today)
    rows = session.scalars(select(HealthOverride).where(HealthOverride.account_id.in_(ids), *holding))
    return {row.account_id: row for row in rows}


def _heard_of(session: Session, ids: Sequence[int], today: date) -> frozenset[int]:
    """Return the accounts whose people did something in the last 21 days."""
    signal = exists().where(
        Signal.account_id == Account.id,
        Signal.occurred_at >= site_day_end(today - SILENT_DAYS * _DAY),
        or_(Signal.user_id.is_not(None), Signal.person.is_not(None)),
        Signal.left_out_as.is_(None),
        Signal.kind.not_in(RECEIVED),
    )
    return frozenset(session.scalars(select(Account.id).where(Account.id.in_(ids), signal)))


def scores_of(session: Session, account_id: int, days: Sequence[date]) -> Mapping[date, HealthScore]:
    """Return an account's scores of some days with their components, by day."""
    mine = (HealthScore.account_id == account_id, HealthScore.day.in_(days))
    return {row.day: row for row in session.scalars(select(HealthScore).where(*mine))}
