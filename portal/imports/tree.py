"""Reads a folder of help articles: from its files to sections, articles and images."""

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.imports.conversion.convert import convert, finished
from portal.imports.conversion.headings import Outline, anchors
from portal.imports.conversion.page import Page
from portal.imports.folder import IMAGE_SUFFIXES, File, Folder, UnreadableError
from portal.imports.formats import Format, format_named
from portal.imports.links import Addressed, resolve
from portal.imports.matter import Matter, MatterError, split_matter
from portal.imports.navigation import Navigation, by_navigation, read_navigation
from portal.imports.resolver import FolderResolver
from portal.imports.sections import Category, Entry, Structure, by_folder, is_index, joined, name_of
from portal.imports.source import Problem, Skipped, SourceArticle, SourceImage, SourceTree

_MOST_TITLE_CHARACTERS: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """A file that has been read and outline, before its links are known to lead anywhere."""

    key: str
    title: str
    matter: Matter
    outline: Outline
    anchors: tuple[str, ...]
    page: Page


def read_tree(directory: Path, *, language: str, format: str = "auto") -> SourceTree:  # noqa: A002  # As the command's option.
    """Read all articles in a folder that is in one language; whatever is wrong in it is reported, not raised.

    Raises:
        InvalidError: the folder or the format does not exist.
    """
    if not directory.is_dir():
        raise InvalidError(N_("%(path)s is not a folder."), path=directory)
    kind = format_named(format, directory)
    folder = Folder(directory, language=language)
    reading = _Reading(folder, kind)
    for file in folder.files():
        reading.read(file)
    navigation = read_navigation(folder, language=language) if kind.has_navigation else Navigation()
    structure = reading.structure(navigation)
    articles, images = reading.finish(structure, navigation, language)
    pages = [draft.page for draft in reading.drafts.values()]
    return SourceTree(
        format=kind.name,
        sections=tuple(structure.sections),
        articles=tuple(articles),
        images=tuple(images),
        problems=(*folder.problems, *(problem for page in pages for problem in page.problems)),
        dropped=tuple(dropped for page in pages for dropped in page.dropped),
        skipped=tuple(reading.skipped),
    )


class _Reading:
    """The reading of one folder."""

    def __init__(self, folder: Folder, kind: Format) -> None:
        self.drafts: dict[str, _Draft] = {}
        self.skipped: list[Skipped] = []
        self._folder = folder
        self._kind = kind
        self._names: dict[str, Entry] = {}
        self._categories: dict[str, Category] = {}

    def read(self, file: File) -> None:
        """Take in a file, whatever it is."""
        stem, suffix = posixpath.splitext(file.path)
        name = posixpath.basename(stem)
        try:
            if name == "_category_":
                self._categories[posixpath.dirname(file.path)] = _category(
                    self._folder.read_text(file.location)
                )
            elif suffix.lower() not in self._kind.suffixes:
                if suffix.lower() not in IMAGE_SUFFIXES:
                    self._skip(file, "not an article")
            elif name.startswith("_") and not is_index(stem):
                self._skip(file, "part of other articles")
            elif stem in self.drafts:
                self._fail(file, None, f"second file for the article {stem}")
            else:
                self._article(file, stem)
        except (UnreadableError, MatterError) as error:
            self._fail(file, error.line, str(error))

    def structure(self, navigation: Navigation) -> Structure:
        """Return the sections: the navigation's, and folders for what it does not name."""
        prefix = self._folder.prefix
        named, missing = by_navigation(navigation, set(self.drafts), prefix=prefix)
        for page in missing:
            self._missing(navigation.path, page)
        entries = [_entry(draft) for draft in self.drafts.values() if draft.key not in named.places]
        return joined(named, by_folder([*entries, *self._names.values()], self._categories))

    def finish(
        self, structure: Structure, navigation: Navigation, language: str
    ) -> tuple[list[SourceArticle], list[SourceImage]]:
        """Return the articles with their links in place, and the images that they show."""
        elsewhere = (posixpath.splitext(path)[0] for path in self._folder.files_in_other_languages())
        addressed = [_addressed(draft) for draft in self.drafts.values()]
        resolver = FolderResolver(self._folder, addressed, navigation, elsewhere)
        articles: list[SourceArticle] = []
        images: dict[str, SourceImage] = {}
        for draft in self.drafts.values():
            linked = resolve(draft.outline.body, draft.page, article=draft.key, resolver=resolver)
            images |= {image.path: image for image in linked.images}
            section, position = structure.places[draft.key]
            articles.append(
                SourceArticle(
                    key=draft.key,
                    path=draft.page.path,
                    language=language,
                    title=draft.title,
                    summary=draft.matter.summary,
                    body=finished(linked.body, draft.page),
                    section_key=section,
                    position=position,
                    is_draft=draft.matter.is_draft,
                    audience=draft.matter.audience,
                    anchors=draft.anchors,
                    links=linked.articles,
                    images=tuple(image.path for image in linked.images),
                )
            )
        return articles, list(images.values())

    def _article(self, file: File, key: str) -> None:
        text = self._folder.read_text(file.location)
        if not text.strip():
            raise UnreadableError("file is empty")
        matter, body, first_line = split_matter(text)
        page = Page(file.path, first_line)
        outline = self._converted(body, page, matter.title)
        has_text = bool(outline.body.strip())
        if not has_text and matter.title and is_index(key):
            self._names[key] = Entry(
                key=key, title=matter.title, summary=matter.summary, position=matter.position
            )
            self._skip(file, "names its section and has no text")
            return
        if not has_text:
            page.problem(None, "article has no text")
        title = outline.title or name_of(key) or name_of(self._folder.product.name)
        self.drafts[key] = _Draft(
            key=key,
            title=title[:_MOST_TITLE_CHARACTERS],
            matter=matter,
            outline=outline,
            anchors=anchors(outline.headings),
            page=page,
        )

    def _converted(self, body: str, page: Page, title: str) -> Outline:
        kind = self._kind
        try:
            return convert(
                kind.prepare(body, page), page, title=title, is_mdx=kind.is_mdx, passes=kind.passes
            )
        except RecursionError:
            raise UnreadableError("text is nested too deeply") from None

    def _missing(self, path: str, page: str) -> None:
        if " " in page:
            self.skipped.append(Skipped(path=path, reason=f"{page}: made from an API description"))
        else:
            self._folder.problems.append(
                Problem(path=path, line=None, message=f"no file for the page {page}")
            )

    def _skip(self, file: File, reason: str) -> None:
        self.skipped.append(Skipped(path=file.path, reason=reason))

    def _fail(self, file: File, line: int | None, message: str) -> None:
        self._folder.problems.append(Problem(path=file.path, line=line, message=message))
        self._skip(file, message)


def _entry(draft: _Draft) -> Entry:
    matter = draft.matter
    return Entry(key=draft.key, title=draft.title, summary=matter.summary, position=matter.position)


def _addressed(draft: _Draft) -> Addressed:
    return Addressed(key=draft.key, slug=draft.matter.slug, outline=draft.outline, anchors=draft.anchors)


def _category(text: str) -> Category:
    """Read a `_category_` file, JSON or YAML.

    Raises:
        UnreadableError: it is neither.
    """
    try:
        values = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise UnreadableError(f"category cannot be read: {error}") from error
    label = values.get("label") if isinstance(values, Mapping) else None
    position = values.get("position") if isinstance(values, Mapping) else None
    return Category(
        label if isinstance(label, str) else "",
        float(position) if isinstance(position, int | float) else None,
    )
