"""What other products export: sections and articles of HTML, in several languages at once, as trees."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from portal.imports.conversion.convert import finished
from portal.imports.conversion.headings import Outline, anchors
from portal.imports.conversion.page import Page
from portal.imports.folder import MOST_IMAGE_BYTES, Folder
from portal.imports.html import html_to_markdown
from portal.imports.links import ELSEWHERE, EXTERNAL, Addressed, Destination, Headings, encoded, resolve
from portal.imports.source import (
    Problem,
    Skipped,
    SourceArticle,
    SourceImage,
    SourceSection,
    SourceTree,
)
from portal.imports.targets import image_target

_NOWHERE: Final = re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedSection:
    """A section; `names` and `descriptions` are by language, `parent_key` is None at the top."""

    key: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    parent_key: str | None = None
    position: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedArticle:
    """An article in one locale.

    `url` is its address, as far as the export says; `dropped` names what of it has no place on the site, and
    `problems` what is wrong with it.
    """

    key: str
    path: str
    locale: str
    title: str
    html: str
    summary: str = ""
    section_key: str | None = None
    position: int = 0
    is_draft: bool = False
    audience: str = ""
    url: str = ""
    dropped: Sequence[str] = ()
    problems: Sequence[str] = ()

    @property
    def language(self) -> str:
        """The language of its locale: `en` for `en-US`."""
        return language_of(self.locale)


@dataclass(kw_only=True, slots=True)
class Export:
    """What the reader of a product has understood.

    `address` finds the group `name` in the path of an article's address; `names` are keys by such a name.
    """

    sections: list[ExportedSection] = field(default_factory=list)
    articles: list[ExportedArticle] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    address: re.Pattern[str] = _NOWHERE
    names: dict[str, str] = field(default_factory=dict)


def language_of(locale: str) -> str:
    """Return the language of a locale such as `pt-BR`."""
    return re.split("[-_]", locale.strip())[0].lower()


def trees_of(
    export: Export, *, product: str, folder: Folder, languages: Sequence[str]
) -> tuple[dict[str, SourceTree], list[Skipped]]:
    """Return an export's trees in the site's languages, and what of it belongs to none of them."""
    chosen: dict[tuple[str, str], ExportedArticle] = {}
    skipped = list(export.skipped)
    for article in export.articles:
        if article.language not in languages:
            skipped.append(Skipped(path=article.path, reason=f"{article.locale} is no language of this site"))
        elif chosen.setdefault((article.language, article.key), article) is not article:
            skipped.append(Skipped(path=article.path, reason=f"second text in {article.language}"))
    trees = {}
    for language in languages:
        articles = [article for (code, _), article in chosen.items() if code == language]
        if articles:
            trees[language] = _Language(export, folder, articles, language).tree(product)
    return trees, skipped


class _Language:
    """The articles of an export in one language."""

    def __init__(
        self, export: Export, folder: Folder, articles: Sequence[ExportedArticle], language: str
    ) -> None:
        self._export = export
        self._folder = folder
        self._language = language
        self._sections = {section.key: section for section in export.sections}
        self._articles = {article.key: article for article in articles}
        self._pages = {article.key: Page(article.path) for article in articles}
        self._skipped: list[Skipped] = []

    def tree(self, product: str) -> SourceTree:
        """Return them with their links in place, below the sections that they stand in."""
        outlines = {key: outline for key in self._articles if (outline := self._outline(key))}
        resolver = ExportResolver(self._export, self._folder, self._articles, outlines)
        images: dict[str, SourceImage] = {}
        articles = [self._article(key, outlines[key], resolver, images) for key in outlines]
        pages = self._pages.values()
        return SourceTree(
            format=product,
            sections=tuple(self._sections_of(articles)),
            articles=tuple(articles),
            images=tuple(images.values()),
            problems=tuple(problem for page in pages for problem in page.problems),
            dropped=tuple(dropped for page in pages for dropped in page.dropped),
            skipped=tuple(self._skipped),
        )

    def _outline(self, key: str) -> Outline | None:
        item, page = self._articles[key], self._pages[key]
        for construct in item.dropped:
            page.drop(None, construct)
        for message in item.problems:
            page.problem(None, message)
        try:
            return html_to_markdown(item.html, page, title=item.title)
        except (RecursionError, AssertionError):  # What the parser does with some broken declarations.
            page.problem(None, "text cannot be read as HTML")
            self._skipped.append(Skipped(path=item.path, reason="text cannot be read as HTML"))
            return None

    def _article(
        self, key: str, outline: Outline, resolver: "ExportResolver", images: dict[str, SourceImage]
    ) -> SourceArticle:
        item, page = self._articles[key], self._pages[key]
        linked = resolve(outline.body, page, article=key, resolver=resolver)
        images |= {image.path: image for image in linked.images}
        return SourceArticle(
            key=key,
            path=item.path,
            language=self._language,
            title=item.title or item.path,
            summary=item.summary,
            body=finished(linked.body, page),
            section_key=item.section_key if item.section_key in self._sections else None,
            position=item.position,
            is_draft=item.is_draft,
            audience=item.audience,
            anchors=anchors(outline.headings),
            links=linked.articles,
            images=tuple(image.path for image in linked.images),
        )

    def _sections_of(self, articles: Iterable[SourceArticle]) -> Iterator[SourceSection]:
        """Yield the sections with articles inside, each after the one it stands in."""
        seen: set[str] = set()
        for article in articles:
            for section in reversed(list(self._upwards(article.section_key))):
                if section.key not in seen:
                    seen.add(section.key)
                    yield SourceSection(
                        key=section.key,
                        title=_said(section.names, self._language) or section.key,
                        parent_key=section.parent_key if section.parent_key in seen else None,
                        position=section.position,
                        description=section.descriptions.get(self._language, ""),
                    )

    def _upwards(self, key: str | None) -> Iterator[ExportedSection]:
        seen: set[str] = set()
        while key in self._sections and key not in seen:
            seen.add(key)
            yield self._sections[key]
            key = self._sections[key].parent_key


class ExportResolver:
    """Knows every article by its address on the site that the export came from."""

    def __init__(
        self,
        export: Export,
        folder: Folder,
        articles: Mapping[str, ExportedArticle],
        outlines: Mapping[str, Outline],
    ) -> None:
        self._export = export
        self._folder = folder
        self._articles = articles
        self._hosts = {host for article in export.articles if (host := _split(article.url).hostname)}
        self._headings = Headings(
            Addressed(key=key, slug="", outline=outline, anchors=anchors(outline.headings))
            for key, outline in outlines.items()
        )

    def link(self, url: str, *, article: str) -> Destination:
        """Return where a link in an article leads."""
        if url.startswith("#"):
            return self._headings.link(article, unquote(url[1:]), url)
        if EXTERNAL.match(url) and not url.lower().startswith(("http:", "https:", "//")):
            return Destination(url=encoded(url))
        whole = self._whole(url, article)
        parts = _split(whole)
        is_ours = not parts.hostname or parts.hostname in self._hosts
        named = self._export.address.search(parts._replace(scheme="", netloc="", fragment="").geturl())
        key = self._export.names.get(unquote(named["name"])) if named else None
        if key and (is_ours or not self._hosts):
            return self._headings.link(key, unquote(parts.fragment), url)
        if not parts.hostname or (named and is_ours):
            return Destination(url=None, message=f"link to {url}: no such page in the export")
        return Destination(url=encoded(whole), dropped="link to the old site" if is_ours else "")

    def image(self, url: str, *, article: str) -> Destination:
        """Return which image an article shows."""
        if url.startswith("data:"):
            return Destination(url=None, dropped="image inside the text")
        path = unquote(url.partition("?")[0])
        if not EXTERNAL.match(url) and (image := self._folder.image(path, article="")):
            if image.size_bytes > MOST_IMAGE_BYTES:
                return Destination(url=None, message=f"image {url} has more than {MOST_IMAGE_BYTES:,} bytes")
            return Destination(url=image_target(image.path), image=image)
        whole = self._whole(url, article)
        if not _split(whole).hostname:
            return Destination(url=None, message=f"image {url} is missing")
        return Destination(url=encoded(whole), dropped=ELSEWHERE)

    def _whole(self, url: str, article: str) -> str:
        try:
            return urljoin(self._articles[article].url, url)
        except ValueError:
            return ""


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # As of `http://[`.
        return urlsplit("")


def _said(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
