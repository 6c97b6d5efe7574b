"""Which checklists to look at, as conditions of statements that join them with their accounts and maps."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, false, func, or_, true

from portal.accounts.actors import Actor
from portal.accounts.models import Account, TouchTier
from portal.core.clock import site_day_end
from portal.onboarding.models import Checklist, ChecklistStep, SuccessMap
from portal.onboarding.rules import STUCK_AFTER_DAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which checklists to look at; None and an empty text stand for any. `map` is a slug."""

    map: str = ""
    tier: TouchTier | None = None
    plan: str = ""
    manager_id: int | None = None
    words: str = ""
    begun_by: date | None = None

    def seen_by(self, actor: Actor) -> ColumnElement[bool]:
        """Select them, for staff alone."""
        conditions = [is_staff(actor)]
        if self.map:
            conditions.append(SuccessMap.slug == self.map)
        if self.tier is not None:
            conditions.append(Account.touch_tier == self.tier)
        if self.plan:
            conditions.append(Account.plan == self.plan)
        if self.manager_id is not None:
            conditions.append(Account.manager_id == self.manager_id)
        if self.words:
            conditions.append(Account.name.icontains(self.words, autoescape=True))
        if self.begun_by is not None:
            conditions.append(Checklist.started_on <= self.begun_by)
        return and_(*conditions)


def is_staff(actor: Actor) -> ColumnElement[bool]:
    """Select everything for staff, and nothing for anyone else."""
    return true() if actor.is_staff else false()


def pays(today: date) -> ColumnElement[bool]:
    """Select those of accounts that have not left by a day."""
    return or_(Account.churned_on.is_(None), Account.churned_on > today)


def is_open(today: date) -> ColumnElement[bool]:
    """Select the steps that were open at the end of a day; when they are due is as it stands now."""
    return or_(ChecklistStep.completed_at.is_(None), ChecklistStep.completed_at > site_day_end(today))


def stuck_before(today: date) -> date:
    """Return the day from which on what is due is not yet stuck."""
    return today - timedelta(days=STUCK_AFTER_DAYS)


def number_of(which: ColumnElement[bool]) -> ColumnElement[int]:
    """Count the rows that a condition selects."""
    return func.count(case((which, 1)))
