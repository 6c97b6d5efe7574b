"""Reads of who has passed a step and may be asked about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from portal.accounts.models import Account, AccountStatus, SignIn, User
from portal.accounts.queries import is_customer_who_signs_in
from portal.accounts.sanctions import is_sanctioned
from portal.notifications.queries import wants_none_of
from portal.onboarding.models import Checklist, ChecklistStep
from portal.onboarding.peers.models import PeerSetting

ACTIVE_WITHIN: Final = timedelta(days=90)
"""How lately peers have signed in: who left the product behind would not answer."""

MOST_LISTED: Final = 50
ASKING: Final = "expert_invited"
"""The notice by which they hear that they are asked."""


def may_be_asked(session: Session, user_id: int) -> bool:
    """Tell whether others may ask a person about steps."""
    setting = session.get(PeerSetting, user_id)
    return setting is not None and setting.may_be_asked


def peers_at(session: Session, step: ChecklistStep, *, now: datetime) -> Sequence[User]:
    """Return who of other accounts has passed a step of any version of its map and may be asked about it.

    The step was read for whoever asks. Who passed it last comes first; their accounts are loaded.
    """
    passed_at = _passed_at(step)
    query = (
        select(User)
        .join(User.account)
        .join(PeerSetting, PeerSetting.user_id == User.id)
        .options(contains_eager(User.account))
        .where(_can_be_asked(now), Account.id != step.checklist.account_id, passed_at.is_not(None))
    )
    return session.scalars(query.order_by(passed_at.desc(), User.id).limit(MOST_LISTED)).all()


def peer_counts(session: Session, steps: Sequence[ChecklistStep], *, now: datetime) -> Mapping[int, int]:
    """Return how many peers there are at some steps, by the step's id; those that have none are left out."""
    ours, theirs = aliased(ChecklistStep), aliased(ChecklistStep)
    plan, other = aliased(Checklist), aliased(Checklist)
    elsewhere = and_(other.success_map_id == plan.success_map_id, other.account_id != plan.account_id)
    done = and_(theirs.checklist_id == other.id, theirs.key == ours.key, theirs.completed_at.is_not(None))
    query = (
        select(ours.id, func.count(User.id.distinct()))
        .join(plan, plan.id == ours.checklist_id)
        .join(other, elsewhere)
        .join(theirs, done)
        .join(Account, Account.id == other.account_id)
        .join(User, User.account_id == Account.id)
        .join(PeerSetting, PeerSetting.user_id == User.id)
        .where(ours.id.in_([step.id for step in steps]), _can_be_asked(now))
        .group_by(ours.id)
    )
    return dict(session.execute(query).all())


def _can_be_asked(now: datetime) -> ColumnElement[bool]:
    """Select, of people with account and setting, those who agreed, lately signed in, and would hear."""
    signed_in = exists().where(SignIn.user_id == User.id, SignIn.created_at > now - ACTIVE_WITHIN)
    return and_(
        PeerSetting.may_be_asked,
        is_customer_who_signs_in(),
        Account.status == AccountStatus.ACTIVE,
        signed_in,
        ~is_sanctioned(now),
        ~wants_none_of(ASKING),
    )


def _passed_at(step: ChecklistStep) -> ScalarSelect[datetime | None]:
    """Select when a person's account last passed a step of the same map and key."""
    return (
        select(func.max(ChecklistStep.completed_at))
        .join(ChecklistStep.checklist)
        .where(
            Checklist.account_id == User.account_id,
            Checklist.success_map_id == step.checklist.success_map_id,
            ChecklistStep.key == step.key,
        )
        .correlate(User)
        .scalar_subquery()
    )
