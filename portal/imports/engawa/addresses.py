"""The addresses on this site of what the texts of an export lead to."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.knowledge.paths import path_of_article, path_of_help, path_of_section
from portal.knowledge.portable.links import ANY_LANGUAGE, Target, relinked


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Ids of articles by key, the ends of their addresses by key and language, and what else has an address.

    `sources` are the languages that articles were written in first, `sections` the slugs here by those of the
    export, `files` are addresses by key.
    """

    ids: Mapping[str, int]
    slugs: Mapping[tuple[str, str], str]
    sources: Mapping[str, str]
    sections: Mapping[str, str]
    files: Mapping[str, str]

    def body(self, body: str) -> str:
        """Return Markdown that leads to addresses of the site."""
        return relinked(body, self._address)

    def _address(self, url: str) -> str | None:
        target = Target.of(url)
        return self._path(target) + target.rest if target else None

    def _path(self, target: Target) -> str:
        if target.kind == "file":
            return self.files.get(target.name, f"/files/{target.name}")
        if target.kind == "section":
            slug = self.sections.get(target.name, target.name)
            return path_of_section(slug, language=target.language)
        article_id = self.ids.get(target.name)
        if article_id is None:  # It is told where that article could not come in.
            return path_of_help(target.language)
        if target.language == ANY_LANGUAGE:
            return f"/help/articles/{article_id}"
        source = self.sources.get(target.name, "")
        slug = self.slugs.get((target.name, target.language)) or self.slugs.get((target.name, source), "")
        return path_of_article(article_id, slug, language=target.language)
