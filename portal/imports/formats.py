"""The source formats: which files are articles, and what is particular to each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.imports.conversion.hatena import hatena_to_markdown
from portal.imports.conversion.mdx import drop_jsx_comments, drop_modules
from portal.imports.conversion.page import Page, Pass
from portal.imports.conversion.placeholders import drop_template_expressions, shortcodes_to_emoji
from portal.knowledge.portable.layout import MANIFEST, UNFINISHED

_SNIFFED_BYTES: Final = 100_000
_MARKDOWN: Final = (".md", ".markdown")


def _unchanged(text: str, _page: Page) -> str:
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A source format; `prepare` makes Markdown of what is not, `passes` are those that only it needs.

    `is_mdx` says that braces in its text are JavaScript and that it has no indented code;
    `has_navigation`, that a file beside the articles says how they are grouped.
    """

    name: str
    suffixes: tuple[str, ...]
    is_mdx: bool = False
    has_navigation: bool = False
    prepare: Pass = _unchanged
    passes: tuple[Pass, ...] = ()


OWN: Final = "engawa"
"""What `portal kb export` writes: not converted, for `portal.imports.engawa` brings it back as it is."""

FORMATS: Final[Mapping[str, Format]] = {
    known.name: known
    for known in (
        Format(name="markdown", suffixes=(*_MARKDOWN, ".mdx")),
        Format(name="vuepress", suffixes=_MARKDOWN, passes=(drop_template_expressions, shortcodes_to_emoji)),
        Format(
            name="docusaurus",
            suffixes=(*_MARKDOWN, ".mdx"),
            is_mdx=True,
            passes=(drop_modules, drop_jsx_comments),
        ),
        Format(
            name="mintlify",
            suffixes=(".mdx", *_MARKDOWN),
            is_mdx=True,
            has_navigation=True,
            passes=(drop_modules, drop_jsx_comments),
        ),
        Format(name="hatena", suffixes=(".txt", ".hatena"), prepare=hatena_to_markdown),
        Format(name=OWN, suffixes=(".md",)),
    )
}


def detect(directory: Path) -> str:
    """Return the name of the format that a folder is written in, from its settings files or its contents."""
    signs: tuple[tuple[str, Callable[[Path], bool]], ...] = (
        (OWN, lambda root: (root / MANIFEST).exists() or (root / UNFINISHED).exists()),
        ("mintlify", lambda root: _has(root, "docs.json", "mint.json")),
        ("docusaurus", lambda root: _has(root, "docusaurus.config.*") or any(root.rglob("_category_.*"))),
        ("vuepress", lambda root: _has(root, ".vuepress") or _says(root, rb"\$withBase\(|^heroImage:")),
        ("docusaurus", lambda root: _says(root, rb"from ['\"]@(?:docusaurus|theme|site)/")),
        ("hatena", lambda root: not any(root.rglob("*.md*")) and any(root.rglob("*.hatena"))),
        ("hatena", lambda root: not any(root.rglob("*.md*")) and any(root.rglob("*.txt"))),
    )
    return next((name for name, applies in signs if applies(directory)), "markdown")


def format_named(name: str, directory: Path) -> Format:
    """Return the format of a name; `auto` looks at the folder.

    Raises:
        InvalidError: there is no such format.
    """
    try:
        return FORMATS[detect(directory) if name == "auto" else name]
    except KeyError:
        known = ", ".join(("auto", *FORMATS))
        raise InvalidError(N_("No format %(name)s; there are %(known)s."), name=name, known=known) from None


def _has(root: Path, *patterns: str) -> bool:
    return any(any(place.glob(pattern)) for place in (root, root.parent) for pattern in patterns)


def _says(root: Path, pattern: bytes) -> bool:
    wanted = re.compile(pattern, re.MULTILINE)
    return any(wanted.search(_head(path)) for path in root.rglob("*.md*") if path.is_file())


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SNIFFED_BYTES)
