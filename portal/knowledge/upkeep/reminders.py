"""Telling verifiers, once, that articles have become due."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.core import outbox
from portal.events import ArticlesDue
from portal.knowledge.models import Article
from portal.knowledge.rules import DueState
from portal.knowledge.upkeep.queries import Standing, standings_of


def remind(session: Session, *, now: datetime) -> int:
    """Let each verifier hear of the articles that have become due since the last time; return how many."""
    due: defaultdict[int | None, list[int]] = defaultdict(list)
    for article_id, standing in standings_of(session, None, now=now).items():
        if standing.state is DueState.OVERDUE and not _was_told(standing):
            due[standing.verifier_id].append(article_id)
    for verifier_id, article_ids in due.items():
        event = ArticlesDue(verifier_id=verifier_id, article_ids=tuple(article_ids), at=now.isoformat())
        outbox.record(session, event)
    told = [{"id": article_id, "due_told_at": now} for ids in due.values() for article_id in ids]
    if told:
        session.execute(update(Article), told)
    return len(told)


def _was_told(standing: Standing) -> bool:
    """Tell whether the verifier heard of an article since it became due."""
    return bool(standing.told_at and standing.due_at and standing.told_at >= standing.due_at)
