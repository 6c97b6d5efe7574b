"""Reads of facts that wait for their account or person; only staff see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.models import Account, User
from portal.adoption.matching.models import Problem, SignalAlias, UnmatchedSignal
from portal.adoption.own.discretion import names_of
from portal.adoption.own.models import Erasure
from portal.core.errors import NotFoundError

GROUPS_A_PAGE: Final = 50
SAMPLES: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The facts that have the same problem with the same name; `alias` is why they are set aside, or None."""

    problem: Problem
    name: str
    count: int
    first_at: datetime
    last_at: datetime
    kinds: Sequence[str]
    sources: Sequence[str]
    alias: SignalAlias | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupFilter:
    """Which groups to show: with a problem, a text in the name, set aside or waiting, from which place on."""

    problem: Problem | None = None
    text: str = ""
    is_set_aside: bool = False
    page: int = 1


def is_waiting() -> ColumnElement[bool]:
    """Select the facts that are neither in the ledger nor taken back."""
    return and_(UnmatchedSignal.problem.is_not(None), UnmatchedSignal.taken_back_at.is_(None))


def rests_on(alias: SignalAlias) -> ColumnElement[bool]:
    """Select the facts that are in the ledger by an alias, by one index."""
    if alias.problem is Problem.ACCOUNT:
        return UnmatchedSignal.account_alias_id == alias.id
    return UnmatchedSignal.person_alias_id == alias.id


def matchable() -> Select[int]:
    """Select the ids of waiting facts whose problem has gone: someone appeared, or the name was explained."""
    has_account = exists().where(Account.external_id == UnmatchedSignal.account)
    has_person = exists().where(User.email == UnmatchedSignal.address)
    by_id = select(Account.id).where(Account.external_id == UnmatchedSignal.account)
    by_alias = select(SignalAlias.account_id).where(
        SignalAlias.problem == Problem.ACCOUNT,
        SignalAlias.name == UnmatchedSignal.account,
        SignalAlias.taken_back_at.is_(None),
    )
    belongs = exists().where(
        User.email == UnmatchedSignal.address,
        User.account_id.is_not(None),
        or_(
            UnmatchedSignal.account.is_(None),
            User.account_id.in_(by_id.correlate(UnmatchedSignal)),
            User.account_id.in_(by_alias.correlate(UnmatchedSignal)),
        ),
    )
    return (
        select(UnmatchedSignal.id)
        .where(
            is_waiting(),
            or_(
                exists().where(_alias_of(), ~_leads_nowhere()),
                and_(UnmatchedSignal.problem == Problem.ACCOUNT, has_account),
                and_(UnmatchedSignal.problem == Problem.PERSON, has_person),
                and_(UnmatchedSignal.problem == Problem.ELSEWHERE, belongs),
            ),
        )
        .order_by(UnmatchedSignal.id)
    )


def leaving(session: Session, alias_ids: Collection[int | None]) -> Collection[int]:
    """Return which aliases mean someone who is being taken out of the ledger."""
    theirs = select(SignalAlias.id).join(Erasure, Erasure.user_id == SignalAlias.user_id)
    return set(session.scalars(theirs.where(SignalAlias.id.in_(alias_ids), Erasure.finished_at.is_(None))))


def known_keys(session: Session, keys: Sequence[str], *, source: str) -> frozenset[str]:
    """Return which of some keys of a source belong to facts that are kept here."""
    if session.scalar(select(UnmatchedSignal.id).where(UnmatchedSignal.source == source).limit(1)) is None:
        return frozenset()
    names = names_of(keys, source=source)
    mine = select(UnmatchedSignal.key).where(UnmatchedSignal.source == source, UnmatchedSignal.key.in_(names))
    return frozenset(names[key] for key in session.scalars(mine))


def hold_named(session: Session, *wanted: ColumnElement[bool]) -> None:
    """Let nobody erase the people whom waiting facts name; like an erasure, before the facts are held."""
    addresses = select(UnmatchedSignal.address).where(*wanted, is_waiting())
    meant = select(SignalAlias.user_id).where(
        SignalAlias.problem == Problem.PERSON, SignalAlias.name.in_(addresses)
    )
    people = select(User.id).where(or_(User.email.in_(addresses), User.id.in_(meant))).order_by(User.id)
    session.execute(people.with_for_update(read=True))


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotFoundError("unmatched signals")


def _alias_of() -> ColumnElement[bool]:
    return and_(
        SignalAlias.problem == UnmatchedSignal.problem,
        SignalAlias.name == UnmatchedSignal.name,
        SignalAlias.taken_back_at.is_(None),
    )


def _leads_nowhere() -> ColumnElement[bool]:
    return and_(SignalAlias.account_id.is_(None), SignalAlias.user_id.is_(None))


def waiting_with(session: Session, *, problem: Problem, name: str) -> int:
    """Return how many facts wait with a name."""
    same = (UnmatchedSignal.problem == problem, UnmatchedSignal.name == name)
    waiting = select(func.count()).select_from(UnmatchedSignal).where(is_waiting(), *same)
    return session.scalar(waiting) or 0


def resting_on(session: Session, alias: SignalAlias) -> int:
    """Return how many facts are in the ledger by an alias."""
    return session.scalar(select(func.count()).select_from(UnmatchedSignal).where(rests_on(alias))) or 0


