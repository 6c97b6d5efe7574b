"""Writes to what readers say about articles, and what staff answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import outbox
from portal.core.orm import insert_new
from portal.events import ArticleVoted, FeedbackResolved
from portal.knowledge import queries
from portal.knowledge.feedback import queries as feedback
from portal.knowledge.models import ArticleVote, Translation


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """Whether an article helped, and why; the reason is what was missing, so only one that did not has it."""

    is_helpful: bool
    reason: str = ""
    comment: str = ""


def vote(
    session: Session,
    *,
    actor: Actor,
    voter: str,
    article_id: int,
    language: str,
    ballot: Ballot,
    now: datetime,
) -> Translation:
    """Say whether an article helped; `voter`, the person's stable key, replaces what it said before.

    What staff answered to the earlier words goes with them.

    Raises:
        NotFoundError: no such article that the actor may see.
    """
    translation = queries.article_for(session, actor, article_id, language=language)
    said = {
        "user_id": actor.user_id,
        "account_id": actor.account_id,
        "is_helpful": ballot.is_helpful,
        "reason": "" if ballot.is_helpful else ballot.reason,
        "comment": ballot.comment,
        "voted_at": now,
    }
    ballot_of = {
        "article_id": translation.article_id,
        "language": translation.language,
        "revision_number": translation.live_number or translation.newest_number,
        "voter": voter,
    }
    row = ballot_of | said
    again = update(ArticleVote).filter_by(**ballot_of)
    unanswered = {"resolved_at": None, "resolved_by_id": None, "resolution": ""}
    ids = (
        insert_new(session, ArticleVote, [row])
        or session.scalars(again.values(**said, **unanswered).returning(ArticleVote.id)).all()
    )
    outbox.record(session, ArticleVoted(vote_id=ids[0]))
    return translation


def resolve(
    session: Session, *, actor: Actor, vote_id: int, note: str, with_others: bool = False, now: datetime
) -> int:
    """Settle what a reader said, with a note to them, and what others said of the same text; return how many.

    Raises:
        NotFoundError: no such vote, or the actor is not staff.
    """
    said = feedback.vote_for(session, actor, vote_id)
    found = feedback.unresolved_of_text(session, said) if with_others else [said]
    settled = [item for item in found if item.resolved_at is None]
    for item in settled:
        item.resolved_at, item.resolved_by_id, item.resolution = now, actor.user_id, note
    if settled:
        outbox.record(session, FeedbackResolved(vote_ids=tuple(item.id for item in settled)))
    return len(settled)


def reopen(session: Session, *, actor: Actor, vote_id: int) -> None:
    """Undo `resolve` for one reader.

    Raises:
        NotFoundError: no such vote, or the actor is not staff.
    """
    said = feedback.vote_for(session, actor, vote_id)
    said.resolved_at, said.resolved_by_id, said.resolution = None, None, ""
