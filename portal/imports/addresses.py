"""Where on the site the articles and images of a source are found."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from portal.content.markdown import render
from portal.core.errors import InvalidError
from portal.imports.source import SourceArticle, SourceTree
from portal.imports.targets import replace_targets
from portal.knowledge.paths import path_of_article
from portal.web.slugs import slugify

_CODE: Final = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} .+$", re.MULTILINE)


class Addresses:
    """The addresses of trees: `ids` are of their articles by key, `images` are addresses by path.

    A link leads to the article in the first of the trees that has it.
    """

    def __init__(
        self, trees: Sequence[SourceTree], *, ids: Mapping[str, int], images: Mapping[str, str]
    ) -> None:
        self._articles = {article.key: article for tree in reversed(trees) for article in tree.articles}
        self._ids = ids
        self._images = images
        self._anchors: dict[str, Mapping[str, str]] = {}

    def resolve(self, body: str) -> str:
        """Return a body that leads to addresses of the site wherever it named things of the source."""
        return replace_targets(body, article_url=self._article, image_url=self._images.get)

    def _article(self, key: str, anchor: str | None) -> str | None:
        article = self._articles.get(key)
        if article is None or key not in self._ids:
            return None
        path = path_of_article(self._ids[key], slugify(article.title), language=article.language)
        place = self._anchors_of(article).get(anchor) if anchor else None
        return f"{path}#{place}" if place else path

    def _anchors_of(self, article: SourceArticle) -> Mapping[str, str]:
        """Return what the site calls the headings of an article, by what its source calls them."""
        if article.key not in self._anchors:
            self._anchors[article.key] = dict(zip(article.anchors, _site_anchors(article), strict=False))
        return self._anchors[article.key]


def _site_anchors(article: SourceArticle) -> Sequence[str]:
    """Return the anchors of a body's headings; none if they cannot be matched with those of the source.

    The headings alone are quick to render; only where they are hard to tell from code, all of it is.
    """
    headings = _HEADING.findall(_CODE.sub("", article.body))
    with suppress(InvalidError):
        for text in ("\n\n".join(headings), article.body):
            anchors = [heading.anchor for heading in render(text).headings]
            if len(anchors) == len(article.anchors):
                return anchors
    return ()
