"""Explanations of accounts' scores: as they were stored, or computed from the ledger as of any day."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.clock import site_day_end
from portal.health.evidence import read_dossier
from portal.health.explanation import Change, NextStep, change, next_steps
from portal.health.model import Model
from portal.health.models import HealthScore
from portal.health.queries import TREND_DAYS, account_for, stored_score
from portal.health.rules import Evidence, Score, score
from portal.health.service import last_scored_day
from portal.health.versions.queries import current_model, model_named


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why an account has its score on a day, what has changed since another, and what would raise it.

    `before`, `seats_before` and `change` are None when it was no customer then. Both days are seen by the
    same model, so that the change is about the customer; `model_then` is the version that really scored
    the earlier day, None if that was the same or none. `steps` are the next ones, one a component, the
    best first.
    """

    model: Model
    day: date
    as_of: datetime
    since: date
    score: Score
    before: Score | None
    model_then: str | None
    steps: tuple[NextStep, ...]
    seats: int
    seats_before: int | None

    @property
    def has_other_seats(self) -> bool:
        """Whether the seats have changed, and the model measures something per seat."""
        features = (feature for component in self.model.components for feature in component.features)
        return self.seats_before not in {None, self.seats} and any(feature.per_seat for feature in features)

    @property
    def change(self) -> Change | None:
        """What has changed, component by component."""
        return None if self.before is None else change(self.before, self.score)

    @property
    def next_step(self) -> NextStep | None:
        """What would raise the score most; None when nothing would."""
        return self.steps[0] if self.steps else None


def explanation_for(
    session: Session, actor: Actor, account_id: int, *, since: date | None = None
) -> Explanation | None:
    """Explain an account's latest score, as it was stored; None when it has none.

    It is compared with that of `since`, by default 28 days before: the stored one if the same model made it,
    else one computed anew.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    mine = select(HealthScore).where(HealthScore.account_id == account_id)
    latest = session.scalar(mine.order_by(HealthScore.day.desc()).limit(1))
    if latest is None:
        return None
    day = _earlier(since, latest.day)
    then = session.scalar(mine.where(HealthScore.day == day))
    model = model_named(session, latest.model)
    explained = _explained(session, account, model, day=latest.day, since=day, as_of=latest.as_of)
    is_same = then is not None and then.model == latest.model
    return replace(
        explained,
        score=stored_score(latest),
        before=stored_score(then) if then and is_same else explained.before,
        model_then=then.model if then and not is_same else None,
    )


def computed_explanation_for(
    session: Session, actor: Actor, account_id: int, *, day: date, since: date | None = None, now: datetime
) -> Explanation:
    """Explain the score of an account as of a day, up to now, by the model in use now, whatever is stored.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    account = account_for(session, actor, account_id)
    as_of = min(site_day_end(day), now)
    return _explained(
        session, account, current_model(session), day=day, since=_earlier(since, day), as_of=as_of
    )


def _earlier(since: date | None, day: date) -> date:
    """Return the day to compare with: at least one earlier, and in the calendar."""
    days = TREND_DAYS if since is None else max((day - since).days, 1)
    return date.fromordinal(max(day.toordinal() - days, 1))


def _explained(
    session: Session, account: Account, model: Model, *, day: date, since: date, as_of: datetime
) -> Explanation:
    """Compute both days from one reading of what is known: nothing on a day when it was no customer."""
    is_customer, was_customer = (
        account.started_on <= each <= last_scored_day(account, today=each) for each in (day, since)
    )
    dossier = read_dossier(session, account, model=model, first=since if was_customer else day, last=day)
    known = dossier.as_of(day) if is_customer else Evidence(seats=account.seats, tallies=())
    known_before = dossier.as_of(since) if was_customer else None
    return Explanation(
        model=model,
        day=day,
        as_of=as_of,
        since=since,
        score=score(model, known, day),
        before=score(model, known_before, since) if known_before else None,
        model_then=None,
        steps=next_steps(model, known, day) if is_customer else (),
        seats=known.seats,
        seats_before=known_before.seats if known_before else None,
    )
