"""What the articles of an export come to on this site, before any of it is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.batches import batches
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.tree import Found, FoundArticle
from portal.imports.service import BATCH
from portal.knowledge.models import Freshness, Significance
from portal.knowledge.portable import gather
from portal.knowledge.portable.gather import Names, WholeArticle
from portal.knowledge.portable.parts import PortableArticle, PortableText


@dataclass(frozen=True, slots=True)
class TextPlan:
    """A text as it comes out here, and its body with addresses of the site."""

    found: Found[PortableText]
    part: PortableText
    body: str


@dataclass(frozen=True, slots=True)
class ArticlePlan:
    """An article as it comes out here."""

    found: FoundArticle
    article_id: int
    part: PortableArticle
    texts: tuple[TextPlan, ...]

    @property
    def significance(self) -> Significance:
        """How much the first text changed since the others were made from it, as far as an export tells."""
        is_outdated = any(text.part.freshness is Freshness.OUTDATED for text in self.texts)
        return Significance.MAJOR if is_outdated else Significance.NORMAL


def plans_of(
    session: Session, articles: Sequence[FoundArticle], *, resolver: Resolver, addresses: Addresses
) -> Iterator[tuple[ArticlePlan, WholeArticle | None]]:
    """Yield what articles come to, and what the site has of them; None where they have no text yet."""
    names = gather.names_of(session)
    merged = {
        item.key: item.about.part.merged_into
        for item in articles
        if item.about and item.about.part.merged_into
    }
    for batch in batches(articles, BATCH):
        there = there_of(session, names, (addresses.ids[item.key] for item in batch))
        for item in batch:
            site = there.get(item.key)
            part = resolver.article(
                item,
                section=addresses.sections[item.section or ""],
                site=site.article if site else None,
                there=addresses.ids,
                merged=merged,
            )
            texts = (_text(found, site, names, resolver, addresses) for found in item.texts)
            yield ArticlePlan(item, addresses.ids[item.key], part, tuple(texts)), site


def there_of(session: Session, names: Names, ids: Iterable[int]) -> Mapping[str, WholeArticle]:
    """Return what the site has of some articles, by key."""
    return {whole.article.key: whole for whole in gather.articles_of(session, names, ids)}


def _text(
    found: Found[PortableText],
    site: WholeArticle | None,
    names: Names,
    resolver: Resolver,
    addresses: Addresses,
) -> TextPlan:
    body = names.body(found.part.body)  # Someone may have written an address of this site.
    current = site.text_in(found.part.language) if site else None
    return TextPlan(found, resolver.text(found, site=current, body=body), addresses.body(body))
