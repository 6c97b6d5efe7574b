"""What each person of an account has done, counted over steps and people already read."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from portal.accounts.models import User
from portal.onboarding.models import ChecklistStep, Owner


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberProgress:
    """Where a person stands: of the steps that are theirs to do, so many are done, open, and of these late.

    `ticked` counts the steps that they ticked, whoever was to do them. `signed_in_on` is the site's day of
    their last sign-in; None if there was none.
    """

    person: User
    done: int
    open: int
    late: int
    ticked: int
    signed_in_on: date | None


def progress_of(
    person: User,
    steps: Sequence[ChecklistStep],
    doers: Mapping[int, AbstractSet[int]],
    *,
    signed_in_on: date | None,
    today: date,
) -> MemberProgress:
    """Count what a person has done of some steps; `doers` are who is to do each, all ids."""
    own = [step for step in steps if person.id in doers.get(step.id, frozenset())]
    left = [step for step in own if not step.is_done]
    return MemberProgress(
        person=person,
        done=len(own) - len(left),
        open=len(left),
        late=sum(step.due_on < today for step in left),
        ticked=sum(step.completed_by_id == person.id for step in steps),
        signed_in_on=signed_in_on,
    )


def nobodys(
    steps: Sequence[ChecklistStep], doers: Mapping[int, AbstractSet[int]], active_ids: AbstractSet[int]
) -> list[ChecklistStep]:
    """Return the open steps of the customer's that none of the people who are there is to do."""
    return [
        step
        for step in steps
        if not step.is_done
        and step.owner is Owner.CUSTOMER
        and active_ids.isdisjoint(doers.get(step.id, frozenset()))
    ]
