"""Checklist steps that prove themselves."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adoption.models import Signal
from portal.events import SignalsRecorded
from portal.onboarding import queries, rules, service
from portal.onboarding.models import ChecklistStep


def complete_matching_steps(session: Session, event: SignalsRecorded, _now: datetime) -> None:
    """Complete the open steps of the accounts concerned whose proof stands in the ledger."""
    new = select(Signal.account_id, Signal.kind).where(
        Signal.id.in_(event.signal_ids), Signal.account_id.is_not(None)
    )
    kinds = {(account_id, kind) for account_id, kind in session.execute(new.distinct()) if account_id}
    for step in queries.provable_steps(session, {account_id for account_id, _kind in kinds}):
        proof = rules.parse_proof(step.proof or {})
        if (step.checklist.account_id, proof.kind) in kinds:
            _complete_if_proved(session, step, proof)


def _complete_if_proved(session: Session, step: ChecklistStep, proof: rules.Proof) -> None:
    evidence = rules.evidence_for(proof, _facts(session, step, kind=proof.kind))
    if evidence:
        ids = [fact.id for fact in evidence]
        service.complete_by_evidence(session, step_id=step.id, signal_ids=ids, at=evidence[-1].occurred_at)


def _facts(session: Session, step: ChecklistStep, *, kind: str) -> Iterator[rules.Fact]:
    """Read the account's signals of a kind since the checklist began, or since the step was opened again."""
    query = select(Signal).where(
        Signal.account_id == step.checklist.account_id,
        Signal.kind == kind,
        Signal.day >= step.checklist.started_on,
    )
    if step.reopened_at is not None:
        query = query.where(Signal.occurred_at > step.reopened_at)
    for signal in session.scalars(query):
        yield rules.Fact(
            id=signal.id,
            kind=signal.kind,
            occurred_at=signal.occurred_at,
            person=signal.person,
            subject=signal.subject,
            data=signal.data,
        )
