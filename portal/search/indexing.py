"""The index follows the table of search documents; it may be lost at any time and is made again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from portal.core.db import db, transaction
from portal.search.engine import IndexedDocument, SearchEngine
from portal.search.models import SearchDocument

BATCH: Final = 1000


def follow(engine: SearchEngine) -> int:
    """Bring the index up to date; return how many documents changed in it.

    Documents are marked as indexed only after the engine has committed, and only if they were not changed
    again meanwhile: a killed worker repeats its last batch.
    """
    if not engine.is_current():
        return rebuild(engine)
    changed = 0
    while batch := _stale():
        engine.update(
            [_indexed(row) for row in batch if not row.is_removed],
            removed=[row.key for row in batch if row.is_removed],
        )
        _settle(batch)
        changed += len(batch)
    return changed


def rebuild(engine: SearchEngine) -> int:
    """Make the whole index again beside the old one; return how many documents it holds."""
    batch = _stale(limit=None)
    count = 0

    def documents() -> Iterator[IndexedDocument]:
        nonlocal count
        for row in _all_rows():
            count += 1
            yield _indexed(row)

    engine.rebuild(documents())
    _settle(batch)
    return count


def _all_rows() -> Iterator[SearchDocument]:
    session = db.session()
    last = 0
    while rows := session.scalars(
        select(SearchDocument)
        .where(SearchDocument.id > last, SearchDocument.is_removed.is_(False))
        .order_by(SearchDocument.id)
        .limit(BATCH)
    ).all():
        yield from rows
        last = rows[-1].id
        session.rollback()


def _stale(limit: int | None = BATCH) -> Sequence[SearchDocument]:
    session = db.session()
    session.rollback()
    rows = session.scalars(
        select(SearchDocument)
        .where(SearchDocument.stale_since.is_not(None))
        .order_by(SearchDocument.stale_since, SearchDocument.id)
        .limit(limit)
    ).all()
    session.expunge_all()
    session.rollback()
    return rows


def _settle(batch: Sequence[SearchDocument]) -> None:
    """Mark what was indexed; a row that was changed meanwhile keeps its later mark."""
    groups: dict[datetime, list[int]] = {}
    for row in batch:
        if row.stale_since is not None:
            groups.setdefault(row.stale_since, []).append(row.id)
    with transaction(wake=False) as session:
        for stale_since, ids in groups.items():
            unchanged = (SearchDocument.id.in_(ids), SearchDocument.stale_since == stale_since)
            session.execute(delete(SearchDocument).where(*unchanged, SearchDocument.is_removed))
            session.execute(update(SearchDocument).where(*unchanged).values(stale_since=None))


def _indexed(row: SearchDocument) -> IndexedDocument:
    return IndexedDocument(
        key=row.key,
        group=row.group,
        kind="article" if row.kind == "article" else "topic",
        language=row.language,
        title=row.title,
        body=row.body,
        audience=row.audience,
        author_id=row.author_id,
        section=row.section,
        solved=row.is_solved,
        helpfulness=row.helpfulness,
        verified_on=row.verified_at and row.verified_at.date(),
    )
