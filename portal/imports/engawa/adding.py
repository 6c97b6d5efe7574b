"""Adds the articles of an export that are new here, still without texts, so that links can lead to them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.external import audience_of
from portal.core.batches import batches
from portal.core.db import transaction
from portal.core.orm import number_on
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.tree import FoundArticle
from portal.imports.service import BATCH
from portal.knowledge import service
from portal.knowledge.models import Article
from portal.knowledge.portable import gather
from portal.knowledge.portable.parts import PortableArticle
from portal.knowledge.service import Place

_HIGHEST_ID: Final = 1_000_000_000
"""That an article may bring along: half of what the column holds, so that new ones have ids, too."""


def add_articles(
    articles: Iterable[FoundArticle], *, sections: Mapping[str, str], resolver: Resolver, now: datetime
) -> dict[str, int]:
    """Return the ids of all articles by key, after adding those that are new with the ids that are free.

    `sections` are the slugs here by those of the export.
    """
    with transaction() as session:
        names = gather.names_of(session)
    ids = {key: article_id for article_id, key in names.keys.items()}
    places = {slug: section_id for section_id, slug in names.sections.items()}
    new = [item for item in articles if item.key not in ids]
    kept = {item.key: number for item in new if (number := _number(item)) and number not in names.keys}
    for batch in batches(sorted(new, key=lambda item: item.key not in kept), BATCH):
        with transaction() as session:
            for item in batch:
                place = Place(
                    section_id=places[sections[item.section or ""]],
                    audience=audience_of(session, resolver.audience(item, site=None)),
                )
                ids[item.key] = _add(session, item, place, kept.get(item.key), now)
            number_on(session, Article)
    return ids


def _number(item: FoundArticle) -> int | None:
    number = item.about.part.number if item.about else None
    return number if number is not None and 0 < number <= _HIGHEST_ID else None


def _add(session: Session, item: FoundArticle, place: Place, article_id: int | None, now: datetime) -> int:
    part = item.about.part if item.about else PortableArticle(section="")
    created_at = min(part.created_at or now, now)
    article = service.add_article(
        session,
        actor=SYSTEM,
        place=place,
        position=part.order,
        article_id=article_id,
        now=created_at,
    )
    own = PortableArticle(
        section="", number=article.id, source_key=part.source_key, created_at=created_at
    ).key
    article.source_key = (part.source_key or None) if own == item.key else item.key
    return article.id
