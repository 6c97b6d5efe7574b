"""Reads of what was learned: queries to suggest, for those whom they may be told; proposals, for staff."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import visible_to
from portal.core.errors import NotFoundError
from portal.search.learning.models import (
    RememberedAccount,
    RememberedPage,
    RememberedQuery,
    SynonymProposal,
)
from portal.search.learning.rules import LEAST_ACCOUNTS, folded
from portal.search.models import SearchDocument

SUGGESTED: Final = 3
CONSIDERED: Final = 200
"""Queries, the most successful first, of which those that lead to something the actor may see are told."""

_LAST: Final = "\U0010ffff"


def remembered_for(session: Session, actor: Actor, typed: str) -> Sequence[str]:
    """Return queries that begin with what is typed and have led people to something, the best first.

    No query of a single account is told to others: at least three accounts, all visitors together being one,
    have to have had success with it, or the actor's own. It is told only while the actor may see at least one
    of the pages that it led to.
    """
    beginning = folded(typed)
    if not beginning:
        return ()
    best = RememberedQuery.readers.desc(), RememberedQuery.people.desc(), RememberedQuery.folded
    considered = (
        select(RememberedQuery.id)
        .where(
            RememberedQuery.folded > beginning,
            RememberedQuery.folded < beginning + _LAST,
            _may_be_told(actor),
        )
        .order_by(*best)
        .limit(CONSIDERED)
        .subquery()
    )
    leads_to_something = exists().where(
        RememberedPage.query_id == RememberedQuery.id,
        SearchDocument.group == RememberedPage.group,
        SearchDocument.is_removed.is_(False),
        visible_to(actor, SearchDocument.audience),
    )
    return session.scalars(
        select(RememberedQuery.text)
        .where(RememberedQuery.id.in_(select(considered.c.id)), leads_to_something)
        .order_by(*best)
        .limit(SUGGESTED)
    ).all()


def _may_be_told(actor: Actor) -> ColumnElement[bool]:
    own = select(RememberedAccount.query_id).where(RememberedAccount.account_id == actor.account_id)
    return or_(RememberedQuery.accounts >= LEAST_ACCOUNTS, RememberedQuery.id.in_(own))


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("proposals")


def proposals_for(
    session: Session, actor: Actor, *, is_accepted: bool | None = None
) -> Sequence[SynonymProposal]:
    """Return the proposals that wait (None), or were accepted or dismissed, the surest first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    return session.scalars(
        select(SynonymProposal)
        .where(SynonymProposal.is_accepted.is_(is_accepted))
        .order_by(SynonymProposal.evidence.desc(), SynonymProposal.key)
    ).all()


def proposal_for(session: Session, actor: Actor, proposal_id: int) -> SynonymProposal:
    """Return one proposal.

    Raises:
        NotFoundError: there is none, or the actor is not staff.
    """
    _require_staff(actor)
    proposal = session.get(SynonymProposal, proposal_id)
    if proposal is None:
        raise NotFoundError("proposal")
    return proposal
