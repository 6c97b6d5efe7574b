"""Writes to what can be found, in the transaction of the thing itself."""

from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.core.orm import upsert
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
    author_id: int | None = None,
    section: str = "",
    is_solved: bool = False,
    verified_at: datetime | None = None,
    now: datetime,
) -> None:
    """Make a text findable, or change what is found; `title` is empty for a post within a topic.

    `section` is the key of the place where it stands; empty for none.
    What readers said of it stays.
    """
    row = {
        "key": key,
        "group_key": group,
        "kind": kind,
        "language": language,
        "title": title,
        "body": body,
        "path": path,
        "audience": audience,
        "author_id": author_id,
        "section": section,
        "is_solved": is_solved,
        "verified_at": verified_at,
        "is_removed": False,
        "stale_since": now,
        "vector_due": now if title else None,
    }
    upsert(session, SearchDocument, row, unique="key")


def remove(session: Session, *, key: str, now: datetime) -> None:
    """Make a text unfindable at once; the index follows."""
    session.execute(
        update(SearchDocument).where(SearchDocument.key == key).values(is_removed=True, stale_since=now)
    )


def change_body(session: Session, *, key: str, body: str, now: datetime) -> None:
    """Say with which words a text is found; nothing changes if it is not to be found."""
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.key == key)
        .values(body=body, stale_since=now, vector_due=case((SearchDocument.title != "", now)))
    )


def mark_solved(session: Session, *, group: str, is_solved: bool, now: datetime) -> None:
    """Say whether a topic has an accepted answer."""
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.group == group)
        .values(is_solved=is_solved, stale_since=now)
    )


def mark_verified(session: Session, *, group: str, verified_at: datetime | None, now: datetime) -> None:
    """Say when an article was last found to be true; None if nobody looked."""
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.group == group)
        .values(verified_at=verified_at, stale_since=now)
    )


def rate(session: Session, *, key: str, helpfulness: float, now: datetime) -> None:
    """Say how helpful readers find a text, 0…1; nothing changes if it is not to be found."""
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.key == key)
        .values(helpfulness=helpfulness, stale_since=now)
    )
