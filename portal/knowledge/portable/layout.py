"""Where things lie in an export: readable names in any script, none too long and none twice."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from portal.knowledge.portable.links import ANY_LANGUAGE, Target
from portal.web.slugs import slugify

MANIFEST: Final = "engawa-export.json"
UNFINISHED: Final = "engawa-export.unfinished"
GUIDE: Final = "README.md"
SECTIONS: Final = "sections.yaml"
ARTICLES, SNIPPETS, TEMPLATES, FILES = "articles", "snippets", "templates", "files"
LONGEST_BYTES: Final = 120
"""Of a name, without its ending: half of what file systems take, so that paths stay readable, too."""

_RESERVED: Final = frozenset(
    [
        "node_modules",
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
    ]
)
"""Names that some file systems, or the readers of folders, do not take."""
_NOT_IN_NAMES: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_NOT_IN_PATHS: Final = re.compile(r"[^\w./-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleName:
    """What the paths of an article are made of; `slug` is that of its source language, as is `language`."""

    key: str
    article_id: int
    section: str
    slug: str
    language: str
    languages: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class Layout:
    """The paths of an export: texts by key and language, folders of sections by slug, files by key.

    `sources` are the languages in which the articles were written first, by key.
    """

    folders: dict[str, str] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, str], str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> set[str]:
        """All files of the export but the manifest."""
        return {GUIDE, SECTIONS, *self.texts.values(), *self.shared.values(), *self.files.values()}

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the articles that files hold, by path."""
        return {path: key for (key, _language), path in self.texts.items()}

    def add_sections(self, slugs: Iterable[str]) -> None:
        """Give sections their folders."""
        taken: set[str] = set()
        for number, slug in enumerate(sorted(slugs)):
            self.folders[slug] = _free(shortened(slugify(slug)), taken, number)

    def add_articles(self, articles: Iterable[ArticleName]) -> None:
        """Give articles their files; of two with the same name, the later one gets its id as well."""
        taken: dict[str, set[str]] = {}
        for item in sorted(articles, key=lambda item: item.article_id):
            folder = self.folders[item.section]
            name = _free(shortened(slugify(item.slug)), taken.setdefault(folder, set()), item.article_id)
            self.sources[item.key] = item.language
            for language in item.languages:
                self.texts[item.key, language] = f"{ARTICLES}/{folder}/{name}.{language}.md"

    def add_shared(self, folder: str, languages: Mapping[str, Iterable[str]]) -> None:
        """Give snippets or templates, whose languages are given by name, their files."""
        taken: set[str] = set()
        for number, name in enumerate(sorted(languages)):
            stem = _free(shortened(slugify(name)), taken, number)
            for language in languages[name]:
                self.shared[f"{folder}/{name}", language] = f"{folder}/{stem}.{language}.md"

    def add_file(self, key: str, name: str) -> None:
        """Give a stored file its place; a part of its key keeps those of one name apart."""
        plain = unicodedata.normalize("NFC", _NOT_IN_NAMES.sub("-", name)).strip(" .") or "file"
        path = PurePosixPath(plain)
        self.files[key] = f"{FILES}/{shortened(path.stem)}-{key[:8]}{path.suffix[:12]}"

    def relative(self, url: str, *, path: str, language: str) -> str | None:
        """Return what a link in a file leads to, as a path from there; None if that is not in the export."""
        target = Target.of(url)
        if target is None:
            return None
        place, said = self._place(target, language)
        if place is None:
            return None
        way = posixpath.relpath(place, posixpath.dirname(path)) + ("/" if target.kind == "section" else "")
        return _NOT_IN_PATHS.sub(lambda part: quote(part[0], safe=""), way) + _with_language(
            target.rest, said
        )

    def way_to(self, key: str, *, path: str) -> str:
        """Return the path to an article from the folder of a file."""
        return posixpath.relpath(self.texts[key, self.sources[key]], posixpath.dirname(path))

    def _place(self, target: Target, language: str) -> tuple[str | None, str]:
        """Return the path of what a link leads to, and the language that the path does not tell."""
        if target.kind == "file":
            return self.files.get(target.name), ""
        if target.kind == "section":
            folder = self.folders.get(target.name)
            return folder and f"{ARTICLES}/{folder}", "" if target.language == language else target.language
        if own := self.texts.get((target.name, target.language)):
            return own, ""
        return self.texts.get((target.name, self.sources.get(target.name, ""))), target.language


def name_of_file(name: str, key: str) -> str:
    """Return what a file was called before it was exported."""
    path = PurePosixPath(name)
    return f"{path.stem.removesuffix(f'-{key[:8]}')}{path.suffix}"


def _with_language(rest: str, language: str) -> str:
    if not language:
        return rest
    query, mark, anchor = rest.removeprefix("?").partition("#")
    return f"?language={language}" + (f"&{query}" if query else "") + mark + anchor


def split_rest(rest: str) -> tuple[str, str]:
    """Return the language that a link of an export names, empty if none, and the query and anchor besides."""
    found = re.match(rf"\?language=([a-z]{{2}}|{ANY_LANGUAGE})(?:&|(?=#)|$)", rest)
    if found is None:
        return "", rest
    further = rest[found.end() :]
    return found[1], f"?{further}" if found[0].endswith("&") else further


def shortened(name: str) -> str:
    """Return as much of a name as files may be called."""
    return name.encode()[:LONGEST_BYTES].decode(errors="ignore")


def _free(name: str, taken: set[str], number: int) -> str:
    while name.casefold() in taken | _RESERVED:
        name += f"-{number}"
    taken.add(name.casefold())
    return name
