"""Alerts open and close by rule, and are taken care of by staff."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.orm import insert_new
from portal.events import AlertClosed, AlertOpened
from portal.health.alerts import queries, rules
from portal.health.alerts.models import AccountAlert, AlertRule
from portal.health.alerts.rules import Descent, Situation
from portal.health.explanation import change
from portal.health.queries import stored_score
from portal.health.rules import ONE_E4
from portal.health.versions.queries import current_model

BATCH: Final = 200


def follow(session: Session, *, after: int, today: date, now: datetime) -> int | None:
    """Open and close the alerts of some paying accounts, those that come after one; return the last.

    None at the end. Asking again changes nothing: what is open stays open until it is over. What speaks
    of a day that is another one by now closes, and opens anew at the next time.
    """
    accounts = queries.accounts_after(session, after, today=today, limit=BATCH)
    found = queries.situations(session, accounts, today=today)
    there = queries.open_alerts_of(session, list(found))
    rows = []
    for account_id, situation in found.items():
        mine = there.get(account_id, {})
        over = rules.over(situation, frozenset(mine))
        moved = [rule for rule, it in mine.items() if rules.has_moved(situation, rule, it.facts.get("day"))]
        for rule in sorted({*over, *moved}):
            _close(session, mine[rule], now)
        for rule in rules.beginning(situation, frozenset(mine)):
            facts = _facts(session, account_id, rule, situation)
            rows.append({"account_id": account_id, "rule": rule, "facts": facts, "opened_at": now})
    session.flush()
    for alert_id in insert_new(session, AccountAlert, rows):
        outbox.record(session, AlertOpened(alert_id=alert_id))
    return accounts[-1].id if accounts else None


def close_of_leavers(session: Session, *, now: datetime) -> None:
    """Close what is open about accounts that have left."""
    for alert in queries.open_alerts_of_leavers(session):
        _close(session, alert, now)


def _close(session: Session, alert: AccountAlert, now: datetime) -> None:
    alert.closed_at = now
    outbox.record(session, AlertClosed(alert_id=alert.id))


def _facts(session: Session, account_id: int, rule: AlertRule, situation: Situation) -> dict[str, Any]:
    """Return the figures that an alert of a rule tells."""
    match rule:
        case AlertRule.FELL:
            return _descent(session, account_id, rules.fall(situation), situation)
        case AlertRule.AT_RISK | AlertRule.LEFT_HEALTHY:
            return _descent(session, account_id, rules.crossing(situation), situation)
        case AlertRule.SILENT:
            return {"days": rules.SILENT_DAYS}
        case AlertRule.RENEWAL_AT_RISK:
            return {"day": situation.renews_on.isoformat() if situation.renews_on else ""}
        case AlertRule.OVERRIDE_ENDS:
            return {"day": situation.override_ends_on.isoformat() if situation.override_ends_on else ""}


def _descent(session: Session, account_id: int, down: Descent | None, situation: Situation) -> dict[str, Any]:
    """Return from where to where the score came, and what was lost most in 14 days."""
    if down is None:
        return {}
    moved = {"from_e4": down.before.points_e4, "to_e4": down.after.points_e4}
    return moved | {"since": down.before.day.isoformat()} | _loss(session, account_id, situation)


def _loss(session: Session, account_id: int, situation: Situation) -> dict[str, Any]:
    """Return which component lost most since the best of 14 days; nothing if that is less than a point."""
    whole = rules.fall(situation)
    days = [whole.before.day, whole.after.day] if whole else []
    scores = queries.scores_of(session, account_id, days)
    if len(scores) < 2:  # noqa: PLR2004  # Before and after.
        return {}
    before, after = (stored_score(scores[day]) for day in days)
    worst = min(change(before, after).parts, key=lambda part: part.delta_e4)
    component = next((one for one in current_model(session).components if one.name == worst.name), None)
    if component is None or worst.delta_e4 > -ONE_E4:
        return {}
    names = {"component_en": component.label_en, "component_ja": component.label_ja}
    return names | {"lost_e4": -worst.delta_e4}


def handle(session: Session, *, actor: Actor, alert_id: int, now: datetime) -> AccountAlert:
    """Say that the actor takes care of an alert; who was first stays.

    Raises:
        NotFoundError: no such alert, or the actor is not staff.
    """
    alert = queries.held_alert_for(session, actor, alert_id)
    if alert.handled_at is None:
        alert.handled_at, alert.handled_by_id = now, actor.user_id
    return alert


def leave(session: Session, *, actor: Actor, alert_id: int) -> AccountAlert:
    """Say that nobody takes care of an alert after all.

    Raises:
        NotFoundError: no such alert, or the actor is not staff.
    """
    alert = queries.held_alert_for(session, actor, alert_id)
    alert.handled_at = alert.handled_by_id = None
    return alert
