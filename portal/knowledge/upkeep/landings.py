"""Where the addresses of the site lead, read for many of them at once."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.audience import PUBLIC, Audience
from portal.core.batches import batches
from portal.files.queries import known_addresses
from portal.knowledge.models import Article, ArticleStatus, Section, SectionSlug, Translation
from portal.knowledge.upkeep.links import Landing

AT_ONCE: Final = 5000
"""How many addresses are asked for in one statement, which databases limit to some ten thousand."""

_ARTICLE: Final = re.compile(
    r"/help/(?:articles/(?P<short>\d{1,9})|(?P<language>\w+)/articles/(?P<id>\d{1,9})-[^/]*)"
)
_SECTION: Final = re.compile(r"/help/(?P<language>\w+)/(?P<slug>[^/.]+)/?")
_FILE: Final = re.compile(r"/files/[^/]+")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What has to be known of the site: its address, its languages, and where its files lie.

    `elsewhere` tells of the paths that are those of no article, section or file whom they are for; it leaves
    out those that lead nowhere.
    """

    address: str
    languages: Collection[str]
    uploads: Path
    elsewhere: Callable[[Session, Collection[str]], Mapping[str, Audience]]


def landings_of(session: Session, site: Site, paths: Collection[str]) -> Mapping[str, Landing]:
    """Return what paths lead to; those that lead nowhere are left out."""
    found: dict[str, Landing] = {}
    for some in batches(sorted(paths), AT_ONCE):
        for read in (_articles, _sections, _files, _others):
            found.update(read(session, site, some))
    return found


def _articles(session: Session, site: Site, paths: Collection[str]) -> Iterator[tuple[str, Landing]]:
    """Yield those of articles; the address of one that was taken over leads to the other."""
    named = [(path, found) for path in paths if (found := _ARTICLE.fullmatch(path))]
    ids = {int(found["short"] or found["id"]) for _path, found in named}
    if not ids:
        return
    merged = select(Article.id, func.coalesce(Article.merged_into_id, Article.id)).where(Article.id.in_(ids))
    shown: dict[int, int] = dict(session.execute(merged).all())
    audiences: dict[int, Audience] = {}
    anchors: defaultdict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    published = (Translation.article_id == Article.id) & (Translation.status == ArticleStatus.PUBLISHED)
    for row in session.execute(
        select(Article.id, Article.audience, Translation.language, Translation.headings)
        .join(Translation, published)
        .where(Article.id.in_(set(shown.values())))
    ):
        audiences[row.id] = row.audience
        anchors[row.id][row.language] = frozenset(anchor for _level, anchor, _text in row.headings)
    for path, found in named:
        article_id = shown.get(int(found["short"] or found["id"]))
        if article_id is not None and found["language"] in {None, *site.languages}:
            audience = audiences.get(article_id, frozenset())
            yield path, Landing(audience=audience, anchors=anchors[article_id], language=found["language"])


def _sections(session: Session, site: Site, paths: Collection[str]) -> Iterator[tuple[str, Landing]]:
    """Yield those of sections, by slugs that they have or had; each is for the readers of what is in it."""
    named = [(path, found) for path in paths if (found := _SECTION.fullmatch(path))]
    if not named:
        return
    slugs = {found["slug"] for _path, found in named}
    ids: dict[str, int] = dict(
        session.execute(
            select(Section.slug, Section.id)
            .where(Section.slug.in_(slugs))
            .union(select(SectionSlug.slug, SectionSlug.section_id).where(SectionSlug.slug.in_(slugs)))
        ).all()
    )
    audiences = _audiences_of_sections(session)
    for path, found in named:
        if found["slug"] in ids and found["language"] in site.languages:
            yield path, Landing(audience=audiences[ids[found["slug"]]])


def _audiences_of_sections(session: Session) -> Mapping[int, Audience]:
    """Return for whom there is an article to read in each section or below it."""
    above: dict[int, int | None] = dict(session.execute(select(Section.id, Section.parent_id)).all())
    audiences: dict[int, Audience] = dict.fromkeys(above, frozenset())
    for row in session.execute(
        select(Article.section_id, Article.audience)
        .join(Article.translations)
        .where(Translation.status == ArticleStatus.PUBLISHED, Article.merged_into_id.is_(None))
        .distinct()
    ):
        section_id: int | None = row.section_id
        while section_id is not None:
            audiences[section_id] |= row.audience
            section_id = above[section_id]
    return audiences


def _files(session: Session, site: Site, paths: Collection[str]) -> Iterator[tuple[str, Landing]]:
    named = [path for path in paths if _FILE.fullmatch(path)]
    for path in known_addresses(session, named, folder=site.uploads) if named else ():
        yield path, Landing(audience=PUBLIC)


def _others(session: Session, site: Site, paths: Collection[str]) -> Iterator[tuple[str, Landing]]:
    ours = (_ARTICLE, _SECTION, _FILE)
    others = [path for path in paths if not any(pattern.fullmatch(path) for pattern in ours)]
    for path, audience in (site.elsewhere(session, others) if others else {}).items():
        yield path, Landing(audience=audience)
