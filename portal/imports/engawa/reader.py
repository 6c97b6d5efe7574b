"""Reads the folder of an export; whatever is wrong in it is told with file and line, and the rest is read."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.imports.engawa.links import Links
from portal.imports.engawa.tree import ExportTree, Found, FoundArticle
from portal.imports.folder import File, Folder, UnreadableError
from portal.imports.source import Dropped, Problem, Skipped
from portal.knowledge.portable import fields, pages
from portal.knowledge.portable.fields import Fields, MalformedError
from portal.knowledge.portable.layout import (
    ARTICLES,
    FILES,
    GUIDE,
    MANIFEST,
    SECTIONS,
    SNIPPETS,
    TEMPLATES,
    UNFINISHED,
)
from portal.knowledge.portable.manifest import Manifest
from portal.knowledge.portable.parts import PortableArticle, PortableSection, PortableShared, PortableText

_TEXT: Final = re.compile(rf"{ARTICLES}/(?P<folder>[^/]+)/(?P<stem>[^/]+)\.(?P<language>[a-z]{{2}})\.md")
_SHARED: Final = re.compile(
    rf"(?P<folder>{SNIPPETS}|{TEMPLATES})/(?P<stem>[^/]+)\.(?P<language>[a-z]{{2}})\.md"
)
_NOT_READ: Final = frozenset({MANIFEST, UNFINISHED, GUIDE, SECTIONS})


_Way = tuple[str, str]
"""The folder and the name that files of one thing in several languages share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """A file of Markdown: its front matter, its body, and how many lines are before that."""

    path: str
    language: str
    fields: Fields
    body: str
    before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """An article before its links are known to lead anywhere; `rank` is its place among all."""

    key: str
    way: _Way
    about: Found[PortableArticle] | None
    rank: tuple[object, ...]


def read_export(directory: Path) -> ExportTree:
    """Read an export.

    Raises:
        InvalidError: it is none, or was not finished.
    """
    folder, manifest = Folder(directory, language=""), directory / MANIFEST
    if (directory / UNFINISHED).exists() or folder.leaves(MANIFEST) or not manifest.is_file():
        raise InvalidError(N_("%(path)s holds no whole export. Export again."), path=directory)
    return _Reading(folder, Manifest.of(manifest.read_text(encoding="utf-8"))).tree()


