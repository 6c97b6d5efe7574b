"""Videos: a link to YouTube or Vimeo alone in a paragraph, or an image that is a stored video file.

What is rendered loads nothing from another site: it holds the link, and says which player may be offered.
"""

import re
from typing import Final

FILE: Final = r"/files/[\w-]{1,64}\.(?:mp4|webm)"
NAME: Final = rf"youtube:[\w-]{{11}}|vimeo:\d{{1,12}}(?:/[0-9a-f]{{6,20}})?|file:{FILE}"

_YOUTUBE: Final = (
    r"(?:youtu\.be/|youtube(?:-nocookie)?\.com/(?:embed/|live/|shorts/|watch\?(?:[^\"]*?&amp;)?v=))"
    r"(?P<youtube>[\w-]{11})"
)
_VIMEO: Final = r"vimeo\.com/(?:video/)?(?P<vimeo>\d{1,12}(?:/[0-9a-f]{6,20})?)"
_LINK_ALONE: Final = re.compile(
    rf'<p>\s*(<a href="https?://(?:www\.|m\.|player\.)?(?:{_YOUTUBE}|{_VIMEO})(?:[?&#/][^"]*)?"'
    r'(?: [\w-]+="[^"]*")*>[^<]*</a>)\s*</p>'
)
_FILE_ALONE: Final = re.compile(rf'<p>\s*<img alt="([^"]*)" src="({FILE})"(?: title="[^"]*")?>\s*</p>')
_NAMED: Final = re.compile(rf'<figure class="video" data-video="({NAME})">')
_PLAYERS: Final = {
    "youtube": "https://www.youtube-nocookie.com",
    "vimeo": "https://player.vimeo.com",
}


def with_videos(html: str) -> str:
    """Cleaned HTML with each video in a figure of its own."""
    return _FILE_ALONE.sub(_own, _LINK_ALONE.sub(_offered, html))


def _offered(found: re.Match[str]) -> str:
    name = f"youtube:{found['youtube']}" if found["youtube"] else f"vimeo:{found['vimeo']}"
    return f'<figure class="video" data-video="{name}">{found[1]}</figure>'


def _own(found: re.Match[str]) -> str:
    caption, address = found.groups()
    video = f'<video controls="" preload="none" src="{address}"></video>'
    caption = f'<figcaption><a href="{address}">{caption or address}</a></figcaption>'
    return f'<figure class="video" data-video="file:{address}">{video}{caption}</figure>'


def videos_in(html: str) -> frozenset[str]:
    """The names of the videos in rendered HTML, such as `youtube:dQw4w9WgXcQ`."""
    return frozenset(_NAMED.findall(html))


def frame_sources(html: str) -> tuple[str, ...]:
    """The sites from which a page with this HTML may load a player, once its reader wants to."""
    kinds = {name.partition(":")[0] for name in videos_in(html)}
    return tuple(site for kind, site in _PLAYERS.items() if kind in kinds)
