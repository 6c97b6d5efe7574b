"""Brings articles back, once all of them are there and links can lead to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.content.markdown import Rendered, already_rendered
from portal.core.db import db, transaction
from portal.core.errors import InvalidError
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.ledger import Ledger, Step
from portal.imports.engawa.plans import ArticlePlan, TextPlan, plans_of, there_of
from portal.imports.engawa.putting import Putting
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.tree import FoundArticle
from portal.imports.rendering import render_all
from portal.imports.service import Outcome, batches
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
        for batch in batches(plans):
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
            waiting = (text for text in plan.texts if self._step(text, _current(site, text)) in _PUT)
            bodies[plan.found.key] = list(dict.fromkeys(text.body for text in waiting))
        session.rollback()
        return plans, bodies

    def _write(self, batch: Sequence[ArticlePlan], made: Mapping[str, Rendered | str]) -> None:
        """Write some articles; one that cannot be written leaves the others alone."""
        known = {body: one for body, one in made.items() if isinstance(one, Rendered)}
        failures = {body: one for body, one in made.items() if isinstance(one, str)}
        with already_rendered(known), transaction() as session:
            names = gather.names_of(session)
            there = there_of(session, names, (plan.article_id for plan in batch))
            put = {
                name
                for plan in batch
                for name in self._put(session, plan, there.get(plan.found.key), failures)
            }
            after = gather.articles_of(session, names, [plan.article_id for plan in batch])
            states = {name: state for whole in after for name, state in whole.states()}
            self._ledger.leave(session, {name: state for name, state in states.items() if name in put})

    def _put(
        self,
        session: Session,
        plan: ArticlePlan,
        site: WholeArticle | None,
        failures: Mapping[str, str],
    ) -> Iterator[str]:
        """Write an article; yield what those of its parts are called that were changed.

        Where it cannot be said for whom it is, nothing of it is written.
        """
        putting = Putting(session=session, resolver=self._resolver, addresses=self._addresses, now=self._now)
        if not (done := self._put_article(putting, plan, site)):
            self._ledger.outcomes[TEXTS][Outcome.FAILED] += len(plan.texts)
            return
        if done in _PUT:
            yield state_of("article", plan.found.key)
        for text in plan.texts:
            if self._put_text(putting, plan, text, _current(site, text), failures.get(text.body)):
                yield state_of("text", plan.found.key, text.part.language)
        if site is None and plan.found.about:
            article = article_with_texts(session, plan.article_id)
            putting.verification(article, plan.found.about.part)

    def _put_article(self, putting: Putting, plan: ArticlePlan, site: WholeArticle | None) -> Step | None:
        """Write what holds for an article in every language; None if that could not be."""
        about = plan.found.about
        found = about or plan.texts[0].found
        done = self._ledger.step(
            state_of("article", plan.found.key),
            file=about.part.state if about else plan.part.state,
            resolved=plan.part.state,
            site=site.article.state if site else None,
        )
        try:
            if done in _PUT:
                with putting.session.begin_nested():
                    putting.article(plan, site.article if site else None)
        except InvalidError as error:
            self._ledger.fail(ARTICLES, found, error.field or "", str(error))
            return None
        self._ledger.settle(ARTICLES, found, done)
        return None if done is Step.ASK else done

    def _put_text(
        self,
        putting: Putting,
        plan: ArticlePlan,
        text: TextPlan,
        site: PortableText | None,
        failure: str | None,
    ) -> bool:
        """Write a text; tell whether that changed it."""
        done = self._step(text, site)
        if done in _PUT:
            article = article_with_texts(putting.session, plan.article_id, locked=True)
            current = article.translation_in(text.part.language)
            if current and current.has_changes:
                done = Step.ASK
            elif failure := failure or _failure(putting, article, plan, text, site):
                self._ledger.fail(TEXTS, text.found, "title", failure)
                return False
        self._ledger.settle(TEXTS, text.found, done)
        return done in _PUT

    def _step(self, text: TextPlan, site: PortableText | None) -> Step:
        return self._ledger.step(
            state_of("text", text.part.key, text.part.language),
            file=text.found.part.state,
            resolved=text.part.state,
            site=site.state if site else None,
        )


def _failure(
    putting: Putting, article: Article, plan: ArticlePlan, text: TextPlan, site: PortableText | None
) -> str | None:
    """Write a text; return why that could not be, None if it could."""
    try:
        with putting.session.begin_nested():
            putting.text(article, plan, text, site)
    except InvalidError as error:
        return str(error)
    return None


def _current(site: WholeArticle | None, text: TextPlan) -> PortableText | None:
    return site.text_in(text.part.language) if site else None
