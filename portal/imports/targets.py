"""How bodies name what they refer to until its address on the site is known."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

_TARGET: Final = re.compile(r"engawa:(?P<kind>article|image)/(?P<name>[^#)]*)(?:#(?P<anchor>[^)]*))?")
_LABEL: Final = r"(?<!\\)\[(?P<label>(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*+\](?:\([^()]*\))?+)*+)\]"
_LINK: Final = re.compile(rf"(?P<mark>!?){_LABEL}\({_TARGET.pattern}\)")


def article_target(key: str, anchor: str | None = None) -> str:
    """Return the link target for an article, or for one of its headings."""
    return f"engawa:article/{quote(key)}" + (f"#{quote(anchor)}" if anchor else "")


def image_target(path: str) -> str:
    """Return the target of an image by its path in the product's folder."""
    return f"engawa:image/{quote(path)}"


def replace_targets(
    body: str,
    *,
    article_url: Callable[[str, str | None], str | None],
    image_url: Callable[[str], str | None],
) -> str:
    """Return the body with addresses for targets; where a callback returns None, only the text stays."""

    def link(match: re.Match[str]) -> str:
        label = _LINK.sub(link, match["label"])
        name, anchor = unquote(match["name"]), match["anchor"]
        if match["kind"] == "image":
            url = image_url(name)
        else:
            url = article_url(name, unquote(anchor) if anchor else None)
        return label if url is None else f"{match['mark']}[{label}]({url})"

    return _LINK.sub(link, body)
