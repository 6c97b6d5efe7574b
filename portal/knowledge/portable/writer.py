"""Writes an export: the files first, and last the manifest that makes them one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from portal.core.batches import batches
from portal.core.db import begin_reading
from portal.files.models import StoredFile
from portal.files.rules import place_of
from portal.knowledge.portable import gather, guide, pages
from portal.knowledge.portable.folder import ExportFolder
from portal.knowledge.portable.gather import WholeArticle
from portal.knowledge.portable.layout import GUIDE, SECTIONS, SNIPPETS, TEMPLATES, Layout
from portal.knowledge.portable.links import relinked
from portal.knowledge.portable.manifest import Manifest, state_of
from portal.knowledge.portable.parts import PortableArticle, PortableShared

_BATCH: Final = 100


@dataclass(kw_only=True, slots=True)
class Exported:
    """What was written, and what could not be; `newer_drafts` counts those that were left out."""

    articles: int = 0
    texts: int = 0
    sections: int = 0
    snippets: int = 0
    templates: int = 0
    files: int = 0
    newer_drafts: int = 0
    problems: list[str] = field(default_factory=list)


class Export:
    """The knowledge base on its way into a folder."""

    def __init__(self, session: Session, folder: ExportFolder, *, uploads: Path) -> None:
        self._session = session
        self._folder = folder
        self._uploads = uploads
        begin_reading(session)
        self._names = gather.names_of(session)
        self._sections = gather.sections_of(session, self._names)
        self._shared = {
            SNIPPETS: gather.snippets_of(session, self._names),
            TEMPLATES: gather.templates_of(session, self._names),
        }
        self._articles = gather.article_names_of(session, self._names)
        self._files = self._used_files()
        self._layout = self._laid_out()
        self._states: dict[str, str] = {}
        self.told = Exported(
            articles=len(self._articles),
            texts=len(self._layout.texts),
            sections=len(self._sections),
            snippets=len(self._shared[SNIPPETS]),
            templates=len(self._shared[TEMPLATES]),
            files=len(self._files),
            newer_drafts=gather.count_newer_drafts(session),
        )

    def write(self, advance: Callable[[int], object]) -> None:
        """Write everything; `advance` is told how many texts are done.

        Raises:
            InvalidError: something in the folder is in the way.
        """
        self._folder.begin(self._layout.paths)
        self._folder.write(GUIDE, guide.TEXT)
        self._write_sections()
        for folder, items in self._shared.items():
            for item in items:
                self._write_shared(folder, item)
        ids = [article.article_id for article in self._articles]
        for some in batches(ids, _BATCH):
            for whole in gather.articles_of(self._session, self._names, some):
                self._write_article(whole)
                advance(len(whole.texts))
        for file in self._files:
            self._write_file(file)
        self._folder.finish(Manifest(paths=self._layout.paths, texts=self._layout.keys, states=self._states))

    def _used_files(self) -> list[StoredFile]:
        bodies = (body for items in self._shared.values() for item in items for body in item.bodies.values())
        keys = {key for body in bodies for key in gather.files_in(body)}
        keys.update(gather.files_in_articles(self._session, self._names))
        return list(gather.stored_files(self._session, keys))

    def _laid_out(self) -> Layout:
        layout = Layout()
        layout.add_sections(section.slug for section in self._sections)
        layout.add_articles(self._articles)
        for folder, items in self._shared.items():
            layout.add_shared(folder, {item.name: item.bodies for item in items})
        for file in self._files:
            layout.add_file(file.key, file.name)
        return layout

    def _write_sections(self) -> None:
        self._folder.write(SECTIONS, pages.sections_file(self._sections, folders=self._layout.folders))
        self._states |= {state_of("section", section.slug): section.state for section in self._sections}

    def _write_shared(self, folder: str, item: PortableShared) -> None:
        for language, body in item.bodies.items():
            path = self._layout.shared[f"{folder}/{item.name}", language]
            self._folder.write(path, pages.shared_file(item.name, self._relative(body, path, language)))
        self._states[state_of(folder, item.name)] = item.state

    def _write_article(self, whole: WholeArticle) -> None:
        self._states.update(whole.states())
        for text in whole.texts:
            path = self._layout.texts[text.key, text.language]
            article = self._with_paths(whole.article, path) if text is whole.texts[0] else None
            linked = replace(text, body=self._relative(text.body, path, text.language))
            self._folder.write(path, pages.text_file(linked, article))

    def _with_paths(self, article: PortableArticle, path: str) -> PortableArticle:
        return replace(
            article,
            see_also=tuple(self._layout.way_to(key, path=path) for key in article.see_also),
            merged_into=self._layout.way_to(article.merged_into, path=path) if article.merged_into else "",
        )

    def _relative(self, body: str, path: str, language: str) -> str:
        return relinked(body, lambda url: self._layout.relative(url, path=path, language=language))

    def _write_file(self, file: StoredFile) -> None:
        try:
            content = place_of(file, self._uploads).read_bytes()
        except OSError as error:
            self.told.problems.append(f"/files/{file.key}: cannot be read from storage: {error.strerror}")
        else:
            self._folder.write(self._layout.files[file.key], content)
