"""One act on many articles: what would come of it, doing it, and taking it back.

A batch is one transaction. What is not as it was when it was chosen is left alone, and each article that
cannot follow says why; nothing is done to it by half.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, ForbiddenError, NotFoundError, PortalError
from portal.core.i18n import N_
from portal.knowledge import policies, queries
from portal.knowledge.batches.models import FOLLOWED, Act, ArticleBatch, Outcome, Result
from portal.knowledge.batches.orders import INVERSES, Order
from portal.knowledge.models import Article, Translation
from portal.knowledge.queries import TEXTS
from portal.web.numbers import row_number

LATEST: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A text that was chosen; `stamp` is what it looked like then, empty where that does not matter."""

    article_id: int
    language: str
    stamp: str = ""

    @classmethod
    def of(cls, text: Translation) -> Self:
        """Choose a text (with its article loaded) as it is."""
        return cls(article_id=text.article_id, language=text.language, stamp=stamp_of(text))

    @classmethod
    def parse(cls, words: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: it is no pick.
        """
        number, language, stamp = words.split(":")
        return cls(article_id=row_number(number), language=language, stamp=stamp)

    def __str__(self) -> str:
        return f"{self.article_id}:{self.language}:{self.stamp}"


def stamp_of(text: Translation) -> str:
    """Return a digest of what lists show of a text (with its article loaded), to tell later if it changed."""
    article = text.article
    shown = (
        *(str(text.status), str(text.stage), text.newest_number, text.live_number, text.publish_at),
        *(article.section_id, sorted(article.audience), article.merged_into_id),
        *(article.verifier_id, article.verify_every_days),
    )
    return f"{crc32(repr(shown).encode()):08x}"


@dataclass(frozen=True, slots=True)
class _Task:
    """An order for one text, or for an article of which one text or more were chosen."""

    order: Order
    picks: tuple[Pick, ...]


def _tasks(order: Order, picks: Iterable[Pick]) -> list[_Task]:
    """Return one task for each text, or for each article where the order holds for all of its languages."""
    groups: dict[tuple[int, str], tuple[Pick, ...]] = {}
    for pick in dict.fromkeys(picks):
        key = (pick.article_id, "" if order.of_article else pick.language)
        groups[key] = (*groups.get(key, ()), pick)
    return [_Task(order, group) for group in groups.values()]


def plan_for(session: Session, actor: Actor, order: Order, picks: Iterable[Pick]) -> Sequence[Outcome]:
    """Tell what would come of an order, in three statements whatever the number of picks.

    Raises:
        ForbiddenError: the actor may not write.
    """
    _ask_to_write(actor)
    return [outcome for _task, _text, outcome in _forecasts(session, _tasks(order, picks), locked=False)]


def _ask_to_write(actor: Actor) -> None:
    if not policies.may_write(actor):
        raise ForbiddenError("change articles")


def _forecasts(
    session: Session, tasks: Sequence[_Task], *, locked: bool
) -> list[tuple[_Task, Translation | None, Outcome]]:
    articles = _articles(session, {task.picks[0].article_id for task in tasks}, locked=locked)
    reviewed = queries.sections_needing_review(session)
    found = []
    for task in tasks:
        article = articles.get(task.picks[0].article_id)
        texts = [article.translation_in(pick.language) if article else None for pick in task.picks]
        result = _forecast(task, texts, needs_review=article is not None and article.section_id in reviewed)
        outcome = Outcome(
            article_id=task.picks[0].article_id,
            language=task.picks[0].language,
            title=texts[0].title if texts[0] else "",
            result=result,
        )
        found.append((task, texts[0], outcome))
    return found


def _articles(session: Session, ids: Iterable[int], *, locked: bool) -> Mapping[int, Article]:
    """Return articles with section and texts; without their words unless they are locked to be changed."""
    texts = selectinload(Article.translations)
    if not locked:
        texts = texts.options(*(defer(column, raiseload=True) for column in TEXTS))
    query = select(Article).where(Article.id.in_(ids)).options(joinedload(Article.section), texts)
    query = query.order_by(Article.id)
    rows = session.scalars(query.with_for_update(of=Article) if locked else query)
    return {article.id: article for article in rows}


def _forecast(task: _Task, texts: Sequence[Translation | None], *, needs_review: bool) -> Result:
    there = [text for text in texts if text is not None]
    if len(there) < len(texts):
        return Result.GONE
    if there[0].article.merged_into_id is not None:
        return Result.MERGED
    stamped = zip(task.picks, there, strict=True)
    if any(pick.stamp and pick.stamp != stamp_of(text) for pick, text in stamped):
        return Result.CHANGED
    return task.order.forecast(there[0], needs_review=needs_review)


def carry_out(
    session: Session, *, actor: Actor, order: Order, picks: Iterable[Pick], now: datetime
) -> ArticleBatch:
    """Do an order to each of the picks that can follow; return what came of it.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: what was chosen for all of them cannot be.
    """
    _ask_to_write(actor)
    order.check(session)
    outcomes = list(_done(session, _tasks(order, picks), actor=actor, now=now))
    return _kept(session, actor, order, outcomes, now)


def _done(session: Session, tasks: Sequence[_Task], *, actor: Actor, now: datetime) -> Iterator[Outcome]:
    for task, text, outcome in _forecasts(session, tasks, locked=True):
        if text is None or outcome.result not in FOLLOWED:
            yield outcome
            continue
        try:
            with session.begin_nested():
                before = task.order.do(session, actor=actor, text=text, result=outcome.result, now=now)
            yield replace(outcome, before=before, stamp=stamp_of(text))
        except PortalError as error:
            yield replace(outcome, result=Result.REFUSED, message=error.message, params=error.params)


def _kept(
    session: Session,
    actor: Actor,
    order: Order,
    outcomes: Sequence[Outcome],
    now: datetime,
    *,
    undoes_id: int | None = None,
) -> ArticleBatch:
    batch = ArticleBatch(
        act=order.act,
        done_by_id=actor.user_id,
        done_at=now,
        undoes_id=undoes_id,
        outcomes=outcomes,
    )
    session.add(batch)
    session.flush()
    return batch


def undo(session: Session, *, actor: Actor, batch_id: int, now: datetime) -> ArticleBatch:
    """Take back what a batch did, wherever nobody has changed it since; return what came of that.

    Raises:
        NotFoundError: no such batch, or the actor may not write.
        ConflictError: it was taken back already, or cannot be.
    """
    batch = batch_for(session, actor, batch_id, locked=True)
    if not may_undo(batch):
        raise ConflictError(N_("This was undone already, or cannot be."))
    done = [outcome for outcome in batch.outcomes if outcome.result is Result.DONE]
    tasks = [_Task(INVERSES[batch.act](outcome.before), (_pick_of(outcome, batch.act),)) for outcome in done]
    batch.undone_at = now
    outcomes = list(_done(session, tasks, actor=actor, now=now))
    return _kept(session, actor, tasks[0].order, outcomes, now, undoes_id=batch.id)


def _pick_of(outcome: Outcome, act: Act) -> Pick:
    """Choose a text as a batch left it; that it was verified can be taken back whatever it says by now."""
    stamp = "" if act is Act.VERIFY else outcome.stamp
    return Pick(article_id=outcome.article_id, language=outcome.language, stamp=stamp)


def batch_for(session: Session, actor: Actor, batch_id: int, *, locked: bool = False) -> ArticleBatch:
    """Return what was done to many articles at once, for those who may write.

    Raises:
        NotFoundError: no such batch, or the actor may not write.
    """
    query = select(ArticleBatch).where(ArticleBatch.id == batch_id).options(joinedload(ArticleBatch.done_by))
    query = query.with_for_update(of=ArticleBatch) if locked else query
    batch = session.scalar(query) if policies.may_write(actor) else None
    if batch is None:
        raise NotFoundError("batch")
    return batch


def batches_for(session: Session, actor: Actor) -> Sequence[ArticleBatch]:
    """Return what was done to many articles at once, the latest first; none to whoever may not write."""
    if not policies.may_write(actor):
        return []
    query = select(ArticleBatch).options(
        joinedload(ArticleBatch.done_by), defer(ArticleBatch.rows, raiseload=True)
    )
    return session.scalars(query.order_by(ArticleBatch.id.desc()).limit(LATEST)).all()


def may_undo(batch: ArticleBatch) -> bool:
    """Tell whether something of a batch can still be taken back."""
    was_done = any(outcome.result is Result.DONE for outcome in batch.outcomes)
    return batch.act in INVERSES and batch.undoes_id is None and batch.undone_at is None and was_done
