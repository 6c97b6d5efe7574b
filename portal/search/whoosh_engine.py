"""The embedded engine: Whoosh keeps the index on disk, ranking is done on arrays.

In the engine's directory, the file `current` names the subdirectory of the index in use, whose own name
begins with the version it was made by.
"""

import secrets
import shutil
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from portal.core.batches import batches
from portal.core.clock import utc_now
from portal.search import analyzer, spelling
from portal.search.corpus import Corpus
from portal.search.engine import Hit, Hits, IndexedDocument, IndexUnavailableError, Query
from portal.search.segments import Entry
from portal.search.snapshot import Snapshot
from portal.search.whoosh_files import State, created_in, index_in, locked, state_of, writer_of

_WRITER_PATIENCE_SECONDS: Final = 10.0
_VERSION: Final = f"analyzer{analyzer.ANALYZER_VERSION}-fields3"
"""Counts up with the analyzer and with what is kept of a document."""

_BATCH: Final = 50_000
"""Documents that a rebuild holds in memory at one time."""


class _Opened(NamedTuple):
    """An index as one commit left it."""

    directory: Path
    index: Any
    state: State
    snapshot: Snapshot

    def is_latest(self, in_use: Path) -> bool:
        """Tell whether nothing was committed since, given the directory now in use."""
        return in_use == self.directory and bool(self.index.latest_generation() == self.state.generation)


class WhooshEngine:
    """An engine in a directory: one process at a time writes, any number of processes and threads search."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def update(self, documents: Iterable[IndexedDocument], *, removed: Iterable[str] = ()) -> None:
        """Put documents in or replace those of the same key, and take out the keys in `removed`.

        Raises:
            IndexUnavailableError: there is no index yet, it is damaged, or another process keeps writing.
        """
        latest = {document.key: _fields(document) for document in documents}
        with self._sole_writer(), _damage_reported():
            opened = self._latest()
            with writer_of(opened.index) as writer:
                base = 0
                for segment in opened.state.segments.values():
                    for key in latest.keys() | set(removed):
                        if key in segment.numbers:
                            writer.delete_document(base + segment.numbers[key])
                    base += len(segment.columns.keys)
                for fields in latest.values():
                    writer.add_document(**fields)

    def rebuild(self, documents: Iterable[IndexedDocument]) -> None:
        """Make a new index of these documents alone; searches use the old one until it is complete.

        Raises:
            IndexUnavailableError: another process keeps writing.
        """
        with self._sole_writer():
            fresh = self._directory / f"{_VERSION}-{secrets.token_hex(4)}"
            index = created_in(fresh)
            for batch in batches(documents, _BATCH):
                with writer_of(index) as writer:
                    writer.merge = False
                    for document in batch:
                        writer.add_document(**_fields(document))
            self._put_in_use(fresh)

    def search(self, query: Query) -> Hits:
        """Return what matches any word of the query, best first.

        Without a word, authors and tags alone find what is theirs.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        with self._reading() as snapshot:
            return snapshot.search(query)

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        with self._reading() as snapshot:
            return snapshot.suggest(query)

    def is_current(self) -> bool:
        """Tell whether there is an index that opens and was made with today's analyzer."""
        try:
            return self._latest().directory.name.startswith(f"{_VERSION}-")
        except IndexUnavailableError:
            return False

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        """Give what was last committed; an index that proves damaged is out of use from then on."""
        snapshot = self._latest().snapshot
        try:
            with _damage_reported():
                yield snapshot
        except IndexUnavailableError:
            with suppress(OSError):
                (self._directory / "current").unlink()
            raise

    def _latest(self) -> _Opened:
        """Return what was last committed; another process may replace files just as they are opened."""
        for _ in range(2):
            with suppress(IndexUnavailableError):
                return self._open()
        return self._open()

    def _open(self) -> _Opened:
        in_use = self._in_use()
        with self._lock, _damage_reported():
            if self._opened is None or not self._opened.is_latest(in_use):
                self._opened = _open(in_use, self._opened)
            return self._opened

    def _in_use(self) -> Path:
        try:
            return self._directory / (self._directory / "current").read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise IndexUnavailableError("There is no search index; build one.") from error

    def _put_in_use(self, fresh: Path) -> None:
        """Let searches use a new index, and throw every other one away."""
        pointer = self._directory / "next"
        pointer.write_text(fresh.name, encoding="utf-8")
        pointer.replace(self._directory / "current")
        for path in self._directory.iterdir():
            if path.is_dir() and path != fresh:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        """Keep the updates and rebuilds of all processes apart."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with locked(self._directory / "lock", patience_seconds=_WRITER_PATIENCE_SECONDS) as is_held:
            if not is_held:
                raise IndexUnavailableError("Another process is writing the search index; try again later.")
            yield


@contextmanager
def _damage_reported() -> Iterator[None]:
    """Turn whatever a missing or damaged file makes Whoosh raise into the one error callers know."""
    try:
        yield
    except IndexUnavailableError:
        raise
    except Exception as error:
        raise IndexUnavailableError("The search index cannot be read; rebuild it.") from error


def _open(directory: Path, last: _Opened | None) -> _Opened:
    """Read what was last committed, but for the segments that were read before."""
    known = last.state.segments if last and last.directory == directory else {}
    index = index_in(directory)
    state = state_of(index, known)
    segments = list(zip(state.segments.values(), state.removed, strict=True))
    return _Opened(directory, index, state, Snapshot(Corpus(segments, today=utc_now().date())))


def _fields(document: IndexedDocument) -> dict[str, object]:
    """Return what Whoosh is to keep of a document: an entry, the text, and tokens with their counts."""
    title, body = document.title, document.body
    counts = {
        "title": Counter(analyzer.tokens(title)),
        "body": Counter(analyzer.tokens(body)),
        "title_grams": Counter(analyzer.grams(title)),
        "body_grams": Counter(analyzer.grams(body, is_latin_cut=False)),
        "title_words": Counter(analyzer.written_words(title)),
    }
    entry = Entry(
        key=document.key,
        group=document.group,
        kind=document.kind,
        language=document.language,
        audience=sorted(document.audience),
        lengths={name: found.total() for name, found in counts.items()},
        title_size=len(counts["title"]),
        helpfulness=document.helpfulness,
        verified_on=None if document.verified_on is None else document.verified_on.toordinal(),
        solved=document.solved,
        section=document.section,
    )
    text = zlib.compress(analyzer.fold(f"{title}\n{body}").text.encode(errors="replace"))
    return {
        "entry": tuple(entry),
        "text": text,
        "words": (counts["title"], counts["body"]),
        "grams": (counts["title_grams"], counts["body_grams"]),
        "title_words": (counts["title_words"], {}),
        "author": ({} if document.author_id is None else {str(document.author_id): 1}, {}),
        "tags": ({analyzer.fold(tag).text: 1 for tag in document.tags}, {}),
        "written": ({}, dict.fromkeys(spelling.written_in(f"{title}\n{body}"), 1)),
    }
