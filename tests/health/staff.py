"""Scores without evidence, for tests of what staff do with them."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import site_day_end
from portal.health.model import Component
from portal.health.models import HealthScore
from portal.health.versions.queries import current_model

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def make_score(
    session: Session,
    account: Account,
    points: float | None,
    *,
    ago: int = 0,
    model: str = "v1",
    side: str = "product_use",
) -> HealthScore:
    """Store the score of a day, all of it given by one component."""
    day, points_e4 = TODAY - ago * DAY, None if points is None else round(points * 10_000)
    model_now = current_model(session)
    parts = [_part(each, points_e4 if each.name == side else None) for each in model_now.components]
    score = HealthScore(
        account_id=account.id,
        day=day,
        model=model,
        as_of=site_day_end(day),
        points_e4=points_e4,
        coverage_e4=0 if points is None else 10_000,
        band=None if points is None else model_now.band(points).value,
        components=parts,
        is_settled=True,
    )
    session.add(score)
    session.commit()
    return score


def _part(component: Component, points_e4: int | None) -> dict[str, object]:
    """Return what is stored of a component that gave so many points, all by its first feature."""
    value_e4 = None if points_e4 is None else points_e4 // 100
    features = [
        {
            "name": each.name,
            "raw": 1.0,
            "value_e4": value_e4,
            "contribution_e4": 0 if place else points_e4 or 0,
        }
        for place, each in enumerate(component.features)
    ]
    return {
        "name": component.name,
        "weight": component.weight,
        "value_e4": value_e4,
        "contribution_e4": points_e4 or 0,
        "features": features,
    }