def waiting_count_for(session: Session, actor: Actor) -> int:
    """Return how many facts wait for someone to say whose they are.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    waiting = (
        select(func.count()).select_from(UnmatchedSignal).where(is_waiting(), ~exists().where(_alias_of()))
    )
    return session.scalar(waiting) or 0


def groups_for(session: Session, actor: Actor, wanted: GroupFilter) -> tuple[Sequence[Group], bool]:
    """Return a page of groups, the largest first, and whether there are more.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    conditions: list[ColumnElement[bool]] = [
        and_(SignalAlias.id.is_not(None), _leads_nowhere())
        if wanted.is_set_aside
        else SignalAlias.id.is_(None)
    ]
    if wanted.problem:
        conditions.append(UnmatchedSignal.problem == wanted.problem)
    if wanted.text:
        conditions.append(UnmatchedSignal.name.icontains(wanted.text, autoescape=True))
    first = (wanted.page - 1) * GROUPS_A_PAGE
    rows = _groups(session, *conditions, offset=first, limit=GROUPS_A_PAGE + 1)
    return rows[:GROUPS_A_PAGE], len(rows) > GROUPS_A_PAGE


def group_for(session: Session, actor: Actor, *, problem: Problem, name: str) -> Group:
    """Return what waits with a name.

    Raises:
        NotFoundError: the actor is not staff, or nothing waits with that name.
    """
    _require_staff(actor)
    same = (UnmatchedSignal.problem == problem, UnmatchedSignal.name == name)
    found = _groups(session, *same, offset=0, limit=1)
    if not found:
        raise NotFoundError("unmatched signals with that name")
    return found[0]


def _groups(session: Session, *conditions: ColumnElement[bool], offset: int, limit: int) -> Sequence[Group]:
    names = UnmatchedSignal.problem, UnmatchedSignal.name
    number = func.count().label("number")
    query = (
        select(
            *names,
            number,
            func.min(UnmatchedSignal.occurred_at).label("first_at"),
            func.max(UnmatchedSignal.occurred_at).label("last_at"),
            SignalAlias.id.label("alias_id"),
        )
        .outerjoin(SignalAlias, _alias_of())
        .where(is_waiting(), *conditions)
        .group_by(*names, SignalAlias.id)
        .order_by(number.desc(), *names)
    )
    rows = session.execute(query.offset(offset).limit(limit)).all()
    aliases = {alias.id: alias for alias in _aliases(session, [row.alias_id for row in rows if row.alias_id])}
    details = _details(session, [row.name or "" for row in rows])
    return [
        Group(
            problem=row.problem or Problem.ACCOUNT,
            name=row.name or "",
            count=row.number,
            first_at=row.first_at,
            last_at=row.last_at,
            kinds=sorted({kind for kind, _source in details.get((row.problem, row.name), ())}),
            sources=sorted({source for _kind, source in details.get((row.problem, row.name), ())}),
            alias=aliases.get(row.alias_id or 0),
        )
        for row in rows
    ]


def _details(
    session: Session, names: Sequence[str]
) -> Mapping[tuple[Problem | None, str | None], Sequence[tuple[str, str]]]:
    columns = UnmatchedSignal.problem, UnmatchedSignal.name, UnmatchedSignal.kind, UnmatchedSignal.source
    found: dict[tuple[Problem | None, str | None], list[tuple[str, str]]] = {}
    mine = select(*columns).where(is_waiting(), UnmatchedSignal.name.in_(names)).distinct()
    for problem, name, kind, source in session.execute(mine):
        found.setdefault((problem, name), []).append((kind, source))
    return found


def samples_for(session: Session, actor: Actor, group: Group) -> Sequence[UnmatchedSignal]:
    """Return the latest facts of a group.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    return session.scalars(
        select(UnmatchedSignal)
        .where(is_waiting(), UnmatchedSignal.problem == group.problem, UnmatchedSignal.name == group.name)
        .order_by(UnmatchedSignal.occurred_at.desc(), UnmatchedSignal.id.desc())
        .limit(SAMPLES)
    ).all()


def alias_for(session: Session, actor: Actor, alias_id: int) -> SignalAlias:
    """Return an alias that is in force, held until the transaction ends.

    Raises:
        NotFoundError: no such alias, or the actor is not staff.
    """
    _require_staff(actor)
    wanted = select(SignalAlias).where(SignalAlias.id == alias_id, SignalAlias.taken_back_at.is_(None))
    alias = session.scalar(wanted.with_for_update())
    if alias is None:
        raise NotFoundError("alias")
    return alias


def aliases_for(session: Session, actor: Actor) -> Sequence[tuple[SignalAlias, int]]:
    """Return what names were said to mean, the latest first, each with how many signals rest on it.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    resting = (
        select(func.count())
        .select_from(UnmatchedSignal)
        .where(
            or_(
                UnmatchedSignal.account_alias_id == SignalAlias.id,
                UnmatchedSignal.person_alias_id == SignalAlias.id,
            )
        )
        .correlate(SignalAlias)
        .scalar_subquery()
    )
    loaded = (joinedload(SignalAlias.account), joinedload(SignalAlias.user), joinedload(SignalAlias.made_by))
    query = select(SignalAlias, resting).options(*loaded).order_by(SignalAlias.id.desc())
    return list(session.execute(query))


def _aliases(session: Session, ids: Sequence[int]) -> Sequence[SignalAlias]:
    made_by = joinedload(SignalAlias.made_by)
    return session.scalars(select(SignalAlias).options(made_by).where(SignalAlias.id.in_(ids))).all()


def people_by_account_for(session: Session, actor: Actor) -> Sequence[tuple[str, int, str]]:
    """Return account, id and name of everyone who belongs to an account, for choosing one.

    Raises:
        NotFoundError: the actor is not staff.
    """
    _require_staff(actor)
    rows = session.execute(
        select(Account.name, User.id, User.name)
        .join(Account, Account.id == User.account_id)
        .where(User.is_active)
        .order_by(Account.name, User.name, User.id)
    )
    return list(rows)
