"""Which articles are near to one another: by what they say to the search engine, and by who reads both.

Readers are shown the nearest that they may see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session, load_only

from portal.core.statistics import wilson_lower_bound
from portal.knowledge.models import Article, ArticleStatus, RelatedArticle, Translation
from portal.search.analyzer import spans
from portal.search.engine import Query, SearchEngine

READ_WITHIN: Final = timedelta(days=180)
READINGS: Final = ("article.viewed", "article.read")
"""Signals that a person read an article; two on one day say that the articles belong together."""

KEPT: Final = 12
"""How many neighbours of an article are kept, so that a reader who may not see some still finds four."""

LEAST: Final = 0.3
"""How near an article has to be to count as related, 0…1.

Source: judged on the demo's articles in both languages; further away, only the words of the trade are shared.
"""

TELLING_WORDS: Final = 28
CHARS_READ: Final = 3000
"""Of a text; by then it has said what it is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Another article, and how near it is by what both say and by who reads both, 0…1 each."""

    other_id: int
    content: float
    together: float

    @property
    def nearness(self) -> float:
        """How near it is, 0…1: either is reason enough, both are a better one.

        Source: the noisy or of Pearl, J. (1988), Probabilistic Reasoning in Intelligent Systems, section
        4.3.2.
        """
        return 1 - (1 - self.content) * (1 - self.together)


def work_out(
    session: Session, engine: SearchEngine, pairs: Mapping[tuple[str, str], int]
) -> Mapping[int, Sequence[Near]]:
    """Return the neighbours of every published article, given how often two were read together.

    Raises:
        IndexUnavailableError: there is no search index.
    """
    together = read_together(pairs)
    texts = {key: list(rows) for key, rows in groupby(_published(session), lambda text: text.article_id)}
    return {
        article_id: nearest(
            similar(engine, rows),
            {other_id: share for other_id, share in together[article_id].items() if other_id in texts},
        )
        for article_id, rows in texts.items()
    }


def _published(session: Session, *conditions: ColumnElement[bool]) -> Iterable[Translation]:
    """Return the texts that readers see, one article's after another's."""
    columns = (Translation.article_id, Translation.language, Translation.title, Translation.summary)
    published = Translation.status == ArticleStatus.PUBLISHED
    return session.scalars(
        select(Translation)
        .join(Translation.article)
        .options(load_only(*columns, Translation.body_text, raiseload=True))
        .where(published, Article.merged_into_id.is_(None), *conditions)
        .order_by(Translation.article_id, Translation.language)
    )


def read_together(pairs: Mapping[tuple[str, str], int]) -> Mapping[int, Mapping[int, float]]:
    """Return, by the ids of two articles, the share of the days of reading either on which both were read.

    The pair of an article with itself counts the days on which it was read. The share is the lower end of its
    interval, so that a few days of a few people say little.

    Source: the index of Jaccard, P. (1901), Étude comparative de la distribution florale, Bulletin de la
    Société vaudoise des sciences naturelles 37, 547-579.
    """
    shares: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), both in pairs.items():
        if one != other:
            either = pairs[one, one] + pairs[other, other] - both
            one_id, other_id = _id_of(one), _id_of(other)
            share = wilson_lower_bound(both, either)
            shares[one_id][other_id] = shares[other_id][one_id] = share
    return shares


def _id_of(subject: str) -> int:
    return int(subject.removeprefix("article:"))


def similar(engine: SearchEngine, texts: Iterable[Translation]) -> Mapping[int, float]:
    """Return the articles that say what one does, by id, with how near they are to it in the engine's eyes.

    Nearness is the score for the article's own telling words, over the best score for them: mostly its own.
    """
    found: dict[int, float] = {}
    for text in texts:
        query = Query(
            text=telling_words(text), audience=None, language=text.language, kind="article", limit=KEPT + 1
        )
        hits = engine.search(query).hits
        for hit in hits:
            other_id = _id_of(hit.group)
            found[other_id] = max(hit.score / hits[0].score, found.get(other_id, 0.0))
        found.pop(text.article_id, None)
    return found


def telling_words(text: Translation) -> str:
    """Return the words of the title, then those that a text uses most often."""
    said = f"{text.title}\n{text.summary}\n{text.body_text}"[:CHARS_READ]
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for token, start, end in spans(said):
        counts[token] += len(said) if start < len(text.title) else 1
        written.setdefault(token, said[start:end])
    return " ".join(written[token] for token, _count in counts.most_common(TELLING_WORDS))


def nearest(content: Mapping[int, float], together: Mapping[int, float]) -> Sequence[Near]:
    """Return the nearest articles, the nearest first."""
    near = [
        Near(other_id=key, content=content.get(key, 0.0), together=together.get(key, 0.0))
        for key in content.keys() | together.keys()
    ]
    near.sort(key=lambda item: (-item.nearness, item.other_id))
    return [item for item in near if item.nearness >= LEAST][:KEPT]


def keep(session: Session, found: Mapping[int, Sequence[Near]]) -> None:
    """Replace what was known of all articles."""
    session.execute(delete(RelatedArticle))
    _insert(session, found)


def _insert(session: Session, found: Mapping[int, Sequence[Near]]) -> None:
    rows = [{"article_id": key} | asdict(item) for key, near in found.items() for item in near]
    if rows:
        session.execute(insert(RelatedArticle), rows)


def look_again(session: Session, engine: SearchEngine, article_id: int) -> None:
    """Find the neighbours of one article by what it says now; who reads what is known from the last night.

    Raises:
        IndexUnavailableError: there is no search index.
    """
    own = RelatedArticle.article_id == article_id
    known = select(RelatedArticle.other_id, RelatedArticle.together).where(own)
    together = {row.other_id: row.together for row in session.execute(known)}
    texts = _published(session, Translation.article_id == article_id)
    near = nearest(similar(engine, texts), together)
    session.execute(delete(RelatedArticle).where(own))
    _insert(session, {article_id: near})
