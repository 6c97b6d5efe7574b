"""Images in rendered HTML: the room they will take, and those that nobody has described."""

import re
from collections.abc import Mapping
from typing import Final

_IMAGE: Final = re.compile(r'<img((?: [\w-]+="[^"]*")*)>')
_ATTRIBUTE: Final = re.compile(r' ([\w-]+)="([^"]*)"')
_NEEDS_ESCAPE: Final = re.compile(r"[\\\[\]`*_<~]")


def with_sizes(html: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    """Return rendered HTML in which images of known size, by address, keep their room while they load.

    A width or height that the author wrote stays, and the other follows from it.
    """

    def sized(image: re.Match[str]) -> str:
        attributes = _attributes(image)
        if not (size := sizes.get(attributes.get("src", ""))):
            return image[0]
        width, height = _fitted(size, attributes.get("width"), attributes.get("height"))
        attributes |= {"width": f"{width}", "height": f"{height}", "decoding": "async"}
        return "<img" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + ">"

    return _IMAGE.sub(sized, html) if sizes else html


def _fitted(size: tuple[int, int], width: str | None, height: str | None) -> tuple[int, int]:
    """Return the width and height that keep a picture's proportions, given what an author wrote of them."""
    if width:
        return int(width), int(height) if height else round(int(width) * size[1] / size[0])
    return (round(int(height) * size[0] / size[1]), int(height)) if height else size


def undescribed(html: str) -> int:
    """Return how many images of rendered HTML say nothing to people who cannot see them."""
    return sum(not _attributes(image).get("alt", "").strip() for image in _IMAGE.finditer(html))


def _attributes(image: re.Match[str]) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(image[1]))


def markdown_of(address: str, description: str) -> str:
    """Return the Markdown that shows an image."""
    words = _NEEDS_ESCAPE.sub(r"\\\g<0>", " ".join(description.split()))
    return f"![{words}]({address})"
