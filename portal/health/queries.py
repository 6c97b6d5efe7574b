"""Reads of scores; only staff see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.adoption.queries import last_activity_for
from portal.core.errors import NotFoundError
from portal.health.evidence import read_dossier
from portal.health.explanation import Change, NextStep, change, next_step
from portal.health.model import Band, Model, shipped
from portal.health.models import HealthScore
from portal.health.rules import ComponentScore, FeatureScore, Score, score

MODEL: Final = "v1"
TREND_DAYS: Final = 28
_DAY: Final = timedelta(days=1)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why an account has its score: the score, what it was 28 days before, and what would raise it most.

    `before` and `change` are None when it had no score then.
    """

    model: Model
    as_of: datetime
    score: Score
    before: Score | None
    change: Change | None
    next_step: NextStep | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person of an account, and when they were last heard of; None for never."""

    user: User
    last_active_at: datetime | None


def current_model() -> Model:
    """Return the model that scores are made with."""
    return shipped(MODEL)


def account_for(session: Session, actor: Actor, account_id: int) -> Account:
    """Return one account, for staff.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("account")
    return accounts.account_for(session, actor, account_id)


def _scores_before(session: Session, scores: Sequence[HealthScore]) -> Mapping[int, HealthScore]:
    """Return the score 28 days before each of these, by account; only those of the same model compare."""
    models = {score.account_id: score.model for score in scores}
    places = [(score.account_id, score.day - TREND_DAYS * _DAY) for score in scores]
    rows = session.scalars(
        select(HealthScore).where(tuple_(HealthScore.account_id, HealthScore.day).in_(places))
    )
    return {row.account_id: row for row in rows if row.model == models[row.account_id]}


def explanation_for(session: Session, actor: Actor, account_id: int) -> Explanation | None:
    """Explain an account's latest score, as it was stored; None when it has none.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    mine = select(HealthScore).where(HealthScore.account_id == account_id)
    latest = session.scalar(mine.order_by(HealthScore.day.desc()).limit(1))
    if latest is None:
        return None
    row_before = _scores_before(session, [latest]).get(account_id)
    model, after = shipped(latest.model), stored_score(latest)
    before = stored_score(row_before) if row_before else None
    dossier = read_dossier(session, account, model=model, until=latest.as_of)
    return Explanation(
        model=model,
        as_of=latest.as_of,
        score=after,
        before=before,
        change=change(before, after) if before else None,
        next_step=next_step(model, dossier.as_of(latest.as_of), latest.as_of),
    )


def computed_score_for(session: Session, actor: Actor, account_id: int, *, as_of: datetime) -> Score:
    """Compute an account's score as of an instant from the ledger, whatever is stored.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    model = current_model()
    dossier = read_dossier(session, account, model=model, until=as_of)
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
