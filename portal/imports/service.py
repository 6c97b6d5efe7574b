"""Writing a source into the knowledge base: sections, images and articles first, then their texts.

All addresses are known before the first text is rendered, so that links and images lead to them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.files.service import path_of, store
from portal.imports import queries
from portal.imports.addresses import Addresses
from portal.imports.source import Problem, Skipped, SourceArticle, SourceTree
from portal.knowledge import sections, service, workflow
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.sections import SectionDraft
from portal.knowledge.service import LONGEST_TITLE, Place

BATCH: Final = 50

T = TypeVar("T")


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

    def run(self, advance: Callable[[int], object]) -> None:
        """Write everything, some articles in a transaction; `advance` is told how many are settled."""
        self._learn_what_is_there()
        ids = self._add_articles(self._add_sections())
        images = self._store_images()
        addresses = Addresses(self.tree, language=self.plan.language, ids=ids, images=images)
        for batch in _batches(self.articles):
            self._write(batch, addresses)
            advance(len(batch))

    def _learn_what_is_there(self) -> None:
        prefix, language = self.plan.key(""), self.plan.language
        self._known = queries.digests_by_key(db.session(), prefix=prefix, language=language)
        self.missing = len(self._known.keys() - {self.plan.key(item.key) for item in self.tree.articles})

    def _add_sections(self) -> dict[str | None, int]:
        """Return the sections' ids by key; those that are there already keep their names and places."""
        ids: dict[str | None, int] = {}
        plan = self.plan
        with transaction() as session:
            if plan.section or any(item.section_key is None for item in self.articles):
                root = SectionDraft(names={plan.language: plan.section or plan.product})
                ids[None] = _section(session, plan.product, root)
            top = ids[None] if plan.section else None
            for item in self.tree.sections:
                draft = SectionDraft(
                    names={plan.language: item.title},
                    descriptions={plan.language: item.description} if item.description else {},
                    parent_id=ids[item.parent_key] if item.parent_key else top,
                    position=item.position,
                )
                ids[item.key] = _section(session, plan.key(item.key), draft)
        return ids

    def _add_articles(self, section_ids: Mapping[str | None, int]) -> dict[str, int]:
        """Return the articles' ids by key; a new one has no text yet, and nobody sees it."""
        ids: dict[str, int] = {}
        for batch in _batches(self.articles):
            with transaction() as session:
                known = queries.articles_by_key(session, [self.plan.key(item.key) for item in batch])
                for item in batch:
                    key = self.plan.key(item.key)
                    article = known.get(key) or service.add_article(
                        session,
                        actor=SYSTEM,
                        place=Place(section_id=section_ids[item.section_key]),
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
        for batch in _batches(self.tree.images):
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

    def _write(self, batch: Sequence[SourceArticle], addresses: Addresses) -> None:
        """Write the texts of some articles; one that cannot be rendered leaves the others alone."""
        texts = [(item, _text(item, addresses)) for item in batch]
        sound = [(item, text) for item, text in texts if self._is_sound(item, text)]
        with transaction() as session:
            articles = queries.articles_by_key(session, [self.plan.key(item.key) for item, _ in sound])
            for item, text in sound:
                article = articles[self.plan.key(item.key)]
                self.outcomes[self._write_one(session, article, item, text)] += 1

    def _is_sound(self, item: SourceArticle, text: Text) -> bool:
        """Render what is new, while no other writer has to wait for it; False if that is impossible."""
        try:
            return self._known.get(self.plan.key(item.key)) == _digest(text) or bool(text.rendered)
        except InvalidError as error:
            self._report(item.path, str(error))
            self.outcomes[Outcome.FAILED] += 1
            return False

    def _write_one(self, session: Session, article: Article, item: SourceArticle, text: Text) -> Outcome:
        publishes = self.plan.publish and not item.is_draft
        current, digest = article.translation_in(self.plan.language), _digest(text)
        if current and current.source_digest == digest:
            published = publishes and workflow.publish(
                session, actor=SYSTEM, article=article, language=self.plan.language, now=self.now
            )
            return Outcome.UPDATED if published else Outcome.UNCHANGED
        if current and current.source_digest != _digest(current):
            self.skipped.append(Skipped(path=item.path, reason="changed on the site"))
            return Outcome.SKIPPED
        status = current.status if current else ArticleStatus.DRAFT
        written = service.write_translation(
            session,
            actor=SYSTEM,
            article=article,
            language=self.plan.language,
            text=text,
            status=ArticleStatus.PUBLISHED if publishes else status,
            now=self.now,
        )
        written.source_digest = digest
        return Outcome.UPDATED if current else Outcome.IMPORTED

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


def _digest(text: Text | Translation) -> str:
    """Return what tells one text from another."""
    said = json.dumps([text.title, text.summary, text.body.strip()])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
