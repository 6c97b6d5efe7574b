"""The vectors of documents: made by the worker, kept in the database, read by every process that searches."""

import hashlib
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any, Final

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import revisions
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.core.orm import Base, upsert
from portal.search.embedding import Embedder
from portal.search.meaning import Entry, MeaningIndex, lead_of, stored_vectors
from portal.search.models import SearchDocument

BATCH: Final = 4
"""Documents a round: half a second of work, after which the worker looks for anything more urgent."""


class SearchVector(Base):
    """What a titled document means: two vectors of 16-bit floats.

    `digest` is of the texts they were made of. `revision` grows with every change of a row.
    """

    __tablename__ = "search_vectors"

    document_id: Mapped[int] = mapped_column(
        ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    model: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[bytes] = mapped_column(LargeBinary)
    lead: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(index=True)


def follow(embedder: Embedder) -> int:
    """Make the vectors of a few documents whose texts are new; return how many were looked at.

    Raises:
        EmbeddingError: the model cannot be reached; the documents wait.
    """
    batch = _waiting()
    if not batch:
        return 0
    rows = list(_made(embedder, batch))
    with transaction(wake=False) as session:
        revisions.bump(session, "vectors")
        (number,) = revisions.numbers(session, "vectors")
        for row in rows:
            upsert(session, SearchVector, row | {"revision": number}, unique="document_id")
        ids = [document.id for document in batch]
        session.execute(update(SearchVector).where(SearchVector.document_id.in_(ids)).values(revision=number))
        for document in batch:
            unchanged = (SearchDocument.id == document.id, SearchDocument.vector_due == document.vector_due)
            session.execute(update(SearchDocument).where(*unchanged).values(vector_due=None))
    return len(batch)


def is_any_missing(session: Session, embedder: Embedder) -> bool:
    """Tell whether there are vectors that nothing or another model has made, and that nobody asked for."""
    return session.scalar(select(SearchDocument.id).where(*_lacking(embedder)).limit(1)) is not None


def ask_for_missing(session: Session, embedder: Embedder) -> None:
    """Ask for the vectors that nothing or another model has made, as when a site gets one."""
    session.execute(update(SearchDocument).where(*_lacking(embedder)).values(vector_due=utc_now()))


def _lacking(embedder: Embedder) -> tuple[ColumnElement[bool], ...]:
    made = select(SearchVector.document_id).where(SearchVector.model == embedder.model)
    return (
        SearchDocument.title != "",
        SearchDocument.id.not_in(made),
        SearchDocument.vector_due.is_(None),
    )


def _waiting() -> Sequence[SearchDocument]:
    session = db.session()
    session.rollback()
    waiting = (SearchDocument.vector_due.is_not(None), SearchDocument.is_removed.is_(False))
    rows = session.scalars(
        select(SearchDocument).where(*waiting).order_by(SearchDocument.vector_due.desc()).limit(BATCH)
    ).all()
    session.expunge_all()
    session.rollback()
    return rows


def _made(embedder: Embedder, batch: Sequence[SearchDocument]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the documents whose texts say something else than when their vectors were made."""
    made = select(SearchVector.document_id, SearchVector.digest).where(
        SearchVector.model == embedder.model, SearchVector.document_id.in_([row.id for row in batch])
    )
    known: dict[int, str] = dict(db.session().execute(made).all())
    texts = [(row.title, lead_of(row.title, row.body)) for row in batch]
    digests = [hashlib.sha256("\0".join(pair).encode()).hexdigest() for pair in texts]
    changed = [place for place, row in enumerate(batch) if known.get(row.id) != digests[place]]
    vectors = stored_vectors([texts[place] for place in changed], embedder)
    for place, (title, lead) in zip(changed, vectors, strict=True):
        yield {
            "document_id": batch[place].id,
            "model": embedder.model,
            "digest": digests[place],
            "title": title,
            "lead": lead,
        }


class StoredVectors:
    """The vectors of one model as this process knows them; those that changed are read on demand."""

    def __init__(self, model: str) -> None:
        self._of_model = SearchVector.model == model
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything, as the database may be another one."""
        self._state: tuple[int, ...] = (0, 0)
        self._rows: dict[int, tuple[Entry, bytes, bytes]] = {}
        self._index = MeaningIndex.of(())

    def current(self) -> MeaningIndex:
        """Return all vectors as they are now."""
        session = db.session()
        newest = func.coalesce(func.max(SearchVector.revision), 0)
        state = tuple(session.execute(select(newest, func.count()).where(self._of_model)).one())
        with self._lock:
            if self._state != state:
                self._read(session, since=self._state[0])
                if len(self._rows) != state[1]:  # Some documents are gone.
                    self._rows.clear()
                    self._read(session, since=0)
                self._state = state
                self._index = MeaningIndex.of(self._rows.values())
            return self._index

    def _read(self, session: Session, *, since: int) -> None:
        columns = (
            SearchVector.document_id,
            SearchDocument.key,
            SearchDocument.group,
            SearchDocument.audience,
            SearchVector.title,
            SearchVector.lead,
        )
        rows = select(*columns).join(SearchDocument, SearchDocument.id == SearchVector.document_id)
        for row in session.execute(rows.where(self._of_model, SearchVector.revision > since)):
            self._rows[row.document_id] = (Entry(row.key, row.group, row.audience), row.title, row.lead)
