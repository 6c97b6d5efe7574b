"""Writes to what can be found, in the transaction of the thing itself."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.search.models import DocumentKind, SearchDocument


def put(
    session: Session,
    *,
    key: str,
    group: str,
    kind: DocumentKind,
    language: str,
    title: str,
    body: str,
    path: str,
    audience: Audience,
    is_solved: bool = False,
    now: datetime,
) -> None:
    """Make a text findable, or change what is found; `title` is empty for a post within a topic."""
    document = session.scalar(select(SearchDocument).where(SearchDocument.key == key))
    if document is None:
        document = SearchDocument(key=key)
        session.add(document)
    document.group, document.kind, document.language = group, kind, language
    document.title, document.body, document.path = title, body, path
    document.audience, document.is_solved = audience, is_solved
    document.is_removed, document.stale_since = False, now


def remove(session: Session, *, key: str, now: datetime) -> None:
    """Make a text unfindable at once; the index follows."""
    session.execute(
        update(SearchDocument).where(SearchDocument.key == key).values(is_removed=True, stale_since=now)
    )


def mark_solved(session: Session, *, group: str, is_solved: bool, now: datetime) -> None:
    """Say whether a topic has an accepted answer."""
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.group == group)
        .values(is_solved=is_solved, stale_since=now)
    )
