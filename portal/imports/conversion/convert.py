"""From a source file's body to plain Markdown: the passes, in their order."""

import re
from collections.abc import Sequence
from typing import Final

from portal.imports.conversion.code import put_code_back, set_code_aside
from portal.imports.conversion.containers import containers_to_tags
from portal.imports.conversion.destinations import references_to_links, set_destinations_aside
from portal.imports.conversion.elements import tags_to_markdown
from portal.imports.conversion.headings import (
    Outline,
    explicit_ids_to_anchors,
    put_in_order,
    underlined_to_marks,
)
from portal.imports.conversion.lists import reflow
from portal.imports.conversion.page import Page, Pass
from portal.imports.conversion.placeholders import (
    drop_comments,
    drop_contents_lists,
    drop_raw_elements,
    mustaches_to_code,
    root_url_to_slash,
)

_SPACES_ONLY: Final = re.compile(r"(?m)^(?:[ \t\u00a0]|&nbsp;|<br>)+$")
_BLANK_QUOTES: Final = re.compile(r"(?m)^([ ]*>(?: ?>)*)$(?:\n\1$)+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def convert(text: str, page: Page, *, title: str, is_mdx: bool, passes: Sequence[Pass]) -> Outline:
    """Convert a body; `title` is empty when the front matter has none, `passes` are the format's own.

    The result still has tokens for its code and for the destinations of its links.
    """
    text = set_code_aside(text, page, is_mdx=is_mdx)
    for step in (
        drop_comments,
        drop_raw_elements,
        containers_to_tags,
        root_url_to_slash,
        references_to_links,
        set_destinations_aside,
        drop_contents_lists,
        explicit_ids_to_anchors,
        *passes,
        mustaches_to_code,
        underlined_to_marks,
    ):
        text = step(text, page)
    text = reflow(tags_to_markdown(text, page, is_mdx=is_mdx))
    return put_in_order(text, page, title)


def finished(body: str, page: Page) -> str:
    """Return a converted body with its code put back and no more blank lines than it needs."""
    body = _BLANK_QUOTES.sub(r"\1", _SPACES_ONLY.sub("", body))
    return put_code_back(_BLANK_LINES.sub("\n\n", body).strip("\n"), page)
