"""Which of the facts that a proof asks for can still matter: a few, however many there were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from portal.onboarding.rules import Fact, Proof, in_order, matches


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvableStep:
    """A step that signals complete, as far as they need to know it; see `ChecklistStep`."""

    id: int
    checklist_id: int
    account_id: int
    started_on: date
    reopened_at: datetime | None
    completed_at: datetime | None
    proved_by: tuple[int, ...] | None
    proof: Proof

    def lets_count(self, fact: Fact, *, day: date) -> bool:
        """Tell whether a fact of a day is one that the proof asks for, and not from before it counts."""
        return day >= self.started_on and self.is_after_reopening(fact) and matches(self.proof, fact)

    def is_after_reopening(self, fact: Fact) -> bool:
        """Tell whether a fact is later than the last time that someone opened the step again."""
        return self.reopened_at is None or fact.occurred_at > self.reopened_at


def most(proof: Proof) -> int:
    """Return how many facts prove it: the largest number that is ever kept."""
    return max(proof.count, proof.people)


def kept(proof: Proof, matching: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return those of a proof's facts, in order of time, that decide together with whatever else comes.

    They are the first fact of each of the first people asked for, and the earliest others up to the count.
    What is left out is later than as many others as are wanted, and stays so whatever is added; so the kept
    facts of what was kept and what is new are the kept facts of all. As soon as there are `most` of them they
    are the evidence that `evidence_for` chooses from all facts.
    """
    found = sorted({fact.id: fact for fact in matching}.values(), key=in_order)
    people = proof.people if proof.people > 1 else 0
    firsts: dict[str, Fact] = {}
    for fact in found:
        if fact.person is not None:
            firsts.setdefault(fact.person, fact)
    chosen = {fact.id for fact in islice(firsts.values(), people)}
    others = (fact for fact in found if fact.id not in chosen)
    chosen |= {fact.id for fact in islice(others, max(0, proof.count - people))}
    return tuple(fact for fact in found if fact.id in chosen)
