"""Reads of scores; only staff see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.adoption.queries import last_activity_for
from portal.core.errors import NotFoundError
from portal.health.evidence import read_dossier
from portal.health.explanation import Change, NextStep, change, next_step
from portal.health.model import Band, Model, shipped
from portal.health.models import HealthScore
from portal.health.reasons import Reason, reason_for
from portal.health.rules import FULL_E4, ComponentScore, FeatureScore, Score, score
from portal.support.models import RequestStatus, SupportRequest

MODEL: Final = "v1"
TREND_DAYS: Final = 28
HISTORY_DAYS: Final = 90
_DAY: Final = timedelta(days=1)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountFilter:
    """Which accounts to list; None stands for any, and the band `unknown` for no score."""

    status: AccountStatus | None = AccountStatus.ACTIVE
    band: str | None = None
    tier: TouchTier | None = None
    plan: str | None = None
    manager_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedAccount:
    """An account in the list, with its latest score; None before the first.

    `change` is that of the last 28 days, None without a score then; `at_stake` is monthly revenue; `history`
    holds the days of the last 90 that have a score.
    """

    account: Account
    score: Score | None
    change: Change | None
    at_stake: int
    reason: Reason
    history: Sequence[tuple[date, int | None]]

    @property
    def points_e4(self) -> int | None:
        """The score in ten-thousandths of a point; None when there is none, or no evidence for one."""
        return self.score.points_e4 if self.score else None

    @property
    def band(self) -> Band | None:
        """The band of the score; None when there is none."""
        return self.score.band if self.score else None


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


def revenue_at_stake(account: Account, points_e4: int | None) -> int:
    """Return risk × revenue: monthly revenue × (100 − score) ÷ 100; half of the revenue without a score.

    Source: what is missing from a full score stands for the risk, and even odds for knowing nothing. It
    orders accounts by where attention may save most, and is no forecast of loss.
    """
    missing = FULL_E4 // 2 if points_e4 is None else FULL_E4 - points_e4
    return account.monthly_revenue * missing // FULL_E4


def ranked_accounts_for(
    session: Session, actor: Actor, wanted: AccountFilter, *, today: date
) -> Sequence[RankedAccount]:
    """Return accounts with their latest scores, the most revenue at stake first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("accounts")
    rows = [
        (account, score)
        for account, score in session.execute(_latest_scores(wanted)).all()
        if wanted.band in {None, (score and score.band) or "unknown"}
    ]
    before = _scores_before(session, [score for _, score in rows if score])
    history = _histories(session, [account.id for account, _ in rows], since=today - HISTORY_DAYS * _DAY)
    ranked = [_ranked(account, score, before.get(account.id), history[account.id]) for account, score in rows]
    return sorted(ranked, key=lambda row: (-row.at_stake, row.account.name, row.account.id))


def _latest_scores(wanted: AccountFilter) -> Select[Account, HealthScore | None]:
    latest = (
        select(HealthScore.account_id, func.max(HealthScore.day).label("day"))
        .group_by(HealthScore.account_id)
        .subquery()
    )
    is_latest = and_(HealthScore.account_id == latest.c.account_id, HealthScore.day == latest.c.day)
    conditions = {
        Account.status: wanted.status,
        Account.touch_tier: wanted.tier,
        Account.plan: wanted.plan,
        Account.manager_id: wanted.manager_id,
    }
    return (
        select(Account, HealthScore)
        .outerjoin(latest, latest.c.account_id == Account.id)
        .outerjoin(HealthScore, is_latest)
        .options(joinedload(Account.manager))
        .where(*(column == value for column, value in conditions.items() if value is not None))
    )


def _scores_before(session: Session, scores: Sequence[HealthScore]) -> Mapping[int, HealthScore]:
    """Return the score 28 days before each of these, by account; only those of the same model compare."""
    models = {score.account_id: score.model for score in scores}
    places = [(score.account_id, score.day - TREND_DAYS * _DAY) for score in scores]
    rows = session.scalars(
        select(HealthScore).where(tuple_(HealthScore.account_id, HealthScore.day).in_(places))
    )
    return {row.account_id: row for row in rows if row.model == models[row.account_id]}


def _histories(
    session: Session, account_ids: Sequence[int], *, since: date
) -> Mapping[int, Sequence[tuple[date, int | None]]]:
    history: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    rows = session.execute(
        select(HealthScore.account_id, HealthScore.day, HealthScore.points_e4)
        .where(HealthScore.account_id.in_(account_ids), HealthScore.day > since)
        .order_by(HealthScore.day)
    )
    for account_id, day, points_e4 in rows:
        history[account_id].append((day, points_e4))
    return history


def _ranked(
    account: Account,
    latest: HealthScore | None,
    before: HealthScore | None,
    history: Sequence[tuple[date, int | None]],
) -> RankedAccount:
    after = stored_score(latest) if latest else None
    since = change(stored_score(before), after) if before and after else None
    return RankedAccount(
        account=account,
        score=after,
        change=since,
        at_stake=revenue_at_stake(account, after.points_e4 if after else None),
        reason=reason_for(shipped(latest.model) if latest else current_model(), after, since),
        history=history,
    )


def score_history_for(
    session: Session, actor: Actor, account_id: int, *, since: date
) -> Sequence[tuple[date, int | None]]:
    """Return the days from `since` on that have a score, oldest first, and ten-thousandths of points.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    rows = session.execute(
        select(HealthScore.day, HealthScore.points_e4)
        .where(HealthScore.account_id == account_id, HealthScore.day >= since)
        .order_by(HealthScore.day)
    )
    return [(day, points_e4) for day, points_e4 in rows]


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
    dossier = read_dossier(session, account, model=model, first=latest.day, last=latest.day)
    return Explanation(
        model=model,
        as_of=latest.as_of,
        score=after,
        before=before,
        change=change(before, after) if before else None,
        next_step=next_step(model, dossier.as_of(latest.day), latest.day),
    )


def computed_score_for(session: Session, actor: Actor, account_id: int, *, as_of: date) -> Score:
    """Compute an account's score as of the end of a day from the rollups, whatever is stored.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    model = current_model()
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


def open_requests_for(session: Session, actor: Actor, account_id: int) -> Sequence[SupportRequest]:
    """Return the account's requests that are not settled, the oldest first.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account_for(session, actor, account_id)
    return session.scalars(
        select(SupportRequest)
        .options(joinedload(SupportRequest.author))
        .where(SupportRequest.account_id == account_id, SupportRequest.status != RequestStatus.RESOLVED)
        .order_by(SupportRequest.created_at, SupportRequest.id)
    ).all()
