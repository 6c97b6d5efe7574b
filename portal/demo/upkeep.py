"""Which of the demo's articles are looked at, by whom, and how lately they were."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final

from sqlalchemy.orm import Session

from portal.demo.people import Cast
from portal.knowledge.models import Article
from portal.knowledge.upkeep import service as verification

EVERY_DAYS: Final = 180
VERIFIERS: Final = ("staff", "miho", "theo")
LAST_DAYS_AGO: Final = (20, 45, 170, 90, None, 130, 175)
"""When articles were verified last, in turn; None is never since they were published."""


def verify_articles(session: Session, cast: Cast, articles: Mapping[str, Article], *, now: datetime) -> None:
    """Let each section have a verifier and half a year; most articles were verified meanwhile."""
    sections = {article.section_id: article.section for article in articles.values()}
    for key, section in zip(cycle(VERIFIERS), sections.values(), strict=False):
        section.verifier_id, section.verify_every_days = cast.people[key].id, EVERY_DAYS
    for days, article in zip(cycle(LAST_DAYS_AGO), articles.values(), strict=False):
        if days is not None:
            verifier = next(user for user in cast.people.values() if user.id == article.section.verifier_id)
            at = now - timedelta(days=days)
            actor = verifier.as_actor()
            verification.verify(session, actor=actor, article_ids=[article.id], seen_at=at, now=at)
