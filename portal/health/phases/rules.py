"""What moves an account from one phase of its life to the next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.health.phases.models import Ground, Phase

UNPLANNED_DAYS: Final = 90
"""After so many days an account that never had a checklist is taken as past its onboarding."""

WELL_DAYS: Final = 28
"""An account does well that was healthy at the end of each of so many days: the span of the score's trend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the phase of an account depends on, at the end of a day.

    `all_done_at` is when the last required step of its last checklist was done, None while one is open and
    without any; `days` are those since it became a customer; `well_days` counts the healthy ones of the last
    `WELL_DAYS`.
    """

    checklists: int
    all_done_at: datetime | None
    days: int
    well_days: int
    is_at_risk: bool
    goals: int
    goals_reached: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """Into which phase an account comes, why, and when; None for the end of the day."""

    phase: Phase
    ground: Ground
    at: datetime | None = None


def next_move(phase: Phase, now: Circumstances) -> Move | None:
    """Return how an account leaves its phase; None if it stays.

    *Onboarding* ends with the last required step of every checklist, or 90 days after the start where there
    never was one; a checklist that begins later, for another team, does not bring it back. *Adoption* becomes
    *expansion* when the account was healthy for 28 days and has reached a goal, if any was agreed: success is
    the agreed outcome, not activity alone. An account at risk is back in adoption.
    """
    match phase:
        case Phase.ONBOARDING if now.all_done_at:
            return Move(phase=Phase.ADOPTION, ground=Ground.CHECKLISTS_DONE, at=now.all_done_at)
        case Phase.ONBOARDING if not now.checklists and now.days >= UNPLANNED_DAYS:
            return Move(phase=Phase.ADOPTION, ground=Ground.TIME_PASSED)
        case Phase.ADOPTION if now.well_days >= WELL_DAYS and (now.goals_reached or not now.goals):
            return Move(phase=Phase.EXPANSION, ground=Ground.DOING_WELL)
        case Phase.EXPANSION if now.is_at_risk:
            return Move(phase=Phase.ADOPTION, ground=Ground.AT_RISK)
    return None
