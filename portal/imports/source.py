"""What the reader of a help centre hands on: sections, articles, images, and what went wrong."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSection:
    """A folder or a group of the navigation; `parent_key` is None at the top, positions count from 0."""

    key: str
    title: str
    parent_key: str | None
    position: int
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceArticle:
    """One article in one language; its translations share the key.

    In `body` a link to another article is `engawa:article/KEY#ANCHOR` and an image `engawa:image/PATH`, see
    `targets.py`. `anchors` names the body's headings in their order; `links` and `images` are the keys and
    paths that the body refers to. `section_key` is None for an article at the root of the folder. `audience`
    has the tokens that the source names, an account's with its external id; it is empty when it names none.
    """

    key: str
    path: str
    language: str
    title: str
    summary: str
    body: str
    section_key: str | None
    position: int
    is_draft: bool
    audience: str = ""
    anchors: tuple[str, ...]
    links: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceImage:
    """An image that an article shows; `path` is relative to the product's folder, `read` opens the file."""

    path: str
    size_bytes: int
    read: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong in the source; `line` counts from 1 and is None when the whole file is meant."""

    path: str
    line: int | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """Something that has no place on the site and the import left out; `line` is as in a problem."""

    path: str
    line: int | None
    construct: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A file or page that did not become an article, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceTree:
    """A whole help centre in one language; sections come before those inside them."""

    format: str
    sections: tuple[SourceSection, ...]
    articles: tuple[SourceArticle, ...]
    images: tuple[SourceImage, ...]
    problems: tuple[Problem, ...]
    dropped: tuple[Dropped, ...]
    skipped: tuple[Skipped, ...]
