"""Reads the knowledge base as it will be written to an export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select, union
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.accounts.models import Account, User
from portal.core.batches import batches
from portal.files.models import StoredFile
from portal.knowledge.models import Article, Section, SectionSlug, SeeAlso, Translation
from portal.knowledge.portable.layout import ArticleName
from portal.knowledge.portable.links import Target, destinations, relinked, target_of_address
from portal.knowledge.portable.manifest import state_of
from portal.knowledge.portable.parts import PortableArticle, PortableSection, PortableShared, PortableText
from portal.knowledge.snippets.models import ArticleTemplate, Snippet

_AT_A_TIME: Final = 500
_TEXTS: Final = (
    select(
        *(Article.id, Article.section_id, Article.source_key, Article.created_at, Article.position),
        *(Article.audience, Article.verifier_id, Article.verify_every_days, Article.verified_at),
        *(Article.verified_by_id, Article.merged_into_id, Translation.language, Translation.status),
        *(Translation.title, Translation.summary, Translation.body, Translation.freshness),
        *(Translation.published_at, Translation.updated_at),
    )
    .join(Article.translations)
    .order_by(Article.id, Translation.language != Article.source_language, Translation.language)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What the rows of a site are called in an export, by id; `slugs` lead from former slugs to present ones.

    `silent` are the ids of articles that say nothing in any language, `files` the keys of what is stored.
    """

    keys: Mapping[int, str]
    silent: frozenset[int]
    files: frozenset[str]
    sections: Mapping[int, str]
    slugs: Mapping[str, str]
    accounts: Mapping[int, str]
    people: Mapping[int, str]

    def body(self, body: str) -> str:
        """Return Markdown whose links within the site mean the same elsewhere."""
        return relinked(body, self.target)

    def target(self, url: str) -> str | None:
        """Return what an address of the site leads to; None if it leads to nothing that there is."""
        return target_of_address(
            url, key=self.article, slug=self.slugs.get, file=lambda key: key if key in self.files else None
        )

    def article(self, article_id: int | None) -> str | None:
        """Return the key of an article that says something; None if there is none."""
        return None if article_id is None or article_id in self.silent else self.keys.get(article_id)

    def audience(self, audience: Audience) -> tuple[str, ...]:
        """Return an audience's tokens, with accounts by their external ids."""
        return tuple(sorted(map(self._token, audience)))

    def _token(self, token: str) -> str:
        kind, _, number = token.partition(":")
        return f"account:{self.accounts.get(int(number), '?')}" if kind == "account" else token

    def person(self, user_id: int | None) -> str:
        """Return a person's address, an empty one for nobody."""
        return self.people.get(user_id, "") if user_id is not None else ""


@dataclass(frozen=True, slots=True)
class WholeArticle:
    """An article with its texts, the one that the others were made from first."""

    article: PortableArticle
    texts: tuple[PortableText, ...]

    def text_in(self, language: str) -> PortableText | None:
        """Return its text in a language; None if there is none."""
        return next((text for text in self.texts if text.language == language), None)

    def states(self) -> Iterator[tuple[str, str]]:
        """Yield what its parts are called, and their states."""
        yield state_of("article", self.article.key), self.article.state
        for text in self.texts:
            yield state_of("text", text.key, text.language), text.state


def names_of(session: Session) -> Names:
    """Return what everything on the site is called in an export."""
    articles = session.execute(select(Article.id, Article.source_key, Article.created_at))
    sections = {row.id: row.slug for row in session.execute(select(Section.id, Section.slug))}
    former = session.execute(select(SectionSlug.slug, SectionSlug.section_id))
    at_work = union(select(Section.verifier_id), select(Article.verifier_id), select(Article.verified_by_id))
    silent = select(Article.id).where(
        ~select(Translation.id).where(Translation.article_id == Article.id).exists()
    )
    people = session.execute(select(User.id, User.email).where(User.id.in_(at_work), User.email.is_not(None)))
    return Names(
        keys={
            row.id: PortableArticle(
                section="", number=row.id, source_key=row.source_key or "", created_at=row.created_at
            ).key
            for row in articles
        },
        silent=frozenset(session.scalars(silent)),
        files=frozenset(session.scalars(select(StoredFile.key))),
        sections=sections,
        slugs={slug: sections[section_id] for slug, section_id in former}
        | {slug: slug for slug in sections.values()},
        accounts={
            row.id: row.external_id for row in session.execute(select(Account.id, Account.external_id))
        },
        people={row.id: row.email for row in people},
    )


