"""Zendesk Guide: what its Help Center API answers, saved as JSON files.

An answer holds `categories`, `sections`, `articles`, `translations` or `user_segments`; several pages of one
may lie side by side, and translations inside of what they translate.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from portal.imports.exports import Export, ExportedArticle, ExportedSection, language_of
from portal.imports.records import DataFile, Record
from portal.imports.source import Skipped

_ADDRESS: Final = re.compile(r"/hc/(?:[\w-]+/)?articles/(?P<name>\d+)")
_KINDS: Final = {
    "categories": "category",
    "sections": "section",
    "articles": "article",
    "translations": "translation",
    "user_segments": "user_segment",
}
_SEGMENT_LIMITS: Final = ("tags", "or_tags", "organization_ids", "group_ids", "added_user_ids")


def read(files: Iterable[DataFile], *, language: str) -> Export:
    """Read the answers of the API; `language` is that of texts which do not say theirs."""
    return _Reading(files, language).export


class _Reading:
    """The objects of an export by kind, and what is made of them."""

    def __init__(self, files: Iterable[DataFile], language: str) -> None:
        self._language = language
        self._found: defaultdict[str, list[Record]] = defaultdict(list)
        self.export = Export(address=_ADDRESS)
        for file in files:
            if not self._sort(file):
                self.export.skipped.append(Skipped(path=file.path, reason="not of a help center"))
        self._translations: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        for item in self._found["translation"]:
            self._translations[item.text("source_type").lower(), item.text("source_id")].append(item)
        self._segments = {item.text("id"): item for item in self._found["user_segment"]}
        for kind in ("category", "section"):
            self.export.sections += [self._section(kind, item) for item in self._found[kind]]
        for item in self._found["article"]:
            self.export.articles += self._articles(item)
            self.export.names[item.text("id")] = _key("article", item.text("id"))

    def _sort(self, file: DataFile) -> bool:
        whole = Record(file.path, file.content if isinstance(file.content, dict) else {})
        known = [
            (kind, name) for plural, kind in _KINDS.items() for name in (plural, kind) if name in whole.values
        ]
        for kind, name in known:
            self._found[kind] += whole.records(name)
        return bool(known)

    def _said(self, kind: str, item: Record) -> Sequence[Record]:
        """Return what an object says in each locale: its translations, or itself when it has none."""
        inside = item.records("translations")
        return inside or self._translations[kind, item.text("id")] or [item]

    def _section(self, kind: str, item: Record) -> ExportedSection:
        said = [(self._locale(text), text) for text in self._said(kind, item)]
        above = item.text("parent_section_id"), item.text("category_id")
        return ExportedSection(
            key=_key(kind, item.text("id")),
            names={language_of(locale): text.text("title", "name") for locale, text in said},
            descriptions={language_of(locale): text.text("body", "description") for locale, text in said},
            parent_key=_key("section", above[0])
            if above[0]
            else _key("category", above[1])
            if above[1]
            else None,
            position=item.number("position"),
        )

    def _articles(self, item: Record) -> Iterator[ExportedArticle]:
        audience, problems = self._audience(item)
        source = item.text("source_locale", "locale")
        said = sorted(self._said("article", item), key=lambda text: self._locale(text) != source)
        for text in said:
            locale = self._locale(text)
            yield ExportedArticle(
                key=_key("article", item.text("id")),
                path=f"{item.path}#{item.text('id')}",
                locale=locale,
                title=text.text("title", "name"),
                html=text.text("body"),
                section_key=_key("section", item.text("section_id")),
                position=item.number("position"),
                is_draft=text.is_true("draft") or text.is_true("hidden"),
                audience=audience,
                url=text.text("html_url") or item.text("html_url"),
                dropped=_dropped(item, text),
                problems=problems,
            )

    def _audience(self, item: Record) -> tuple[str, Sequence[str]]:
        """Return for whom an article is, and what is wrong; for staff alone if the export does not tell."""
        ids = item.texts("user_segment_ids") or [*filter(None, [item.text("user_segment_id")])]
        audiences = {_audience_of(self._segments.get(name)) for name in ids}
        if audiences <= {"signed-in", "staff"}:
            return "signed-in" if "signed-in" in audiences else next(iter(audiences), ""), ()
        return "staff", [f"user segment {', '.join(ids)} is not known here: for staff alone"]

    def _locale(self, text: Record) -> str:
        return text.text("locale") or self._language


def _audience_of(segment: Record | None) -> str:
    if segment is None or any(segment.values.get(name) for name in _SEGMENT_LIMITS):
        return "staff" if segment and segment.text("user_type") == "staff" else ""
    return {"signed_in_users": "signed-in", "staff": "staff"}.get(segment.text("user_type"), "")


def _dropped(item: Record, text: Record) -> Sequence[str]:
    marks: Mapping[str, object] = {
        "labels": item.texts("label_names"),
        "content tags": item.texts("content_tag_ids"),
        "votes": item.number("vote_count") or item.number("vote_sum"),
        "promotion": item.is_true("promoted"),
        "mark as outdated": text.is_true("outdated"),
        "attachments": item.records("attachments") or item.records("article_attachments"),
    }
    return [name for name, value in marks.items() if value]


def _key(kind: str, name: str) -> str:
    return f"{kind}/{name}"
