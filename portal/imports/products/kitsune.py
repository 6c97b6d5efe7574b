"""Kitsune, the software of support.mozilla.org: articles as its API answers them, one a line or a file."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from portal.imports.exports import Export, ExportedArticle, ExportedSection
from portal.imports.records import DataFile, Record, records_of
from portal.imports.sections import name_of
from portal.imports.source import Skipped

_ADDRESS: Final = re.compile(r"^/(?:[\w-]+/)?kb/(?P<name>[^/?#]+)")


def read(files: Iterable[DataFile], *, language: str) -> Export:
    """Read articles; `language` is that of texts which do not say theirs.

    A translation has the slug of its original, or names that as its parent.
    """
    export = Export(address=_ADDRESS)
    sections: dict[str, dict[str, str]] = {}
    for file in files:
        items = [item for item in _items(file) if "html" in item.values]
        if not items:
            export.skipped.append(Skipped(path=file.path, reason="has no articles"))
        for item in items:
            article = _article(item, language, position=len(export.articles))
            export.articles.append(article)
            export.names[item.text("slug")] = article.key
            if article.section_key:
                names = sections.setdefault(article.section_key, {})
                names.setdefault(article.language, name_of(article.section_key))
    for position, (key, names) in enumerate(sections.items()):
        export.sections.append(ExportedSection(key=key, names=names, position=position))
    return export


def _items(file: DataFile) -> Iterator[Record]:
    for whole in records_of(file.path, file.content):
        yield from whole.records("results") or [whole]


def _article(item: Record, language: str, *, position: int) -> ExportedArticle:
    slug = item.text("slug")
    topics = item.texts("topics")
    return ExportedArticle(
        key=f"kb/{_parent(item) or slug}",
        path=f"{item.path}#{slug}",
        locale=item.text("locale") or language,
        title=item.text("title"),
        summary=item.text("summary"),
        html=item.text("html"),
        section_key=f"topic/{topics[0]}" if topics else None,
        position=position,
        url=item.text("url"),
        dropped=[
            *(["further topics"] if len(topics) > 1 else []),
            *(["products"] if item.texts("products") else []),
        ],
    )


def _parent(item: Record) -> str:
    """Return the slug of the article that one translates; empty for an original."""
    inside = item.record("parent").text("slug")
    address = _ADDRESS.search(item.text("parent"))
    return inside or (address["name"] if address else item.text("parent_slug"))
