"""Writing a source into the knowledge base: sections, images and articles first, then their texts.

All addresses are known before the first text is rendered, so that links and images lead to them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import PUBLIC, STAFF, Audience
from portal.accounts.external import audience_named
from portal.content.markdown import Rendered, already_rendered
from portal.core.batches import batches
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.files.rules import path_of
from portal.files.service import store
from portal.imports import queries
from portal.imports.addresses import Addresses
from portal.imports.rendering import render_all
from portal.imports.source import Problem, Skipped, SourceArticle, SourceSection, SourceTree
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.service import LONGEST_TITLE, Place
from portal.knowledge.structure import sections
from portal.knowledge.structure.sections import DEEPEST, SectionDraft

BATCH: Final = 50


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a source comes in.

    `product` is a name that its languages share; `section` will hold all of it, or None as its folders say.
    """

    product: str
    language: str
    section: str | None
    publish: bool
    uploads: Path

    def key(self, name: str) -> str:
        """Return under which key the base knows a section or an article of the source."""
        return f"{self.product}/{name}"


class Outcome(StrEnum):
    """What came of one article."""

    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Import:
    """A source on its way into the base, and what came of it.

    `missing` counts the articles of earlier imports that the source no longer has; they are left alone.
    """

    def __init__(self, tree: SourceTree, plan: Plan, *, now: datetime) -> None:
        self.tree = tree
        self.plan = plan
        self.now = now
        self.outcomes: Counter[Outcome] = Counter()
        self.problems = list(tree.problems)
        self.articles = [item for item in tree.articles if item.body]
        empty = (Skipped(path=item.path, reason="no text") for item in tree.articles if not item.body)
        self.skipped = [*tree.skipped, *empty]
        self.missing = 0
        self._known: Mapping[str, str | None] = {}
        self._audiences: dict[str, Audience] = {}

    def run(self, advance: Callable[[int], object]) -> None:
        """Write everything, some articles in a transaction; `advance` is told how many are settled."""
        self.write(self.add(), advance=advance)

    def add(self) -> dict[str, int]:
        """Add what is new of sections and articles, still without texts; return the articles' ids by key."""
        self._learn_what_is_there()
        return self._add_articles(self._add_sections())

    def write(
        self,
        ids: Mapping[str, int],
        *,
        others: Sequence[SourceTree] = (),
        advance: Callable[[int], object],
    ) -> None:
        """Write the texts; their links lead to articles of this language, or else of the other trees."""
        addresses = Addresses([self.tree, *others], ids=ids, images=self._store_images())
        texts = [(item, _text(item, addresses)) for item in self.articles]
        rendered = render_all([text.body for item, text in texts if self._is_new(item, text)])
        for batch in batches(texts, BATCH):
            self._write(
                batch, {text.body: next(rendered) for item, text in batch if self._is_new(item, text)}
            )
            advance(len(batch))

    def _learn_what_is_there(self) -> None:
        prefix, language = self.plan.key(""), self.plan.language
        self._known = queries.digests_by_key(db.session(), prefix=prefix, language=language)
        self.missing = len(self._known.keys() - {self.plan.key(item.key) for item in self.tree.articles})
        self._audiences = {item.key: self._audience(item) for item in self.articles if item.audience}

    def _audience(self, item: SourceArticle) -> Audience:
        """Return for whom an article is; if that cannot be understood, it is for staff alone."""
        try:
            return audience_named(db.session(), item.audience)
        except InvalidError as error:
            self._report(item.path, f"{error}; until then it is for staff alone")
            return STAFF

    def _add_sections(self) -> dict[str | None, int]:
        """Return the sections' ids by key; those that are there already keep their names and places."""
        ids: dict[str | None, int] = {}
        plan = self.plan
        with transaction() as session:
            if plan.section or any(item.section_key is None for item in self.articles):
                root = SectionDraft(names={plan.language: plan.section or plan.product})
                ids[None] = _section(session, plan.product, root)
            depths: dict[str | None, int] = {None: 1 if plan.section else 0}
            for item in self.tree.sections:
                above = item.parent_key
                depths[item.key] = min(depths[above] + 1, DEEPEST)
                if depths[above] == DEEPEST:
                    ids[item.key] = ids[above]
                    self.skipped.append(
                        Skipped(path=item.key, reason="section too deep; joined to the one above")
                    )
                else:
                    parent_id = ids[above] if above or plan.section else None
                    ids[item.key] = _section(session, plan.key(item.key), self._draft(item, parent_id))
        return ids

    def _draft(self, item: SourceSection, parent_id: int | None) -> SectionDraft:
        language = self.plan.language
        return SectionDraft(
            names={language: item.title},
            descriptions={language: item.description} if item.description else {},
            parent_id=parent_id,
            position=item.position,
        )

    def _add_articles(self, section_ids: Mapping[str | None, int]) -> dict[str, int]:
        """Return the articles' ids by key; a new one has no text yet, and nobody sees it."""
        ids: dict[str, int] = {}
        for batch in batches(self.articles, BATCH):
            with transaction() as session:
                known = queries.articles_by_key(session, [self.plan.key(item.key) for item in batch])
                for item in batch:
                    key = self.plan.key(item.key)
                    article = known.get(key) or service.add_article(
                        session,
                        actor=SYSTEM,
                        place=Place(
                            section_id=section_ids[item.section_key],
                            audience=self._audiences.get(item.key, PUBLIC),
                        ),
                        position=item.position,
                        source_key=key,
                        now=self.now,
                    )
                    ids[item.key] = article.id
        return ids

    def _store_images(self) -> dict[str, str]:
        """Return the images' addresses by path; what cannot be shown is reported where it is used."""
        users = {path: item.path for item in self.articles for path in item.images}
        addresses: dict[str, str] = {}
        for batch in batches(self.tree.images, BATCH):
            with transaction() as session:
                for image in batch:
                    try:
                        content = image.read()
                        file = store(
                            session, folder=self.plan.uploads, name=image.path, content=content, now=self.now
                        )
                        addresses[image.path] = path_of(file)
                    except (InvalidError, OSError) as error:
                        self._report(users.get(image.path, image.path), str(error))
        return addresses

    def _write(
        self, batch: Sequence[tuple[SourceArticle, Text]], rendered: Mapping[str, Rendered | str]
    ) -> None:
        """Write the texts of some articles; one that could not be rendered leaves the others alone."""
        known = {body: made for body, made in rendered.items() if isinstance(made, Rendered)}
        with already_rendered(known), transaction() as session:
            articles = queries.articles_by_key(session, [self.plan.key(item.key) for item, _ in batch])
            for item, text in batch:
                failure = rendered.get(text.body)
                if isinstance(failure, str):
                    self._report(item.path, failure)
                    self.outcomes[Outcome.FAILED] += 1
                else:
                    article = articles[self.plan.key(item.key)]
                    self.outcomes[self._write_one(session, article, item, text)] += 1

    def _is_new(self, item: SourceArticle, text: Text) -> bool:
        return self._known.get(self.plan.key(item.key)) != _digest(text, self._audiences.get(item.key))

    def _write_one(self, session: Session, article: Article, item: SourceArticle, text: Text) -> Outcome:
        current = article.translation_in(self.plan.language)
        if current and not self._is_new(item, text):
            return self._publish(session, article, current, item)
        if current and _is_changed(article, current):
            self.skipped.append(Skipped(path=item.path, reason="changed on the site"))
            return Outcome.SKIPPED
        audience = self._audiences.get(item.key)
        if audience and audience != article.audience:
            place = Place(section_id=article.section_id, audience=audience)
            service.move_article(session, actor=SYSTEM, article_id=article.id, place=place, now=self.now)
        status = current.status if current else ArticleStatus.DRAFT
        written = service.write_translation(
            session,
            actor=SYSTEM,
            article=article,
            language=self.plan.language,
            text=text,
            status=ArticleStatus.PUBLISHED if self._publishes(item) else status,
            now=self.now,
        )
        written.source_digest = _digest(text, audience)
        return Outcome.UPDATED if current else Outcome.IMPORTED

    def _publish(
        self, session: Session, article: Article, current: Translation, item: SourceArticle
    ) -> Outcome:
        """Publish what an earlier import left as a draft, unless staff made something of it."""
        is_waiting = current.status is ArticleStatus.DRAFT and not _is_changed(article, current)
        if not (is_waiting and self._publishes(item)):
            return Outcome.UNCHANGED
        workflow.publish(session, actor=SYSTEM, article=article, language=self.plan.language, now=self.now)
        return Outcome.UPDATED

    def _publishes(self, item: SourceArticle) -> bool:
        return self.plan.publish and not item.is_draft

    def _report(self, path: str, message: str) -> None:
        self.problems.append(Problem(path=path, line=None, message=message))


