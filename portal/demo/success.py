"""What the demo's CS managers wrote down, plan and judge, and how long its alerts have been open."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.core.clock import site_day, site_day_end
from portal.demo.vendor import read_table
from portal.health.actions import service as actions
from portal.health.actions.service import Plan
from portal.health.alerts import service as alerts
from portal.health.model import Band
from portal.health.notes import service as notes
from portal.health.overrides import service as overrides
from portal.health.overrides.service import Judgement


def look_after(session: Session, *, now: datetime) -> None:
    """Let the managers of some accounts write notes, plan what they do next, and judge one by hand."""
    accounts = {account.external_id: account for account in session.scalars(select(Account))}
    managers = {
        user.id: user
        for user in session.scalars(
            select(User).options(joinedload(User.account)).where(User.account_id.is_(None))
        )
    }
    table = read_table("success.toml")
    for row in table["notes"]:
        account, at = accounts[row["account"]], now - timedelta(days=row["days_ago"])
        note = notes.add(
            session, actor=_manager(managers, account), account_id=account.id, body=row["body"], now=at
        )
        note.pinned_at = at if row.get("is_pinned") else None
    for row in table["actions"]:
        account, at = accounts[row["account"]], now - timedelta(days=row["days_ago"])
        plan = Plan(
            what=row["what"],
            due_on=site_day(now) + timedelta(days=row["due_in_days"]),
            owner_id=account.manager_id,
        )
        manager = _manager(managers, account)
        action = actions.plan(session, actor=manager, account_id=account.id, plan=plan, now=at)
        if "done_days_ago" in row:
            done_at = now - timedelta(days=row["done_days_ago"])
            actions.finish(session, actor=manager, action_id=action.id, now=done_at)
    for row in table["overrides"]:
        account, at = accounts[row["account"]], now - timedelta(days=row["days_ago"])
        judgement = Judgement(
            band=Band(row["band"]),
            points=None,
            reason=row["reason"],
            ends_on=site_day(now) + timedelta(days=row["ends_in_days"]),
        )
        manager = _manager(managers, account)
        overrides.judge(session, actor=manager, account_id=account.id, judgement=judgement, now=at)


def _manager(managers: dict[int, User], account: Account) -> Actor:
    return managers[account.manager_id or 0].as_actor()


def ring(session: Session, *, days: int, now: datetime) -> None:
    """Open and close alerts as the last days did, one after the other."""
    today = site_day(now)
    for ago in reversed(range(days)):
        day = today - timedelta(days=ago)
        last: int | None = 0
        while last is not None:
            last = alerts.follow(session, after=last, today=day, now=min(site_day_end(day), now))
