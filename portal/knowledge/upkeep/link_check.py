"""Finding the links, pictures and videos in what readers see that lead nowhere; nothing leaves the site."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select, true
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.accounts.models import Account
from portal.core.db import transaction
from portal.core.orm import insert_new
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.paths import path_of_article
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets.models import Snippet
from portal.knowledge.upkeep.landings import Site, landings_of
from portal.knowledge.upkeep.links import Reference, fault_of, references
from portal.knowledge.upkeep.models import LONGEST_TARGET, BrokenLink, Fault

TEXTS_AT_ONCE: Final = 50

_Columns = tuple[int, int, str, str, str, Audience]
_Broken = tuple[int, str, Fault, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """How many texts and links were looked at, and how many links of them are broken."""

    texts: int = 0
    links: int = 0
    broken: int = 0

    def __add__(self, other: "Checked") -> "Checked":
        return Checked(
            texts=self.texts + other.texts, links=self.links + other.links, broken=self.broken + other.broken
        )


def count_texts(session: Session) -> int:
    """Return how many texts readers see."""
    return session.scalar(_texts(true()).with_only_columns(func.count())) or 0


def check_all(site: Site, *, now: datetime, advance: Callable[[int], object]) -> Checked:
    """Look at every text that readers see, some at a time; `advance` hears each time how many those were."""
    total, after_id = Checked(), 0
    while True:
        with transaction(wake=False) as session:
            texts = _some(session, true(), after_id)
            if not texts:
                _forget_unread(session)
                return total
            total += _check(session, site, texts, now)
        after_id = texts[-1].id
        advance(len(texts))


def check_again(session: Session, site: Site, *, article_id: int, now: datetime) -> None:
    """Look at an article's texts, and at those in which a link to it was broken."""
    led_to = select(BrokenLink.translation_id).where(BrokenLink.target.contains(f"articles/{article_id}"))
    own = Translation.article_id == article_id
    _check_those(session, site, or_(own, Translation.id.in_(led_to)), now)


def check_users(session: Session, site: Site, snippet: Snippet, *, now: datetime) -> None:
    """Look at the texts that use a snippet and in which a link was broken."""
    using = snippets.using(snippet.name).with_only_columns(Translation.id)
    are_broken = Translation.id.in_(select(BrokenLink.translation_id))
    _check_those(session, site, and_(are_broken, Translation.id.in_(using.order_by(None))), now)


def _check_those(session: Session, site: Site, wanted: ColumnElement[bool], now: datetime) -> None:
    after_id = 0
    while texts := _some(session, wanted, after_id):
        _check(session, site, texts, now)
        after_id = texts[-1].id


def _texts(condition: ColumnElement[bool]) -> Select[*_Columns]:
    return (
        select(
            Translation.id,
            Translation.article_id,
            Translation.language,
            Translation.slug,
            Translation.body_html,
            Article.audience,
        )
        .join(Translation.article)
        .where(Translation.status == ArticleStatus.PUBLISHED, Article.merged_into_id.is_(None), condition)
    )


def _some(session: Session, condition: ColumnElement[bool], after_id: int) -> Sequence[Row[*_Columns]]:
    query = _texts(condition).where(Translation.id > after_id)
    return session.execute(query.order_by(Translation.id).limit(TEXTS_AT_ONCE)).all()


def _check(session: Session, site: Site, texts: Sequence[Row[*_Columns]], now: datetime) -> Checked:
    """Look at some texts, and keep what is broken in them now."""
    found = [(text, list(_references(site, text))) for text in texts]
    landings = landings_of(session, site, {item.path for _text, items in found for item in items})
    plans = _plans(session)
    broken = {
        (text.id, item.written[:LONGEST_TARGET], fault, item.place)
        for text, items in found
        for item in items
        if (
            fault := fault_of(
                item, landings.get(item.path), language=text.language, readers=text.audience, plans=plans
            )
        )
    }
    _keep(session, [text.id for text in texts], broken, now)
    links = sum(len(items) for _text, items in found)
    return Checked(texts=len(texts), links=links, broken=len(broken))


def _references(site: Site, text: Row[*_Columns]) -> Iterator[Reference]:
    here = path_of_article(text.article_id, text.slug, language=text.language)
    return references(text.body_html, here=here, site=site.address)


def _plans(session: Session) -> Mapping[str, str]:
    """Return the tokens of accounts' plans by those of the accounts."""
    rows = session.execute(select(Account.id, Account.plan))
    return {f"account:{row.id}": f"plan:{row.plan}" for row in rows}


def _keep(session: Session, text_ids: Iterable[int], broken: Collection[_Broken], now: datetime) -> None:
    """Let the list say what is broken in some texts; what was known before keeps its time."""
    rows = session.scalars(select(BrokenLink).where(BrokenLink.translation_id.in_(text_ids)))
    known = {(row.translation_id, row.target, row.fault, row.place): row.id for row in rows}
    mended = [known[key] for key in known.keys() - broken]
    session.execute(delete(BrokenLink).where(BrokenLink.id.in_(mended)))
    new = sorted(broken - known.keys())
    names = ("translation_id", "target", "fault", "place")
    insert_new(session, BrokenLink, [dict(zip(names, key, strict=True)) | {"found_at": now} for key in new])


def _forget_unread(session: Session) -> None:
    """Forget what was broken in texts that nobody reads any more."""
    read = _texts(true()).with_only_columns(Translation.id)
    session.execute(delete(BrokenLink).where(BrokenLink.translation_id.not_in(read)))
