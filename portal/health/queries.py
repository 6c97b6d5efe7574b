"""Reads of scores; only staff see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.adoption.queries import last_activity_for
from portal.core.errors import NotFoundError
from portal.health.evidence import read_dossier
from portal.health.model import Band
from portal.health.models import HealthScore
from portal.health.rules import ComponentScore, FeatureScore, Score, score
from portal.health.versions.queries import current_model

TREND_DAYS: Final = 28
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person of an account, and when they were last heard of; None for never."""

    user: User
    last_active_at: datetime | None


def account_for(session: Session, actor: Actor, account_id: int) -> Account:
    """Return one account, for staff.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("account")
    return accounts.account_for(session, actor, account_id)


def computed_score_for(session: Session, actor: Actor, account_id: int, *, as_of: date) -> Score:
    """Compute an account's score as of the end of a day from the rollups, whatever is stored.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    model = current_model(session)
    dossier = read_dossier(session, account, model=model, first=as_of, last=as_of)
    return score(model, dossier.as_of(as_of), as_of)


def stored_score(row: HealthScore) -> Score:
    """Return the score that a row keeps."""
    return Score(
        points_e4=row.points_e4,
        band=Band(row.band) if row.band else None,
        coverage_e4=row.coverage_e4,
        components=tuple(map(_component, row.components)),
    )


def _component(stored: Mapping[str, Any]) -> ComponentScore:
    features = tuple(FeatureScore(**feature) for feature in stored["features"])
    return ComponentScore(**{**stored, "features": features})


def members_for(session: Session, actor: Actor, account_id: int) -> Sequence[Member]:
    """Return the people of an account, the most recently active first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    heard = last_activity_for(session, actor, account_id)
    members = [
        Member(user=user, last_active_at=heard.get(user.id))
        for user in accounts.members_for(session, actor, account_id)
    ]
    return sorted(members, key=lambda member: member.last_active_at or _NEVER, reverse=True)
