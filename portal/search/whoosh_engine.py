"""The embedded engine, and the only file that knows Whoosh.

Whoosh keeps the postings on disk. Ranking is done here, a whole posting list at a time, because Whoosh's own
matchers spend microseconds of Python on every document of every word. In the engine's directory, the file
`current` names the subdirectory of the index in use, whose own name begins with the version it was made by.
"""

import secrets
import shutil
import threading
import warnings
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice, product
from pathlib import Path
from typing import Final, NamedTuple

from portal.search import analyzer, ranking
from portal.search.engine import Hit, Hits, IndexedDocument, IndexUnavailableError, Query

with warnings.catch_warnings():  # Whoosh is older than these, which arise whenever it is compiled anew.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    from whoosh.codec.whoosh3 import W3Codec
    from whoosh.fields import ID, STORED, TEXT, Schema
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import BufferFile
    from whoosh.index import FileIndex, create_in
    from whoosh.reading import IndexReader
    from whoosh.util.filelock import FileLock, try_for
    from whoosh.writing import IndexWriter

MAX_QUERY_CHARACTERS: Final = 1000
MAX_QUERY_TOKENS: Final = 32
"""What is read of a query; a longer one is a pasted message, whose beginning says what it is about."""

MAX_COMPLETIONS: Final = 50
"""How many words of titles may stand for an unfinished one."""

_WRITER_PATIENCE_SECONDS: Final = 10.0
_VERSION: Final = f"analyzer{analyzer.ANALYZER_VERSION}-fields1"
"""Counts up with the analyzer and with the schema below."""

_FIELDS: Final = {"title": ranking.TITLE, "body": ranking.BODY, "title_words": ranking.TITLE}
_SCHEMA: Final = Schema(key=ID, entry=STORED, **{field: TEXT(phrase=False) for field in _FIELDS})

Term = tuple[str, str]
"""The name of a field and a token in it."""


class _Columns(NamedTuple):
    """What ranking needs to know of the documents of a segment, by their numbers; segments never change."""

    entries: list[ranking.Entry]
    lengths: dict[str, list[int]]


class WhooshEngine:
    """An engine in a directory: one process at a time writes, any number of processes and threads search."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    def update(self, documents: Iterable[IndexedDocument], *, removed: Iterable[str] = ()) -> None:
        """Put documents in or replace those of the same key, and take out the keys in `removed`.

        Raises:
            IndexUnavailableError: there is no index yet, it is damaged, or another process keeps writing.
        """
        latest = {document.key: _fields(document) for document in documents}
        with (
            self._sole_writer(),
            _damage_reported(),
            FileIndex(_WholeFiles(self._in_use())).writer(codec=W3Codec()) as writer,
        ):
            _delete(writer, latest.keys() | set(removed))
            for fields in latest.values():
                writer.add_document(**fields)

    def rebuild(self, documents: Iterable[IndexedDocument]) -> None:
        """Make a new index of these documents alone; searches use the old one until it is complete.

        Raises:
            IndexUnavailableError: another process keeps writing.
        """
        with self._sole_writer():
            fresh = self._directory / f"{_VERSION}-{secrets.token_hex(4)}"
            fresh.mkdir()
            with create_in(fresh, _SCHEMA).writer(codec=W3Codec()) as writer:
                for document in documents:
                    writer.add_document(**_fields(document))
            self._put_in_use(fresh)

    def search(self, query: Query) -> Hits:
        """Return what matches any word of the query, best first.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        words = [(("title", token), ("body", token)) for token in _tokens(query)]
        with self._reading() as snapshot:
            return snapshot.rank(words, query)

    def suggest(self, query: Query) -> tuple[Hit, ...]:
        """Return the groups whose titles match a text, whose last word may be unfinished, best first.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        words = [(("title", token),) for token in _tokens(query)]
        with self._reading() as snapshot:
            unfinished = snapshot.completions(query.text[:MAX_QUERY_CHARACTERS])
            return snapshot.rank([*words, unfinished], query).hits

    def is_current(self) -> bool:
        """Tell whether there is an index that opens and was made with today's analyzer."""
        try:
            return self._latest().directory.name.startswith(f"{_VERSION}-")
        except IndexUnavailableError:
            return False

    @contextmanager
    def _reading(self) -> Iterator["_Snapshot"]:
        """Give what was last committed; an index that proves damaged is out of use from then on."""
        snapshot = self._latest()
        try:
            yield snapshot
        except IndexUnavailableError:
            with suppress(OSError):
                (self._directory / "current").unlink()
            raise

    def _latest(self) -> "_Snapshot":
        """Return what was last committed; another process may replace files just as they are opened."""
        for _ in range(2):
            with suppress(IndexUnavailableError):
                return self._opened()
        return self._opened()

    def _opened(self) -> "_Snapshot":
        in_use = self._in_use()
        with self._lock, _damage_reported():
            last = self._snapshot
            if last is None or not last.is_latest(in_use):
                known = last.columns if last and last.directory == in_use else {}
                last = self._snapshot = _Snapshot(in_use, known)
            return last

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
        lock = FileLock(self._directory / "lock")
        if not try_for(lock.acquire, timeout=_WRITER_PATIENCE_SECONDS):
            raise IndexUnavailableError("Another process is writing the search index; try again later.")
        try:
            yield
        finally:
            lock.release()