def _section(session: Session, key: str, draft: SectionDraft) -> int:
    """Return the id of the section of a key; a known one only learns what it is called in a new language."""
    section = queries.section_by_key(session, key)
    if section is None:
        section = sections.add_section(session, actor=SYSTEM, draft=draft, source_key=key)
    section.names = {**draft.names, **section.names}
    section.descriptions = {**draft.descriptions, **section.descriptions}
    return section.id


def _text(item: SourceArticle, addresses: Addresses) -> Text:
    """Return what an article will say, as it will be stored."""
    title = " ".join(item.title.split())[:LONGEST_TITLE]
    return Text(title=title, summary=item.summary.strip(), body=addresses.resolve(item.body))


def _is_changed(article: Article, current: Translation) -> bool:
    """Tell whether staff wrote, drafted, archived or merged what an import had brought in."""
    as_imported = {_digest(current, None), _digest(current, article.audience)}
    return (
        current.source_digest not in as_imported
        or current.has_changes
        or current.status is ArticleStatus.ARCHIVED
        or article.merged_into_id is not None
    )


def _digest(text: Text | Translation, audience: Audience | None) -> str:
    """Return what tells one text from another, and one audience that a source names from another."""
    said = json.dumps([text.title, text.summary, text.body.strip(), *sorted(audience or ())])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
