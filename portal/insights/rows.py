"""Reads of the rows behind a figure, a page of ids at a time; only staff see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.accounts.queries import names_of
from portal.core.errors import NotFoundError
from portal.core.statistics import Rate
from portal.insights.figures import AccountPeople, helpfulness_by_article
from portal.insights.help_sessions import SEARCH, HelpSession, Outcome
from portal.insights.queries import Ledger
from portal.knowledge.models import Translation
from portal.onboarding.models import Checklist


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """A help session as a page shows it.

    `name` is None for a visitor, `account_name` for someone without an account; `query` is what was searched
    first, empty when nothing was.
    """

    id: int
    started_at: datetime
    outcome: Outcome
    user_id: int | None
    name: str | None
    account_id: int | None
    account_name: str | None
    query: str
    events: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleRow:
    """How helpful an article was, by its title in the reader's language or in another."""

    article_id: int
    title: str
    rate: Rate


def session_rows_for(
    session: Session, actor: Actor, ledger: Ledger, ids: Collection[int]
) -> Sequence[SessionRow]:
    """Return these help sessions, the latest first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    found = [item for item in reversed(ledger.sessions) if item.id in ids]
    names = names_of(session, map(_user_id, found))
    account_ids = {item.account_id for item in found if item.account_id is not None}
    accounts = dict(
        session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids))).all()
    )
    return [
        SessionRow(
            id=item.id,
            started_at=item.started_at,
            outcome=item.outcome,
            user_id=_user_id(item) if _user_id(item) in names else None,
            name=names.get(_user_id(item)),
            account_id=item.account_id,
            account_name=accounts.get(item.account_id or 0),
            query=_first_query(item),
            events=len(item.events),
        )
        for item in found
    ]


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("rows")


def _user_id(item: HelpSession) -> int | None:
    kind, _, key = item.person.partition(":")
    return int(key) if kind == "user" else None


def _first_query(item: HelpSession) -> str:
    return next((str(event.data.get("query", "")) for event in item.events if event.kind == SEARCH), "")


def people_for(session: Session, actor: Actor, ids: Collection[int]) -> Sequence[User]:
    """Return these people with their accounts, by name.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    query = select(User).options(joinedload(User.account)).where(User.id.in_(ids))
    return session.scalars(query.order_by(User.name, User.id)).all()


def accounts_in(ledger: Ledger, ids: Collection[int]) -> Sequence[AccountPeople]:
    """Return these accounts with their active people, by name."""
    return [account for account in ledger.accounts if account.id in ids]


def checklists_for(session: Session, actor: Actor, ids: Collection[int]) -> Sequence[Checklist]:
    """Return these checklists with account and success map, the first to end first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    query = select(Checklist).options(joinedload(Checklist.account), joinedload(Checklist.success_map))
    return session.scalars(query.where(Checklist.id.in_(ids)).order_by(Checklist.ends_on, Checklist.id)).all()


def articles_for(session: Session, actor: Actor, ledger: Ledger, *, language: str) -> Sequence[ArticleRow]:
    """Return the articles that were voted on, the least surely helpful first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rates = {
        int(subject.partition(":")[2]): rate for subject, rate in helpfulness_by_article(ledger.votes).items()
    }
    rows = session.execute(
        select(Translation.article_id, Translation.title)
        .where(Translation.article_id.in_(rates))
        .order_by(Translation.language == language, Translation.language.desc())
    )
    titles = dict(rows.all())
    return [
        ArticleRow(article_id=article_id, title=titles[article_id], rate=rate)
        for article_id, rate in rates.items()
        if article_id in titles
    ]
