"""Intercom: what its API answers for articles, collections and internal articles, saved as JSON files."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from portal.imports.exports import Export, ExportedArticle, ExportedSection, language_of
from portal.imports.records import DataFile, Record, records_of
from portal.imports.source import Skipped

_ADDRESS: Final = re.compile(r"/articles/(?P<name>\d+)")
_LOCALE: Final = re.compile(r"/(?P<locale>[a-z]{2}(?:-[A-Za-z]{2})?)/articles/")
_LISTS: Final = ("articles", "internal_articles", "collections")

_Taker = Callable[[Export, Record, str], None]


def read(files: Iterable[DataFile], *, language: str) -> Export:
    """Read the answers of the API; `language` is that of texts which do not say theirs."""
    export = Export(address=_ADDRESS)
    for file in files:
        takers = [(take, item) for item in _items(file) if (take := _taker(item))]
        for take, item in takers:
            take(export, item, language)
        if not takers:
            export.skipped.append(Skipped(path=file.path, reason="not of a help center"))
    return export


def _items(file: DataFile) -> Iterator[Record]:
    """Yield the objects of an answer: a list, the parts of a search, or one."""
    for whole in records_of(file.path, file.content):
        data = whole.values.get("data") if whole.text("type") == "list" else whole.values
        for item in records_of(file.path, data):
            lists = [name for name in _LISTS if name in item.values]
            yield from (record for name in lists for record in item.records(name)) if lists else [item]


def _taker(item: Record) -> _Taker | None:
    """Return what to do with an object, None if it is of no use."""
    values = item.values
    if item.text("type") == "article":
        return _take_article
    if "owner_id" in values and "body" in values:
        return _take_internal_article
    return _take_collection if "parent_id" in values and "name" in values and "icon" in values else None


def _take_article(export: Export, item: Record, language: str) -> None:
    name = item.text("id")
    export.names[name] = f"article/{name}"
    parents = [item.text("parent_id"), *item.texts("parent_ids")]
    for locale, text in _translated(item, language):
        export.articles.append(
            ExportedArticle(
                key=f"article/{name}",
                path=f"{item.path}#{name}",
                locale=locale,
                title=text.text("title"),
                summary=text.text("description"),
                html=text.text("body"),
                section_key=next((f"collection/{parent}" for parent in parents if parent), None),
                position=item.number("order"),
                is_draft=text.text("state") != "published",
                url=text.text("url") or item.text("url"),
                dropped=_dropped(item),
            )
        )


def _take_internal_article(export: Export, item: Record, language: str) -> None:
    name = item.text("id")
    export.articles.append(
        ExportedArticle(
            key=f"internal/{name}",
            path=f"{item.path}#{name}",
            locale=item.text("locale") or language,
            title=item.text("title") or f"Internal article {name}",
            html=item.text("body"),
            audience="staff",
        )
    )


def _take_collection(export: Export, item: Record, language: str) -> None:
    said = {language_of(locale): text for locale, text in _translated(item, language)}
    export.sections.append(
        ExportedSection(
            key=f"collection/{item.text('id')}",
            names={code: text.text("name") for code, text in said.items()},
            descriptions={code: text.text("description") for code, text in said.items()},
            parent_key=f"collection/{item.text('parent_id')}" if item.text("parent_id") else None,
            position=item.number("order"),
        )
    )


def _translated(item: Record, language: str) -> Iterator[tuple[str, Record]]:
    """Yield what an object says by locale, that of its default first."""
    in_address = _LOCALE.search(item.text("url"))
    default = item.text("default_locale") or (in_address["locale"] if in_address else language)
    yield default, item
    translations = item.record("translated_content")
    for locale in translations.values:
        text = translations.record(locale)
        if locale != default and text.text("title", "name"):
            yield locale, text


def _dropped(item: Record) -> list[str]:
    statistics, tags = item.record("statistics"), item.record("tags")
    marks = {"tags": tags.records("tags"), "reactions": statistics.number("reactions")}
    further = {"further collections": len(item.texts("parent_ids")) > 1}
    return [name for name, value in (marks | further).items() if value]
