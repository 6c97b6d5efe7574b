"""How postings lie in Whoosh's files, and the only file that knows Whoosh.

Each list is two arrays, read and written at once. Whoosh itself writes blocks of 128 tuples and reads them
one by one, which costs a microsecond of Python for every document of every word.
"""

import warnings
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from portal.search.segments import Columns, Entry, Postings

with warnings.catch_warnings():  # Whoosh is older than these, which arise whenever it is compiled anew.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    from whoosh.codec.base import Segment
    from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PostingsWriter, W3TermInfo
    from whoosh.fields import COLUMN, STORED, FieldType, Schema
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import BufferFile, StructFile
    from whoosh.formats import Existence
    from whoosh.index import FileIndex, create_in
    from whoosh.matching import ListMatcher
    from whoosh.reading import SegmentReader, TermNotFound
    from whoosh.util.filelock import FileLock, try_for
    from whoosh.writing import SegmentWriter

MOST_OFTEN: Final = 255
"""Occurrences of a word in a title or a body that are counted; BM25 hardly sees more than ten."""

_NUMBER_BYTES: Final = 4
_ENTRY_BYTES: Final = 6
"""Bytes of a document's number, and of that with the counts."""

REMEMBERED: Final = 8192
"""Posting lists of a segment that are kept; together they are never larger than the segment's own."""

WHOLE_BYTES: Final = 1 << 24
"""Size up to which a file is read whole."""

_Lists = tuple["array[int]", "array[int]"]
"""The numbers of the documents that have a token, ascending, and how often each has it."""


class Counts(FieldType):
    """A field of tokens with how often each occurs in the title and in the body."""

    def __init__(self) -> None:
        super().__init__(format=Existence(), analyzer=None)

    def index(
        self, value: tuple[Mapping[str, int], Mapping[str, int]], **_options: object
    ) -> Iterator[tuple[bytes, int, int, None]]:
        """Yield tokens in the form that writers take, their two counts as one number."""
        title, body = value
        for token in title.keys() | body.keys():
            counts = (min(part.get(token, 0), MOST_OFTEN) for part in (title, body))
            yield token.encode(), 1, int.from_bytes(counts), None


SCHEMA: Final = Schema(
    entry=STORED,
    text=COLUMN(),
    words=Counts(),
    grams=Counts(),
    title_words=Counts(),
    author=Counts(),
    tags=Counts(),
    written=Counts(),
)


@contextmanager
def locked(path: Path, *, patience_seconds: float) -> Iterator[bool]:
    """Hold a lock between processes, or tell that another process would not let go of it."""
    lock = FileLock(path)
    is_held = try_for(lock.acquire, timeout=patience_seconds)
    try:
        yield is_held
    finally:
        if is_held:
            lock.release()


def created_in(directory: Path) -> FileIndex:
    """Return a new index, empty."""
    directory.mkdir()
    return create_in(directory, SCHEMA)


class State(NamedTuple):
    """What was last committed: the segments, with the documents that were taken out of each."""

    generation: int
    segments: dict[str, "StoredSegment"]
    removed: list[list[int]]


def index_in(directory: Path) -> FileIndex:
    """Return the index in a directory."""
    return FileIndex(WholeFiles(directory))


def state_of(index: FileIndex, known: Mapping[str, "StoredSegment"]) -> State:
    """Read what was last committed, but for the segments that are known."""
    contents = index._read_toc()  # noqa: SLF001  # Readers do not tell which documents were taken out.
    names = [segment.segment_id() for segment in contents.segments]
    segments = {
        name: known.get(name) or StoredSegment(index.storage, segment)
        for name, segment in zip(names, contents.segments, strict=True)
    }
    return State(contents.generation, segments, [list(one.deleted_docs()) for one in contents.segments])


def writer_of(index: FileIndex) -> SegmentWriter:
    """Return a writer that puts postings into arrays."""
    writer = SegmentWriter(index, codec=ArrayCodec(), compound=False)
    writer.pool = _Pool()
    return writer


