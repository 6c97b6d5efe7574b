"""What proved the steps of a path, as far as its reader may know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.notifications.subjects import Named, NamedFor
from portal.onboarding.evidence.models import StepEvidence
from portal.onboarding.models import ChecklistStep

SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ProofLine:
    """One of the facts that proved a step.

    `name` is that of the person, None for whom the reader does not know; `thing` is what it was about, None
    if that has no page or the reader may not see it.
    """

    at: datetime
    name: str | None
    thing: Named | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownProof:
    """The first facts that proved a step, and how many more there are."""

    lines: Sequence[ProofLine]
    more: int


def proofs_for(
    session: Session, actor: Actor, steps: Iterable[ChecklistStep], named_for: NamedFor, *, language: str
) -> Mapping[int, ShownProof]:
    """Return what proved some steps that were read for the actor, by the step's id."""
    rows = session.scalars(
        select(StepEvidence)
        .where(StepEvidence.step_id.in_([step.id for step in steps if step.proved_by]))
        .order_by(StepEvidence.occurred_at, StepEvidence.signal_id)
    )
    found: defaultdict[int, list[StepEvidence]] = defaultdict(list)
    for row in rows:
        found[row.step_id].append(row)
    shown = [row for facts in found.values() for row in facts[:SHOWN]]
    names = _names_for(session, actor, {row.person for row in shown if row.person})
    things = named_for(session, actor, {row.subject for row in shown if row.subject}, language=language)
    return {
        step_id: ShownProof(
            lines=[
                ProofLine(
                    at=row.occurred_at,
                    name=names.get(row.person or ""),
                    thing=things.get(row.subject or ""),
                )
                for row in facts[:SHOWN]
            ],
            more=max(0, len(facts) - SHOWN),
        )
        for step_id, facts in found.items()
    }


def _names_for(session: Session, actor: Actor, people: Iterable[str]) -> Mapping[str, str]:
    """Return the names of those people (`user:<id>`) whom the actor knows: colleagues; staff know all."""
    ids = {int(number) for kind, _, number in (one.partition(":") for one in people) if kind == "user"}
    known = select(User.id, User.name).where(User.id.in_(ids))
    if not actor.is_staff:
        known = known.where(User.account_id == actor.account_id)
    return {f"user:{user_id}": name for user_id, name in session.execute(known)}
