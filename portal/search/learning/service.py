"""Keeps what was learned, and what staff decide about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError
from portal.core.orm import Base, upsert
from portal.search.curation.service import add_synonym
from portal.search.learning import queries
from portal.search.learning.models import (
    RememberedAccount,
    RememberedPage,
    RememberedQuery,
    SynonymProposal,
)
from portal.search.learning.rules import LEAST_ACCOUNTS, LearnedQuery, Replacement


def keep_queries(session: Session, learned: Sequence[LearnedQuery]) -> None:
    """Replace all queries that were remembered."""
    session.execute(delete(RememberedQuery))
    numbered = list(enumerate(learned, 1))
    _insert(
        session,
        RememberedQuery,
        [
            {
                "id": number,
                "folded": query.folded,
                "text": query.text,
                "accounts": len(query.account_ids),
                "people": query.people,
                "readers": query.readers,
            }
            for number, query in numbered
        ],
    )
    _insert(
        session,
        RememberedAccount,
        [
            {"query_id": number, "account_id": account_id}
            for number, query in numbered
            if len(query.account_ids) < LEAST_ACCOUNTS
            for account_id in sorted(filter(None, query.account_ids))
        ],
    )
    _insert(
        session,
        RememberedPage,
        [
            {"query_id": number, "group_key": group}
            for number, query in numbered
            for group in sorted(query.pages)
        ],
    )


def _insert(session: Session, table: type[Base], rows: list[dict[str, object]]) -> None:
    if rows:
        session.execute(insert(cast("Table", table.__table__)), rows)


def keep_proposals(session: Session, found: Sequence[Replacement]) -> None:
    """Replace the proposals that nobody has decided about; the others stay decided."""
    keys = {one.key for one in found}
    known = session.scalars(select(SynonymProposal.key).where(SynonymProposal.is_accepted.is_(None))).all()
    for key in set(known) - keys:
        session.execute(delete(SynonymProposal).where(SynonymProposal.key == key))
    for one in found:
        row = {
            "key": one.key,
            "words": one.words,
            "means": one.means,
            "people": one.people,
            "accounts": one.accounts,
            "tried": one.tried,
            "evidence": one.evidence,
            "examples": [list(pair) for pair in one.examples],
        }
        upsert(session, SynonymProposal, row, unique="key")


def accept_proposal(
    session: Session, *, actor: Actor, proposal_id: int, is_both_ways: bool, now: datetime
) -> SynonymProposal:
    """Let the words find what the others find, and the other way round if wanted.

    Raises:
        NotFoundError: there is no such proposal, or the actor is not staff.
        ConflictError: it was accepted already.
        InvalidError: staff have made a rule for these words already, or they cannot be one.
    """
    proposal = _open_proposal(session, actor, proposal_id)
    add_synonym(
        session,
        actor=actor,
        words=proposal.words,
        means=proposal.means,
        is_both_ways=is_both_ways,
        now=now,
    )
    _decide(proposal, actor, is_accepted=True, now=now)
    return proposal


def dismiss_proposal(session: Session, *, actor: Actor, proposal_id: int, now: datetime) -> SynonymProposal:
    """Never propose this again.

    Raises:
        NotFoundError: there is no such proposal, or the actor is not staff.
        ConflictError: it was accepted already.
    """
    proposal = _open_proposal(session, actor, proposal_id)
    _decide(proposal, actor, is_accepted=False, now=now)
    return proposal


def propose_again(session: Session, *, actor: Actor, proposal_id: int) -> SynonymProposal:
    """Take a dismissal back.

    Raises:
        NotFoundError: there is no such proposal, or the actor is not staff.
        ConflictError: it was accepted already.
    """
    proposal = _open_proposal(session, actor, proposal_id)
    proposal.is_accepted = proposal.decided_at = proposal.decided_by_id = None
    return proposal


def _open_proposal(session: Session, actor: Actor, proposal_id: int) -> SynonymProposal:
    proposal = queries.proposal_for(session, actor, proposal_id)
    if proposal.is_accepted:
        raise ConflictError("accepted already")
    return proposal


def _decide(proposal: SynonymProposal, actor: Actor, *, is_accepted: bool, now: datetime) -> None:
    proposal.is_accepted, proposal.decided_at, proposal.decided_by_id = is_accepted, now, actor.user_id
