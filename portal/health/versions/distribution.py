"""How accounts lie on the features of a model, by their latest scores."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.actors import Actor
from portal.accounts.models import Account, AccountStatus
from portal.core.errors import NotFoundError
from portal.health.models import HealthScore
from portal.health.rules import ONE_E4
from portal.health.versions.rules import histogram


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What a feature measures over accounts: `bins` counts those by how much of it they reach, in tenths.

    `silent` counts those without evidence. `quartiles` are of the raw numbers; None without any.
    """

    bins: Sequence[int]
    silent: int
    quartiles: tuple[float, float, float] | None

    @property
    def told(self) -> int:
        """How many accounts have evidence."""
        return sum(self.bins)


def spreads_for(session: Session, actor: Actor, version: str) -> Mapping[str, Spread]:
    """Return the spread of each feature over the paying accounts that a version scored last, by its place.

    The place is `component.feature`.

    Raises:
        NotFoundError: the actor is not staff.
    """
    if not actor.is_staff:
        raise NotFoundError("scores")
    any_score = aliased(HealthScore)
    latest = (
        select(func.max(any_score.day)).where(any_score.account_id == Account.id).correlate(Account)
    ).scalar_subquery()
    rows = session.scalars(
        select(HealthScore.components)
        .join(Account, Account.id == HealthScore.account_id)
        .where(
            Account.status == AccountStatus.ACTIVE, HealthScore.day == latest, HealthScore.model == version
        )
    )
    found: defaultdict[str, list[tuple[float | None, int | None]]] = defaultdict(list)
    for components in rows:
        for component in components:
            for feature in component["features"]:
                place = f"{component['name']}.{feature['name']}"
                found[place].append((feature["raw"], feature["value_e4"]))
    return {place: _spread(values) for place, values in found.items()}


def _spread(values: Sequence[tuple[float | None, int | None]]) -> Spread:
    raws = [raw for raw, _value in values if raw is not None]
    return Spread(
        bins=histogram((value for _raw, value in values if value is not None), whole=ONE_E4),
        silent=len(values) - len(raws),
        quartiles=_quartiles(raws),
    )


def _quartiles(raws: Sequence[float]) -> tuple[float, float, float] | None:
    if len(raws) < 2:  # noqa: PLR2004  # One value is every quartile of itself.
        return (raws[0], raws[0], raws[0]) if raws else None
    low, middle, high = quantiles(raws, method="inclusive")
    return low, middle, high
