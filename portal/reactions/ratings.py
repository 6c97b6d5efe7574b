"""Search follows what readers say of articles."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.events import ArticleVoted
from portal.knowledge.feedback import queries as feedback
from portal.knowledge.models import ArticleVote
from portal.search import service as search


def follow_vote(session: Session, event: ArticleVoted, now: datetime) -> None:
    """Let an article be found the easier the more helpful it is."""
    vote = session.get(ArticleVote, event.vote_id)
    if vote is None:
        return
    found = feedback.helpfulness_of(session, SYSTEM, [vote.article_id])
    for (article_id, language), helpfulness in found.items():
        key = f"article:{article_id}:{language}"
        search.rate(session, key=key, helpfulness=helpfulness.at_least, now=now)
