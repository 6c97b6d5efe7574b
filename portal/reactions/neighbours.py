"""Which articles belong together follows what they say."""

from contextlib import suppress
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.events import ArticlePublished
from portal.knowledge.models import Article
from portal.knowledge.structure import related
from portal.search.engine import IndexUnavailableError


def look_again(session: Session, event: ArticlePublished, _now: datetime) -> None:
    """Find the neighbours of an article whose text is new; the night finds those of imported ones.

    An import brings hundreds, and the night looks at all of them anyway; as it does when there is no index.
    """
    if session.get_one(Article, event.article_id).source_key is not None:
        return
    with suppress(IndexUnavailableError):
        related.look_again(session, current_app.extensions["search_engine"], event.article_id)