class _Reading:
    """The reading of one export."""

    def __init__(self, folder: Folder, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._dropped: list[Dropped] = []
        self._skipped: list[Skipped] = []
        self._paths: set[str] = set()
        self._texts: dict[_Way, list[_Page]] = {}
        self._shared: dict[_Way, list[_Page]] = {}
        for file in folder.files():
            self._take(file)
        self._folders: dict[str, str] = {}
        self._sections = self._read_sections()

    def tree(self) -> ExportTree:
        """Return what was read."""
        drafts = list(self._drafts())
        links = Links(
            self._folder,
            articles={
                page.path: (draft.key, page.language) for draft in drafts for page in self._texts[draft.way]
            },
            sections={f"{ARTICLES}/{folder}": slug for folder, slug in self._folders.items()},
        )
        articles = tuple(self._article(draft, links) for draft in drafts)
        shared = {kind: tuple(self._shared_of(kind, links)) for kind in (SNIPPETS, TEMPLATES)}
        return ExportTree(
            root=self._folder.root,
            sections=tuple(self._sections),
            articles=articles,
            shared=shared,
            files=links.files,
            states=self._manifest.states,
            missing=len(self._manifest.paths - self._paths),
            problems=tuple(self._folder.problems),
            dropped=tuple(self._dropped),
            skipped=tuple(self._skipped),
        )

    def _take(self, file: File) -> None:
        self._paths.add(file.path)
        for pattern, pages_by_way in ((_TEXT, self._texts), (_SHARED, self._shared)):
            if match := pattern.fullmatch(file.path):
                if page := self._page(file, match["language"]):
                    pages_by_way.setdefault((match["folder"], match["stem"]), []).append(page)
                return
        if file.path not in _NOT_READ and not file.path.startswith(f"{FILES}/"):
            self._skipped.append(Skipped(path=file.path, reason="not part of an export"))

    def _page(self, file: File, language: str) -> _Page | None:
        try:
            found, body, before = fields.split(self._folder.read_as_written(file.location))
        except (UnreadableError, MalformedError) as error:
            self._tell(file.path, error.line, str(error))
            return None
        return _Page(path=file.path, language=language, fields=found, body=body, before=before)

    def _read_sections(self) -> list[Found[PortableSection]]:
        """Return the sections, and know whose the folders are."""
        found: list[Found[PortableSection]] = []
        if SECTIONS not in self._paths:
            self._tell(SECTIONS, None, "file is missing")
            return found
        try:
            listed = fields.mappings_of(self._folder.read_as_written(self._folder.root / SECTIONS))
            self._walk(listed, None, found)
        except (UnreadableError, MalformedError) as error:
            self._tell(SECTIONS, error.line, str(error))
        for item in found:
            for slug in item.part.former_slugs:
                self._folders.setdefault(slug, item.part.slug)
        return found

    def _walk(
        self, listed: Iterable[Fields], parent: str | None, found: list[Found[PortableSection]]
    ) -> None:
        for values in listed:
            try:
                section = pages.section_of(values, parent=parent)
                below = values.records("sections")
                folder = values.text("folder") or section.slug
            except MalformedError as error:
                self._tell(SECTIONS, error.line, str(error))
                continue
            self._leave_out(SECTIONS, values, pages.SECTION_FIELDS)
            self._folders[folder] = section.slug
            found.append(Found(section, SECTIONS, values))
            self._walk(below, section.slug, found)

    def _drafts(self) -> Iterator[_Draft]:
        """Yield the articles, those with an earlier id first; a second one of the same key is left out."""
        known: dict[str, str] = {}
        drafts = [self._draft(way) for way in self._texts]
        for draft in sorted((item for item in drafts if self._texts[item.way]), key=lambda item: item.rank):
            path = self._texts[draft.way][0].path
            if (first := known.setdefault(draft.key, path)) is path:
                yield draft
            else:
                self._tell(path, None, f"says that it is the same article as {first}: take out id and key")

    def _draft(self, way: _Way) -> _Draft:
        about = self._about(way)
        keys = [key for page in self._texts[way] if (key := self._manifest.texts.get(page.path))]
        key = (about.part.key if about else "") or next(iter(keys), f"engawa/{'/'.join((ARTICLES, *way))}")
        number = about.part.number if about else None
        rank = (not keys, number is None, number or 0, way)
        return _Draft(key=key, way=way, about=about, rank=rank)

    def _about(self, way: _Way) -> Found[PortableArticle] | None:
        """Return what holds for an article in every language; None if no file says anything of it."""
        found: list[Found[PortableArticle]] = []
        for page in list(self._texts[way]):
            try:
                article = pages.article_of(page.fields, section=self._folders.get(way[0], ""))
            except MalformedError as error:
                self._tell(page.path, error.line, str(error))
                self._texts[way].remove(page)
                continue
            if article is not None:
                found.append(Found(article, page.path, page.fields))
        for other in found[1:]:
            if other.part != found[0].part:
                self._tell(other.path, 1, f"says otherwise of the article than {found[0].path}, which counts")
        return next(iter(found), None)

    def _article(self, draft: _Draft, links: Links) -> FoundArticle:
        about = draft.about and self._linked(draft.about, links)
        files = sorted(self._texts[draft.way], key=lambda page: about is None or page.path != about.path)
        texts = (self._text(page, draft.key, links) for page in files)
        section = self._folders.get(draft.way[0])
        return FoundArticle(draft.key, section, about, tuple(filter(None, texts)))

    def _linked(self, about: Found[PortableArticle], links: Links) -> Found[PortableArticle]:
        """Return the same with keys for the paths of other articles."""

        def keys(name: str) -> Iterator[str]:
            for value in about.fields.texts(name):
                if key := links.article(value.text, path=about.path):
                    yield key
                else:
                    self._tell(about.path, value.line, f"{name}: no article {value.text}")

        merged_into = next(keys("merged_into"), "")
        return replace(
            about, part=replace(about.part, see_also=tuple(keys("see_also")), merged_into=merged_into)
        )

    def _text(self, page: _Page, key: str, links: Links) -> Found[PortableText] | None:
        try:
            text = pages.text_of(page.fields, self._body(page, links), key=key, language=page.language)
        except MalformedError as error:
            self._tell(page.path, error.line, str(error))
            return None
        self._leave_out(page.path, page.fields, (*pages.TEXT_FIELDS, *pages.ARTICLE_FIELDS))
        return Found(text, page.path, page.fields)

    def _shared_of(self, kind: str, links: Links) -> Iterator[Found[PortableShared]]:
        """Yield the snippets, or the templates, in all their languages."""
        for (folder, stem), files in sorted(self._shared.items()):
            if folder != kind:
                continue
            first = files[0]
            bodies = {page.language: self._body(page, links) for page in files}
            try:
                names = {page.fields.text("name") or stem for page in files}
            except MalformedError as error:
                self._tell(first.path, error.line, str(error))
                continue
            if len(names) > 1:
                self._tell(first.path, 1, f"has another name in another language: {', '.join(sorted(names))}")
            else:
                yield Found(PortableShared(name=names.pop(), bodies=bodies), first.path, first.fields)

    def _body(self, page: _Page, links: Links) -> str:
        body, broken = links.body(page.body, path=page.path, language=page.language)
        for line, message in broken:
            self._tell(page.path, page.before + line + 1, message)
        return body

    def _leave_out(self, path: str, values: Fields, known: Collection[str]) -> None:
        for name in values.nodes:
            if name not in known:
                line = values.line_of(name)
                self._dropped.append(Dropped(path=path, line=line, construct=f"{name} in front matter"))

    def _tell(self, path: str, line: int | None, message: str) -> None:
        self._folder.problems.append(Problem(path=path, line=line, message=message))