class _Pool:
    """Collects the postings of a segment, by field and token."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, bytes], _Lists] = {}

    def add(self, item: tuple[str, bytes, int, float, bytes | None]) -> None:
        """Take one posting; those of a token come in the order of documents."""
        field, token, number, counts, _ = item
        found = self._lists.get((field, token))
        if found is None:
            found = self._lists[field, token] = array("I"), array("H")
        found[0].append(number)
        found[1].append(int(counts))

    def iter_postings(self) -> Iterable[tuple[tuple[str, bytes], _Lists]]:
        """Return the lists by field and token."""
        return sorted(self._lists.items())

    def cleanup(self) -> None:
        """Do nothing: there are no temporary files."""


class _FieldWriter(W3FieldWriter):
    def add_postings(
        self, schema: Schema, _lengths: object, items: Iterable[tuple[tuple[str, bytes], _Lists]]
    ) -> None:
        """Write the lists of all fields."""
        current = None
        for (field, token), lists in items:
            if field != current:
                current = field
                self.start_field(field, schema[field])
            self.start_term(token)
            self._postwriter.take(*lists)
            self.finish_term()


class _ListWriter(W3PostingsWriter):
    def take(self, numbers: "array[int]", counts: "array[int]") -> None:
        """Hold a whole list as the one block to be written."""
        self._ids, self._weights = numbers, counts

    def _write_block(self, last: bool = False) -> None:  # noqa: FBT001, FBT002  # Whoosh's own signature.
        self._terminfo.add_block(self)
        self._postfile.write(self._ids.tobytes() + self._weights.tobytes())
        self._new_block()


def _list_of(term: W3TermInfo, file: StructFile) -> Postings:
    """Read the list of a term."""
    place, _ = term.extent()
    size = term.doc_frequency()
    content = file.get(place, size * _ENTRY_BYTES)
    return np.frombuffer(content, np.uintc, size), np.frombuffer(
        content, np.ushort, size, size * _NUMBER_BYTES
    )


class ArrayCodec(W3Codec):
    """Whoosh's own way to keep an index, but for the postings."""

    length_stats = False

    def field_writer(self, storage: object, segment: object) -> W3FieldWriter:
        """Return what writes the terms and their lists."""
        return _FieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: object, byteids: bool = False) -> W3PostingsWriter:  # noqa: FBT001, FBT002
        """Return what writes the lists."""
        return _ListWriter(dbfile, self._blocklimit, byteids)

    def postings_reader(
        self,
        dbfile: StructFile,
        terminfo: W3TermInfo,
        format_: object,
        term: object = None,
        scorer: object = None,
    ) -> ListMatcher:
        """Return what reads a list when segments are merged."""
        numbers, counts = _list_of(terminfo, dbfile)
        return ListMatcher(numbers.tolist(), counts.tolist(), None, format_)


class WholeFiles(FileStorage):
    """Reads files whole: a memory map would crash the process if its file were cut short meanwhile.

    Very large ones are read piece by piece, so that they do not have to be in the memory of each process.
    """

    def open_file(self, name: str, **_options: object) -> StructFile:
        """Return a file's present content."""
        path = Path(self.folder, name)
        if path.stat().st_size > WHOLE_BYTES:
            return StructFile(path.open("rb"), name=name)
        return BufferFile(path.read_bytes(), name=name)


class StoredSegment:
    """A segment as it was written, whatever was taken out of it later."""

    def __init__(self, storage: FileStorage, segment: Segment) -> None:
        whole = copy(segment)
        whole._deleted = None  # noqa: SLF001  # Else Whoosh filters each list by what is deleted today.
        self._reader = SegmentReader(storage, SCHEMA, whole)
        self._terms = self._reader.codec().terms_reader(storage, whole)
        self._lists = whole.open_file(storage, W3Codec.POSTS_EXT)
        self._texts = self._reader.column_reader("text")
        numbers = range(whole.doc_count_all())
        self.postings = lru_cache(maxsize=REMEMBERED)(self._read_postings)
        self.columns = Columns.of([Entry(*self._reader.stored_fields(number)["entry"]) for number in numbers])

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The numbers of documents by their keys."""
        return {key: number for number, key in enumerate(self.columns.keys)}

    @cached_property
    def written(self) -> frozenset[str]:
        """The words that are written just so in a document, or in one that was taken out."""
        return frozenset(word.decode() for word in self._reader.lexicon("written"))

    def _read_postings(self, field: str, token: str) -> Postings | None:
        try:
            return _list_of(self._terms.term_info(field, token.encode()), self._lists)
        except TermNotFound:
            return None

    def tokens_from(self, field: str, beginning: str) -> Iterator[str]:
        """Yield the tokens of a field with a beginning."""
        return (word.decode() for word in self._reader.expand_prefix(field, beginning))

    def text(self, number: int) -> str:
        """Return a document's title and body, folded."""
        return zlib.decompress(self._texts[number]).decode()
