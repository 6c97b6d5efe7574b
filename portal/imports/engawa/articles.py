"""Brings articles back, once all of them are there and links can lead to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from portal.content.markdown import Rendered, already_rendered
from portal.core.batches import batches
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.ledger import Ledger, Step
from portal.imports.engawa.plans import ArticlePlan, TextPlan, plans_of, there_of
from portal.imports.engawa.putting import Putting
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.tree import FoundArticle
from portal.imports.queries import locked_articles
from portal.imports.rendering import render_all
from portal.imports.service import BATCH, Outcome
from portal.knowledge.models import Article
from portal.knowledge.portable import gather
from portal.knowledge.portable.gather import WholeArticle
from portal.knowledge.portable.manifest import state_of
from portal.knowledge.portable.parts import PortableText
from portal.knowledge.queries import article_with_texts

ARTICLES: Final = "articles"
TEXTS: Final = "texts"
_PUT: Final = frozenset({Step.ADD, Step.UPDATE})


class ArticleWriter:
    """The articles of an export on their way in."""

    def __init__(self, ledger: Ledger, resolver: Resolver, addresses: Addresses, *, now: datetime) -> None:
        self._ledger = ledger
        self._resolver = resolver
        self._addresses = addresses
        self._now = now

    def write(self, articles: Sequence[FoundArticle], advance: Callable[[int], object]) -> None:
        """Write what was changed, some in a transaction; `advance` is told how many texts are settled."""
        plans, bodies = self._planned(articles)
        rendered = render_all([body for some in bodies.values() for body in some])
        for batch in batches(plans, BATCH):
            made = {body: next(rendered) for plan in batch for body in bodies[plan.found.key]}
            self._write(batch, made)
            advance(sum(len(plan.texts) for plan in batch))

    def _planned(self, articles: Sequence[FoundArticle]) -> tuple[list[ArticlePlan], dict[str, list[str]]]:
        """Return what articles come to, and by key the bodies that have to be rendered."""
        session = db.session()
        session.rollback()
        plans: list[ArticlePlan] = []
        bodies: dict[str, list[str]] = {}
        found = plans_of(session, articles, resolver=self._resolver, addresses=self._addresses)
        for plan, site in found:
            plans.append(plan)
            waiting = (
                text for text in plan.texts if step_of(self._ledger, text, current_of(site, text)) in _PUT
            )
            bodies[plan.found.key] = list(dict.fromkeys(text.body for text in waiting))
        session.rollback()
        return plans, bodies

    def _write(self, batch: Sequence[ArticlePlan], made: Mapping[str, Rendered | str]) -> None:
        """Write some articles; one that cannot be written leaves the others alone."""
        known = {body: one for body, one in made.items() if isinstance(one, Rendered)}
        failures = {body: one for body, one in made.items() if isinstance(one, str)}
        with already_rendered(known), transaction() as session:
            ids = [plan.article_id for plan in batch]
            rows = locked_articles(session, ids)
            names = gather.names_of(session)
            there = there_of(session, names, ids)
            put = _Put(self._putting(session), self._ledger, failures)
            for plan in batch:
                put.article(rows[plan.article_id], plan, there.get(plan.found.key))
            self._ledger.leave(session, put.states(gather.articles_of(session, names, ids)))

    def _putting(self, session: Session) -> Putting:
        return Putting(session=session, resolver=self._resolver, addresses=self._addresses, now=self._now)


class _Put:
    """Some articles that are written in one transaction; `failures` are by body."""

    def __init__(self, putting: Putting, ledger: Ledger, failures: Mapping[str, str]) -> None:
        self._putting = putting
        self._ledger = ledger
        self._failures = failures
        self._changed: set[str] = set()

    def states(self, after: Iterable[WholeArticle]) -> dict[str, str]:
        """Return the states of the parts that were changed."""
        states = (item for whole in after for item in whole.states())
        return {name: state for name, state in states if name in self._changed}

    def article(self, article: Article, plan: ArticlePlan, site: WholeArticle | None) -> None:
        """Write an article; where it cannot be said for whom it is, nothing of it is written."""
        if not self._about(article, plan, site):
            self._ledger.outcomes[TEXTS][Outcome.FAILED] += len(plan.texts)
            return
        for text in plan.texts:
            self._text(article, plan, text, current_of(site, text))
        if site is None and plan.found.about:
            self._putting.verification(article, plan.found.about.part)

    def _about(self, article: Article, plan: ArticlePlan, site: WholeArticle | None) -> bool:
        """Write what holds for an article in every language; tell whether its texts may follow."""
        about, name = plan.found.about, state_of("article", plan.found.key)
        found = about or plan.texts[0].found
        done = self._ledger.step(
            name,
            file=about.part.state if about else plan.part.state,
            resolved=plan.part.state,
            site=site.article.state if site else None,
        )
        if done in _PUT:
            failure = self._failure(
                lambda: self._putting.article(article, plan, site.article if site else None)
            )
            if failure:
                self._ledger.fail(ARTICLES, found, "", failure)
                return False
            self._changed.add(name)
        self._ledger.settle(ARTICLES, found, done)
        return done is not Step.ASK

    def _text(self, article: Article, plan: ArticlePlan, text: TextPlan, site: PortableText | None) -> None:
        done = step_of(self._ledger, text, site)
        if done in _PUT:
            article = self._whole(article)
            current = article.translation_in(text.part.language)
            if current and current.has_changes:
                return self._ledger.settle(TEXTS, text.found, Step.ASK)
            failure = self._failures.get(text.body)
            failure = failure or self._failure(lambda: self._putting.text(article, plan, text, site))
            if failure:
                return self._ledger.fail(TEXTS, text.found, "title", failure)
            self._changed.add(state_of("text", plan.found.key, text.part.language))
        return self._ledger.settle(TEXTS, text.found, done)

    def _failure(self, write: Callable[[], None]) -> str | None:
        """Write something whole or not at all; return why it could not be, None if it could."""
        try:
            with self._putting.session.begin_nested():
                write()
        except InvalidError as error:
            return str(error)
        return None

    def _whole(self, article: Article) -> Article:
        """Return an article with its texts, which what could not be written may have let go."""
        is_loaded = "translations" not in inspect(article).unloaded
        return article if is_loaded else article_with_texts(self._putting.session, article.id)


def step_of(ledger: Ledger, text: TextPlan, site: PortableText | None) -> Step:
    """Tell what to do about a text."""
    return ledger.step(
        state_of("text", text.part.key, text.part.language),
        file=text.found.part.state,
        resolved=text.part.state,
        site=site.state if site else None,
    )


def current_of(site: WholeArticle | None, text: TextPlan) -> PortableText | None:
    """Return what the site has of a text; None if it is new."""
    return site.text_in(text.part.language) if site else None
