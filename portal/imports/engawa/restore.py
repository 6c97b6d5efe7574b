"""Brings an export back: files, sections and articles first, then what is said in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from portal.core.batches import batches
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.files.rules import path_of
from portal.files.service import store
from portal.imports.engawa.adding import add_articles
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.articles import TEXTS, ArticleWriter
from portal.imports.engawa.ledger import Ledger
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.sections import SectionWriter
from portal.imports.engawa.shared import restore_shared
from portal.imports.engawa.tree import ExportTree, FoundArticle
from portal.imports.report import Report
from portal.imports.service import BATCH
from portal.imports.source import Problem, Skipped
from portal.knowledge.portable import gather
from portal.knowledge.portable.layout import SECTIONS, name_of_file
from portal.web.slugs import slugify


class Restore:
    """An export on its way into the site, in the languages that it has."""

    def __init__(self, tree: ExportTree, *, uploads: Path, languages: tuple[str, ...], now: datetime) -> None:
        self._tree = tree
        self._uploads = uploads
        self._languages = languages
        self._now = now
        session = db.session()
        self._ledger = Ledger(session, tree.states)
        self._resolver = Resolver(session, self._ledger.problems)

    def run(self, advance: Callable[[int], object]) -> Report:
        """Write everything; `advance` is told how many texts are settled."""
        files = self._store_files()
        with transaction() as session:
            sections = SectionWriter(session, self._ledger, self._resolver)
            sections.write(self._tree)
        articles = [
            item for item in map(self._offered, self._tree.articles) if self._has_place(item, sections.here)
        ]
        ids = add_articles(articles, sections=sections.here, resolver=self._resolver, now=self._now)
        addresses = self._addresses(articles, ids, sections.here, files)
        with transaction() as session:
            restore_shared(session, self._tree, self._ledger, addresses)
        ArticleWriter(self._ledger, self._resolver, addresses, now=self._now).write(articles, advance)
        return self._report()

    def _store_files(self) -> dict[str, str]:
        """Return the addresses of the files that texts lead to, by key."""
        addresses: dict[str, str] = {}
        for batch in batches(self._tree.files.items(), BATCH):
            with transaction() as session:
                for key, location in batch:
                    try:
                        file = store(
                            session,
                            folder=self._uploads,
                            name=name_of_file(location.name, key),
                            content=location.read_bytes(),
                            now=self._now,
                        )
                        addresses[key] = path_of(file)
                    except (InvalidError, OSError) as error:
                        path = location.relative_to(self._tree.root).as_posix()
                        self._ledger.problems.append(Problem(path=path, line=None, message=str(error)))
        return addresses

    def _offered(self, item: FoundArticle) -> FoundArticle:
        """Return an article with its texts in languages of the site."""
        kept = []
        for text in item.texts:
            if text.part.language in self._languages:
                kept.append(text)
            else:
                reason = f"{text.part.language} is no language of this site"
                self._ledger.skipped.append(Skipped(path=text.path, reason=reason))
        return replace(item, texts=tuple(kept))

    def _has_place(self, item: FoundArticle, sections: Mapping[str, str]) -> bool:
        """Tell whether an article has texts, and its folder a section that is here."""
        if item.section in sections:
            return bool(item.texts)
        for text in item.texts:
            self._ledger.fail(TEXTS, text, "", f"no section for its folder in {SECTIONS}")
        return False

    def _addresses(
        self,
        articles: Sequence[FoundArticle],
        ids: Mapping[str, int],
        sections: Mapping[str, str],
        files: Mapping[str, str],
    ) -> Addresses:
        session = db.session()
        session.rollback()
        there = gather.article_names_of(session, gather.names_of(session))
        texts = [text.part for item in articles for text in item.texts]
        return Addresses(
            ids=ids,
            slugs={(item.key, item.language): item.slug for item in there}
            | {(text.key, text.language): slugify(text.title) for text in texts},
            sources={item.key: item.texts[0].part.language for item in articles}
            | {item.key: item.language for item in there},
            sections=sections,
            files=files,
        )

    def _report(self) -> Report:
        tree, ledger = self._tree, self._ledger
        parts = {kind: counts for kind, counts in ledger.outcomes.items() if kind != TEXTS}
        return Report(
            root=tree.root,
            outcomes=ledger.outcomes[TEXTS],
            missing=tree.missing,
            problems=[*tree.problems, *ledger.problems],
            skipped=[*tree.skipped, *ledger.skipped],
            dropped=tree.dropped,
            parts=parts,
        )