class _WholeFiles(FileStorage):
    """Reads files whole: a memory map would crash the process if its file were cut short meanwhile."""

    def open_file(self, name: str, **_options: object) -> BufferFile:
        """Return a file's present content."""
        return BufferFile(Path(self.folder, name).read_bytes(), name=name)


class _Snapshot:
    """The index as one commit left it, with the posting lists that were asked for lately, ready scored.

    `known` are the columns of segments that were read before.
    """

    def __init__(self, directory: Path, known: Mapping[str, _Columns]) -> None:
        self.directory = directory
        self._index = FileIndex(_WholeFiles(directory))
        self._generation = self._index.latest_generation()
        self._reader: IndexReader = self._index.reader()
        self.columns: dict[str, _Columns] = {}
        self._segments: list[tuple[IndexReader, int, _Columns]] = []
        for segment, offset in self._reader.leaf_readers() if self._reader.doc_count_all() else ():
            name = segment.segment().segment_id()
            self.columns[name] = known.get(name) or _read_columns(segment)
            self._segments.append((segment, offset, self.columns[name]))
        self._entries = [entry for columns in self.columns.values() for entry in columns.entries]
        self._average_lengths = {
            field: ranking.average_length(columns.lengths[field] for columns in self.columns.values())
            for field in _FIELDS
        }
        self._one_reader = threading.Lock()
        self._impacts = lru_cache(maxsize=2048)(self._read_impacts)

    def is_latest(self, in_use: Path) -> bool:
        """Tell whether nothing was committed since, given the directory now in use."""
        return in_use == self.directory and self._index.latest_generation() == self._generation

    def rank(self, words: Iterable[tuple[Term, ...]], query: Query) -> Hits:
        """Return the groups that match any word, a word being the terms that stand for it, best first."""
        scores: defaultdict[int, float] = defaultdict(float)
        for terms in words:
            for document, impact in zip(*self._impacts(terms), strict=True):
                scores[document] += impact
        return ranking.best_of_groups(scores, self._entries, query)

    def completions(self, text: str) -> tuple[Term, ...]:
        """Return the words of titles that begin with the longest unfinished word a text may end in."""
        with self._one_reader, _damage_reported():
            for beginning in analyzer.unfinished_words(text):
                words = islice(self._reader.expand_prefix("title_words", beginning), MAX_COMPLETIONS)
                if terms := tuple(("title_words", word.decode()) for word in words):
                    return terms
        return ()

    def _read_impacts(self, terms: tuple[Term, ...]) -> "tuple[array[int], array[float]]":
        """Return the documents with any of the terms, which count as one word, and what each earns by it."""
        frequencies: defaultdict[int, float] = defaultdict(float)
        with self._one_reader, _damage_reported():
            for (field, token), (segment, offset, columns) in product(terms, self._segments):
                lengths, average = columns.lengths[field], self._average_lengths[field]
                for document, frequency in _postings(segment, field, token):
                    frequencies[offset + document] += _FIELDS[field].weighed(
                        frequency, relative_length=lengths[document] / average
                    )
        rarity = ranking.idf(self._reader.doc_count(), matching=len(frequencies))
        impacts = (rarity * ranking.saturated(frequency) for frequency in frequencies.values())
        return array("L", frequencies), array("d", impacts)


@contextmanager
def _damage_reported() -> Iterator[None]:
    """Turn whatever a missing or damaged file makes Whoosh raise into the one error callers know."""
    try:
        yield
    except IndexUnavailableError:
        raise
    except Exception as error:
        raise IndexUnavailableError("The search index cannot be read; rebuild it.") from error


def _tokens(query: Query) -> list[str]:
    return list(dict.fromkeys(analyzer.tokens(query.text[:MAX_QUERY_CHARACTERS])))[:MAX_QUERY_TOKENS]


def _fields(document: IndexedDocument) -> dict[str, object]:
    facets = document.kind, document.language, sorted(document.audience)
    return {
        "key": document.key,
        "title": analyzer.tokens(document.title),
        "body": analyzer.tokens(document.body),
        "title_words": analyzer.written_words(document.title),
        "entry": (document.key, document.group, facets),
    }


def _delete(writer: IndexWriter, keys: Iterable[str]) -> None:
    with writer.reader() as reader:
        for key in keys:
            for document, _ in _postings(reader, "key", key):
                writer.delete_document(document)


def _postings(reader: IndexReader, field: str, token: str) -> Iterator[tuple[int, float]]:
    """Yield the numbers of the documents with a token in a field and how often it is there."""
    if (field, token) in reader:
        matcher = reader.postings(field, token)
        while matcher.is_active():
            yield matcher.id(), matcher.weight()
            matcher.next()


def _read_columns(segment: IndexReader) -> _Columns:
    numbers = range(segment.doc_count_all())
    known: dict[ranking.Facets, ranking.Facets] = {}
    entries = []
    for number in numbers:
        key, group, (kind, language, audience) = segment.stored_fields(number)["entry"]
        facets = ranking.Facets(kind, language, frozenset(audience))
        entries.append(ranking.Entry(key, group, known.setdefault(facets, facets)))
    lengths = {field: [segment.doc_field_length(n, field) or 0 for n in numbers] for field in _FIELDS}
    return _Columns(entries, lengths)
