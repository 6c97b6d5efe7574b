"""Markdown as an author wrote it, rendered to HTML that is safe on any page."""

import re
import string
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Final

import markdown
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import SimpleTagInlineProcessor, SubstituteTagInlineProcessor
from markdown.preprocessors import Preprocessor

from portal.content import guard, sanitize
from portal.content.blocks import Layout
from portal.content.code import CodeBlocks
from portal.content.extract import plain_text
from portal.content.footnotes import FootnoteReference, Footnotes
from portal.content.structure import Heading, structured
from portal.content.tasks import TaskListProcessor

RENDERER_VERSION: Final = 2

# Control characters and halves of surrogate pairs, which databases and other parsers refuse, and what
# Unicode keeps for a program's own use.
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef]")
_DELETED: Final = r"(~~)([^\s~](?:[^~]*[^\s~])?)~~"
# The parser keeps state while it works, so each thread has its own.
_local: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text, ready to store: its HTML, its words, and the outline of its headings."""

    html: str
    text: str
    headings: tuple[Heading, ...]


def render(source: str, *, prefix: str = "") -> Rendered:
    """Render what an author wrote; text too intricate to render in time is shown as written.

    A prefix, such as `post-3-`, keeps the ids of several texts on one page apart.

    Raises:
        InvalidError: the text is too long.
    """
    if not prefix and (known := getattr(_local, "known", {}).get(source)):
        return known  # type: ignore[no-any-return]  # What a thread keeps has no type.
    guard.check_length(source)
    source = _NOT_TEXT.sub("", source)
    try:
        html = _converted(source)
    except (guard.TooComplexError, RecursionError):
        _local.__dict__.pop("markdown", None)  # It may have stopped halfway.
        html = f"<pre>{escape(source)}</pre>"
    html, headings = structured(html, prefix=prefix)
    html = sanitize.seal(html)
    return Rendered(html=html, text=plain_text(html), headings=headings)


@contextmanager
def already_rendered(texts: Mapping[str, Rendered]) -> Iterator[None]:
    """Give out, while it lasts, what was rendered elsewhere by its source, instead of rendering it again."""
    _local.known = texts
    try:
        yield
    finally:
        del _local.known


def _converted(source: str) -> str:
    if not hasattr(_local, "markdown"):
        _local.markdown = _parser()
    html = sanitize.simplified(_local.markdown.reset().convert(source))
    guard.check_html(html)
    return sanitize.clean(html)


class _BlockFinder(Preprocessor):
    """Finds the blocks, in place of the parser's own search for code and HTML."""

    def __init__(self, parser: markdown.Markdown, references: FootnoteReference) -> None:
        super().__init__(parser)
        self._references = references

    def run(self, lines: list[str]) -> list[str]:
        guard.check_lines(lines)
        notes, stash = Footnotes(), self.md.htmlStash.store
        laid_out = Layout(lines, stash=stash, code=CodeBlocks(), notes=notes).run()
        laid_out += notes.listed(laid_out, stash)
        self._references.numbers = notes.numbers
        guard.check_shape(laid_out)
        return laid_out


def _parser() -> markdown.Markdown:
    parser = markdown.Markdown(
        extensions=[TableExtension(use_align_attribute=True), SaneListExtension()], output_format="html"
    )
    references = FootnoteReference()
    parser.ESCAPED_CHARS = list(string.punctuation)
    parser.preprocessors.deregister("html_block")
    parser.preprocessors.register(_BlockFinder(parser, references), "blocks", 25)
    parser.inlinePatterns.register(references, "footnote", 175)
    parser.inlinePatterns.register(SubstituteTagInlineProcessor(r"\\\n *", "br"), "broken line", 185)
    parser.inlinePatterns.register(SimpleTagInlineProcessor(_DELETED, "del"), "deleted", 65)
    parser.treeprocessors.register(TaskListProcessor(parser), "tasks", 25)
    return parser
