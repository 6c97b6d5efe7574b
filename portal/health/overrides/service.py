"""Writes of overrides; no score changes with them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.core.clock import site_day, site_day_end
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.health.model import Band
from portal.health.overrides import queries, rules
from portal.health.overrides.models import LONGEST_REASON, HealthOverride
from portal.health.queries import account_for
from portal.health.rules import ONE_E4
from portal.health.versions.queries import current_model


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What someone says: a band, or points of 100, for a reason and until a day; None where not said."""

    band: Band | None
    points: float | None
    reason: str
    ends_on: date


def judge(
    session: Session, *, actor: Actor, account_id: int, judgement: Judgement, now: datetime
) -> HealthOverride:
    """Put an override beside an account's score; one that holds already ends with it.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
        InvalidError: neither band nor points are said or they contradict each other, there is no reason, or
            the end has passed or is more than 180 days ahead.
    """
    account = _held(session, actor, account_id)
    band = _band(session, judgement)
    if not 0 < len(judgement.reason.strip()) <= LONGEST_REASON:
        raise InvalidError(
            N_("Give the reason in at most %(most)d characters: others have to understand it."),
            field="reason",
            most=LONGEST_REASON,
        )
    today = site_day(now)
    rules.require_end(judgement.ends_on, today=today)
    if before := queries.kept_of(session, account):
        is_cut = before.holds_on(today)
        before.ended_at = now if is_cut else site_day_end(before.ends_on)
        before.ended_by_id = actor.user_id if is_cut else None
        session.flush()
    override = HealthOverride(
        account_id=account_id,
        band=band,
        points_e4=None if judgement.points is None else round(judgement.points * ONE_E4),
        reason=judgement.reason.strip(),
        set_by_id=actor.user_id,
        set_at=now,
        ends_on=judgement.ends_on,
    )
    session.add(override)
    session.flush()
    return override


def _band(session: Session, judgement: Judgement) -> Band:
    """Return the band that was said, or that of the points."""
    if judgement.points is None:
        if judgement.band is None:
            raise InvalidError(N_("Choose a band, or give points from 0 to 100."), field="band")
        return judgement.band
    if not 0 <= judgement.points <= 100:  # noqa: PLR2004  # Points.
        raise InvalidError(N_("Points lie between 0 and 100."), field="points")
    band = current_model(session).band(judgement.points)
    if judgement.band not in {None, band}:
        raise InvalidError(
            N_("These points lie in another band. Leave one of the two empty."), field="points"
        )
    return band


def end(session: Session, *, actor: Actor, account_id: int, now: datetime) -> bool:
    """End the override that holds; return whether there was one.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
    """
    override = queries.kept_of(session, _held(session, actor, account_id))
    if override is None or not override.holds_on(site_day(now)):
        return False
    override.ended_at, override.ended_by_id = now, actor.user_id
    return True


def resume(session: Session, *, actor: Actor, account_id: int, now: datetime) -> None:
    """Let the override hold again that was ended last, until its day.

    Raises:
        NotFoundError: no such account, or the actor is not staff.
        ConflictError: there is none that could.
    """
    _held(session, actor, account_id)
    override = queries.latest_of(session, account_id)
    if override is None or override.ends_on < site_day(now):
        raise ConflictError(N_("There is no override that could hold again. Set a new one."))
    override.ended_at = override.ended_by_id = None


def _held(session: Session, actor: Actor, account_id: int) -> Account:
    """Return an account whose row is held, so that no two overrides of it are set at once."""
    account_for(session, actor, account_id)
    one = select(Account).where(Account.id == account_id)
    return session.scalars(one.with_for_update().execution_options(populate_existing=True)).one()