def sections_of(session: Session, names: Names) -> list[PortableSection]:
    """Return all sections in their order, those above before those below."""
    former: dict[int, list[str]] = {}
    for slug, section_id in session.execute(select(SectionSlug.slug, SectionSlug.section_id)):
        former.setdefault(section_id, []).append(slug)
    below: dict[int | None, list[Section]] = {}
    for section in session.scalars(select(Section).order_by(Section.position, Section.id)):
        below.setdefault(section.parent_id, []).append(section)

    def walk(parent_id: int | None) -> Iterator[PortableSection]:
        for section in below.get(parent_id, ()):
            yield PortableSection(
                slug=section.slug,
                names=section.names,
                descriptions=section.descriptions,
                former_slugs=tuple(sorted(former.get(section.id, ()))),
                parent=names.sections[parent_id] if parent_id is not None else None,
                order=section.position,
                key=section.source_key or "",
                needs_review=section.needs_review,
                verifier=names.person(section.verifier_id),
                verify_every_days=section.verify_every_days,
            )
            yield from walk(section.id)

    return list(walk(None))


def article_names_of(session: Session, names: Names) -> list[ArticleName]:
    """Return what the paths of all articles with a text are made of."""
    rows = session.execute(
        select(
            Article.id, Article.section_id, Article.source_language, Translation.language, Translation.slug
        )
        .join(Article.translations)
        .order_by(Article.id, Translation.language != Article.source_language, Translation.language)
    )
    found: dict[int, ArticleName] = {}
    for row in rows:
        known = found.get(row.id)
        found[row.id] = ArticleName(
            key=names.keys[row.id],
            article_id=row.id,
            section=names.sections[row.section_id],
            slug=known.slug if known else row.slug,
            language=known.language if known else row.language,
            languages=(*known.languages, row.language) if known else (row.language,),
        )
    return list(found.values())


def articles_of(session: Session, names: Names, ids: Iterable[int]) -> list[WholeArticle]:
    """Return some articles in all their languages, by id."""
    ids = list(ids)
    see_also: dict[int, list[str]] = {}
    chosen = select(SeeAlso.article_id, SeeAlso.other_id).where(SeeAlso.article_id.in_(ids))
    for article_id, other_id in session.execute(chosen.order_by(SeeAlso.position, SeeAlso.other_id)):
        if key := names.article(other_id):
            see_also.setdefault(article_id, []).append(key)
    rows: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in session.execute(_TEXTS.where(Article.id.in_(ids))):
        rows.setdefault(row.id, []).append(row)
    return [
        WholeArticle(
            _article(texts[0], names, see_also.get(article_id, ())), tuple(_text(row, names) for row in texts)
        )
        for article_id, texts in rows.items()
    ]


def _article(row: Row[*tuple[Any, ...]], names: Names, see_also: Sequence[str]) -> PortableArticle:
    return PortableArticle(
        section=names.sections[row.section_id],
        number=row.id,
        source_key=row.source_key or "",
        created_at=row.created_at,
        order=row.position,
        audience=names.audience(row.audience),
        verifier=names.person(row.verifier_id),
        verify_every_days=row.verify_every_days,
        verified_at=row.verified_at,
        verified_by=names.person(row.verified_by_id),
        see_also=tuple(see_also),
        merged_into=names.article(row.merged_into_id) or "",
    )


def _text(row: Row[*tuple[Any, ...]], names: Names) -> PortableText:
    return PortableText(
        key=names.keys[row.id],
        language=row.language,
        status=row.status,
        title=row.title,
        summary=row.summary,
        body=names.body(row.body),
        freshness=row.freshness,
        published_at=row.published_at,
        updated_at=row.updated_at,
    )


def snippets_of(session: Session, names: Names) -> list[PortableShared]:
    """Return all snippets by name."""
    return [_shared(item, names) for item in session.scalars(select(Snippet).order_by(Snippet.name))]


def templates_of(session: Session, names: Names) -> list[PortableShared]:
    """Return all templates by name."""
    rows = session.scalars(select(ArticleTemplate).order_by(ArticleTemplate.name))
    return [_shared(item, names) for item in rows]


def _shared(item: Snippet | ArticleTemplate, names: Names) -> PortableShared:
    bodies = {language: names.body(body) for language, body in sorted(item.bodies.items())}
    return PortableShared(name=item.name, bodies=bodies)


def files_in_articles(session: Session, names: Names) -> Iterator[str]:
    """Yield the keys of the stored files that the texts of articles lead to."""
    for body in session.scalars(select(Translation.body).where(Translation.body.contains("/files/"))):
        yield from files_in(names.body(body))


def files_in(body: str) -> Iterator[str]:
    """Yield the keys of the stored files that a text leads to."""
    for url, _line in destinations(body):
        if (target := Target.of(url)) and target.kind == "file":
            yield target.name


def stored_files(session: Session, keys: Iterable[str]) -> Iterator[StoredFile]:
    """Yield what is stored under some keys, in their order."""
    for some in batches(sorted(keys), _AT_A_TIME):
        wanted = select(StoredFile).where(StoredFile.key.in_(some))
        yield from session.scalars(wanted.order_by(StoredFile.key))


def count_newer_drafts(session: Session) -> int:
    """Return how many texts have a draft that is newer than what readers see."""
    newer = Translation.live_number.is_not(None) & (Translation.live_number != Translation.newest_number)
    return session.scalar(select(func.count()).select_from(Translation).where(newer)) or 0
