"""All pages that visitors see and search engines may list, in sitemaps of a size that they read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import ceil
from typing import Final

from sqlalchemy.orm import Session

from portal.forum import publication as community
from portal.forum.paths import HOME_PATH
from portal.knowledge.paths import path_of_help
from portal.knowledge.reading import publication as knowledge
from portal.web.sitemaps import Listed

LARGEST: Final = 5000


class Sitemap:
    """The pages of the site at a UTC time, cut into parts of at most 5,000 addresses, numbered from 1."""

    def __init__(self, session: Session, languages: Sequence[str], *, now: datetime) -> None:
        self._session, self._languages, self._active_since = (
            session,
            languages,
            now - community.LEFT_ALONE_AFTER,
        )
        self._size = LARGEST // len(languages)
        self._front = list(self._front_pages())
        self._articles = knowledge.count_articles(session, languages)
        self._topics = community.count_topics(session, active_since=self._active_since)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return ceil((len(self._front) + self._articles + self._topics) / self._size)

    def pages(self, number: int) -> Iterator[Listed]:
        """Yield the pages of one part: what leads to the rest, then articles, then topics."""
        offset, limit = self._window(number, before=0)
        yield from self._front[offset : offset + limit]
        offset, limit = self._window(number, before=len(self._front))
        yield from knowledge.listed_articles(self._session, self._languages, offset=offset, limit=limit)
        offset, limit = self._window(number, before=len(self._front) + self._articles)
        yield from community.listed_topics(
            self._session, active_since=self._active_since, offset=offset, limit=limit
        )

    def _window(self, number: int, *, before: int) -> tuple[int, int]:
        """Return which rows of a kind a part holds, as offset and limit, when `before` rows come earlier."""
        start = (number - 1) * self._size
        return max(start - before, 0), max(start + self._size - max(start, before), 0)

    def _front_pages(self) -> Iterator[Listed]:
        yield Listed(path="/")
        homes = {code: path_of_help(code) for code in self._languages}
        for path in homes.values():
            yield Listed(path=path, alternates=homes if len(homes) > 1 else {})
        yield from knowledge.listed_sections(self._session, self._languages)
        yield Listed(path=HOME_PATH)
        yield from community.listed_boards(self._session)
