"""phpMyFAQ: what its API answers, the JSON that it exports, or the CSV that it imports.

A question is an article; its translations share its number.
"""

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from portal.imports.exports import Export, ExportedArticle, ExportedSection, language_of
from portal.imports.records import DataFile, Record, records_of
from portal.imports.source import Problem, Skipped

_ADDRESS: Final = re.compile(
    r"(?:/content/\d+/(?=\d+/[\w-]+/[^/?]+\.html)|[?&]action=(?:faq|artikel)&(?:[^#]*&)?(?:id|artid)=)"
    r"(?P<name>\d+)"
)
_COLUMNS: Final = (
    *("category_id", "question", "answer", "keywords", "lang"),
    *("author", "email", "active", "sticky"),
)
_OFF: Final = {"false", "no", "n", "0"}
_ALWAYS: Final = {"", "00000000000000", "99991231235959"}


def read(files: Iterable[DataFile], *, language: str) -> Export:
    """Read what phpMyFAQ hands out; `language` is that of texts which do not say theirs."""
    return _Reading(files, language).export


class _Reading:
    """The questions and categories of an export, which may name each other in any order."""

    def __init__(self, files: Iterable[DataFile], language: str) -> None:
        self.export = Export(address=_ADDRESS)
        self._language = language
        self._faqs: list[Record] = []
        self._categories: defaultdict[str, list[Record]] = defaultdict(list)
        self._category_of: dict[str, str] = {}
        self._paths: dict[str, list[str]] = {}
        self._names: dict[str, dict[str, str]] = {}
        for file in files:
            if not [None for item in self._items(file) if self._take(item)]:
                self.export.skipped.append(Skipped(path=file.path, reason="not a list of questions"))
        self.export.sections += [self._section(name, said) for name, said in self._categories.items()]
        self.export.articles += [self._article(item) for item in self._faqs]
        self.export.sections += _named_sections(self._names)

    def _items(self, file: DataFile) -> Iterator[Record]:
        if file.path.lower().endswith(".csv"):
            yield from self._rows(file)
            return
        for whole in records_of(file.path, file.content):
            if "faq" in whole.values:
                faq = whole.record("faq").values
                yield Record(file.path, {**faq, "answer": html.unescape(str(faq.get("answer", "")))})
            else:
                yield from whole.records("data") if "data" in whole.values else [whole]

    def _rows(self, file: DataFile) -> Iterator[Record]:
        for number, row in enumerate(file.content if isinstance(file.content, list) else [], 1):
            if len(row) == len(_COLUMNS):
                values = dict(zip(_COLUMNS, row, strict=True))
                digest = hashlib.sha256(f"{row[0]}\n{row[1]}".encode()).hexdigest()
                yield Record(file.path, {**values, "id": digest[:16]})
            elif row:
                message = f"row has {len(row)} cells instead of {len(_COLUMNS)}"
                self.export.problems.append(Problem(path=file.path, line=number, message=message))

    def _take(self, item: Record) -> bool:
        """Keep an object that is a question, a category or a question's place; tell whether it is."""
        name = item.text("id", "record_id")
        if item.text("category_id"):
            self._category_of.setdefault(name, item.text("category_id"))
        if name and item.text("question", "title") and {"answer", "content"} & item.values.keys():
            self._faqs.append(item)
        elif "parent_id" in item.values and item.text("name"):
            self._categories[name].append(item)
        else:
            return "record_id" in item.values
        return True

    def _section(self, name: str, said: list[Record]) -> ExportedSection:
        parent = said[0].text("parent_id")
        return ExportedSection(
            key=f"category/{name}",
            names={self._code(item): item.text("name") for item in said},
            descriptions={self._code(item): item.text("description") for item in said},
            parent_key=f"category/{parent}" if parent not in {"", "0"} else None,
            position=list(self._categories).index(name),
        )

    def _article(self, item: Record) -> ExportedArticle:
        name = item.text("id")
        self.export.names[name] = f"faq/{name}"
        return ExportedArticle(
            key=f"faq/{name}",
            path=f"{item.path}#{name}",
            locale=item.text("lang", "language") or self._language,
            title=html.unescape(item.text("question", "title")),
            html=item.text("answer", "content"),
            section_key=self._section_of(item),
            position=len(self.export.names),
            is_draft=item.text("status") not in {"", "published"} or item.text("active") in _OFF,
            url=item.text("link"),
            dropped=_dropped(item),
        )

    def _section_of(self, item: Record) -> str | None:
        """Return the section of a question; by the names of categories, if that is all there is to go by.

        The names in the language that comes first make its key, in every language.
        """
        if number := self._category_of.get(item.text("id")):
            return f"category/{number}"
        names = [name for part in item.text("category").split(">>") if (name := part.strip())]
        path = self._paths.setdefault(item.text("id"), names)
        for key, name in zip(accumulate(path, "{}/{}".format), names, strict=False):
            self._names.setdefault(f"category/{key}", {}).setdefault(self._code(item), name)
        return f"category/{'/'.join(path)}" if path else None

    def _code(self, item: Record) -> str:
        return language_of(item.text("lang", "language") or self._language)


def _named_sections(names: Mapping[str, Mapping[str, str]]) -> Iterator[ExportedSection]:
    for position, (key, said) in enumerate(names.items()):
        parent = key.rpartition("/")[0]
        yield ExportedSection(
            key=key, names=said, parent_key=parent if parent in names else None, position=position
        )


def _dropped(item: Record) -> list[str]:
    is_timed = {item.text("dateStart"), item.text("dateEnd")} - _ALWAYS
    marks = {
        "keywords": item.text("keywords"),
        "mark as sticky": item.is_true("sticky"),
        "dates of publication": is_timed,
    }
    return [name for name, value in marks.items() if value]
