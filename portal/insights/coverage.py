"""How much of what people read they find in each language, and whether it is true there.

Coverage of a language: views of the articles that its readers find in it, ÷ views of all articles. Views are
those of the last 90 days in any language, since an article matters to the readers of one language as it does
to those of the others; the vendor's own staff leave none. An article counts once a text of it is published in
any language. A translation that waits for a normal change of its original is found (to update); one whose
original has said something else since (outdated), a draft and a missing one are not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.adoption.models import Signal
from portal.core.errors import NotFoundError
from portal.core.statistics import Rate
from portal.knowledge.models import Article, ArticleStatus, Freshness, Translation

VIEWED: Final = "article.viewed"
WINDOW: Final = timedelta(days=90)


class State(StrEnum):
    """What readers of a language find of an article; `draft` and `missing` are nothing."""

    FRESH = "fresh"
    TO_UPDATE = "to_update"
    OUTDATED = "outdated"
    DRAFT = "draft"
    MISSING = "missing"


FOUND: Final = frozenset({State.FRESH, State.TO_UPDATE})
"""What counts as covered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleStates:
    """A published article: its title, how often it was viewed, and its state in each language."""

    article_id: int
    title: str
    title_language: str
    views: int
    states: Mapping[str, State]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What readers of a language find: the share of views that falls on it, articles by state."""

    language: str
    views: Rate
    counts: Mapping[State, int]


def coverage_of(articles: Iterable[ArticleStates], language: str) -> Coverage:
    """Return how much of the articles is found in a language."""
    listed = list(articles)
    found = sum(article.views for article in listed if article.states[language] in FOUND)
    return Coverage(
        language=language,
        views=Rate(found, sum(article.views for article in listed)),
        counts={state: sum(article.states[language] is state for article in listed) for state in State},
    )


_Text = Row[int, str, str, ArticleStatus, Freshness]


def article_states_for(
    session: Session, actor: Actor, languages: Sequence[str], *, language: str, now: datetime
) -> Sequence[ArticleStates]:
    """Return every published article, the most viewed first, by its title in a language or in another.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    texts: defaultdict[int, list[_Text]] = defaultdict(list)
    for text in session.execute(
        select(
            Translation.article_id,
            Translation.language,
            Translation.title,
            Translation.status,
            Translation.freshness,
        )
        .join(Translation.article)
        .where(Article.merged_into_id.is_(None), Translation.status != ArticleStatus.ARCHIVED)
        .order_by(Translation.language != language, Translation.language)
    ):
        texts[text.article_id].append(text)
    views = views_of(session, since=now - WINDOW, until=now)
    found = [
        ArticleStates(
            article_id=article_id,
            title=mine[0].title,
            title_language=mine[0].language,
            views=views.get(f"article:{article_id}", 0),
            states=dict.fromkeys(languages, State.MISSING) | {text.language: _state(text) for text in mine},
        )
        for article_id, mine in texts.items()
        if any(text.status is ArticleStatus.PUBLISHED for text in mine)
    ]
    return sorted(found, key=lambda article: (-article.views, article.article_id))


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("coverage")


def views_of(session: Session, *, since: datetime, until: datetime) -> Mapping[str | None, int]:
    """Return how often each subject was viewed after one time and up to another."""
    counted = select(Signal.subject, func.count()).where(*_viewed(since, until)).group_by(Signal.subject)
    return dict(session.execute(counted).all())


_STATES: Final = {
    Freshness.FRESH: State.FRESH,
    Freshness.TO_UPDATE: State.TO_UPDATE,
    Freshness.OUTDATED: State.OUTDATED,
}


def _state(text: _Text) -> State:
    return _STATES[text.freshness] if text.status is ArticleStatus.PUBLISHED else State.DRAFT


def view_ids_for(
    session: Session, actor: Actor, article_id: int, *, since: datetime, until: datetime
) -> Sequence[int]:
    """Return the ids of the views of an article after one time and up to another, the latest first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    return session.scalars(
        select(Signal.id)
        .where(*_viewed(since, until), Signal.subject == f"article:{article_id}")
        .order_by(Signal.occurred_at.desc(), Signal.id.desc())
    ).all()


def _viewed(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    is_counted = Signal.left_out_as.is_(None)
    return Signal.kind == VIEWED, is_counted, Signal.occurred_at > since, Signal.occurred_at <= until
