"""Reads of accounts, people, sign-ins and invitations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import STAFF_ROLES, VISITOR, Actor
from portal.accounts.models import Account, Invitation, SignIn, User
from portal.accounts.passwords import hash_token
from portal.accounts.sanctions import Sanction, SanctionKind
from portal.core.errors import NotFoundError
from portal.core.i18n import N_
from portal.core.paging import Page, RowCursor

_SIGNED_IN: Final = (  # Made once: making it costs more than asking it, and every page asks.
    select(
        User.id.label("user_id"),
        User.role,
        User.account_id,
        Account.plan,
        User.name,
        User.language,
        User.time_zone,
        User.level,
    )
    .join(SignIn, SignIn.user_id == User.id)
    .outerjoin(User.account)
    .where(
        SignIn.key_hash == bindparam("key_hash"),
        SignIn.revoked_at.is_(None),
        SignIn.expires_at > bindparam("now"),
        User.is_active,
        ~select(Sanction.id)
        .where(
            Sanction.user_id == User.id,
            Sanction.kind == SanctionKind.SUSPENSION,
            Sanction.lifted_at.is_(None),
            Sanction.ends_at > bindparam("now"),
        )
        .exists(),
    )
)


def actor_of_sign_in(session: Session, *, key: str, now: datetime) -> Actor | None:
    """Return who is signed in under a cookie's key; None if it ended."""
    row = session.execute(_SIGNED_IN, {"key_hash": hash_token(key), "now": now}).one_or_none()
    return None if row is None else Actor(**row._asdict(), sign_in_key=key)


def user_by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, for signing in."""
    address = email.strip().lower()
    return session.scalar(select(User).options(joinedload(User.account)).where(User.email == address))


def _accounts_of(actor: Actor) -> ColumnElement[bool]:
    if actor.is_staff:
        return true()
    return Account.id == actor.account_id if actor.has_account else false()


def account_for(session: Session, actor: Actor, account_id: int) -> Account:
    """Return one account: any for staff, their own for its members.

    Raises:
        NotFoundError: no such account that the actor may see.
    """
    account = session.scalar(
        select(Account)
        .options(joinedload(Account.manager))
        .where(Account.id == account_id, _accounts_of(actor))
    )
    if account is None:
        raise NotFoundError("account")
    return account


def accounts_for(session: Session, actor: Actor) -> Sequence[Account]:
    """Return the accounts that the actor may see, by name."""
    return session.scalars(
        select(Account).options(joinedload(Account.manager)).where(_accounts_of(actor)).order_by(Account.name)
    ).all()


def account_page_for(session: Session, actor: Actor, *, after: RowCursor | None, size: int) -> Page[Account]:
    """Return some of the accounts that the actor may see, the oldest first, with their managers."""
    query = (
        select(Account).options(joinedload(Account.manager)).where(_accounts_of(actor)).order_by(Account.id)
    )
    if after:
        query = query.where(Account.id > after.id)
    rows = session.scalars(query.limit(size + 1)).all()
    return Page.cut(rows, size, lambda account: RowCursor(id=account.id))


def account_known_as_for(session: Session, actor: Actor, external_id: str) -> Account:
    """Return the account that the vendor's other systems know by this id, with its manager.

    Raises:
        NotFoundError: no such account that the actor may see.
    """
    account = session.scalar(
        select(Account)
        .options(joinedload(Account.manager))
        .where(Account.external_id == external_id, _accounts_of(actor))
    )
    if account is None:
        raise NotFoundError(N_("There is no account %(id)s."), id=external_id)
    return account


def account_by_external_id(session: Session, external_id: str) -> Account | None:
    """Return the account that the vendor's other systems know by this id."""
    return session.scalar(select(Account).where(Account.external_id == external_id))


def accounts_named(session: Session, external_ids: Collection[str]) -> Sequence[Account]:
    """Return the accounts that the vendor's other systems know by some ids."""
    return session.scalars(select(Account).where(Account.external_id.in_(external_ids))).all()


def members_for(session: Session, actor: Actor, account_id: int) -> Sequence[User]:
    """Return the active people of an account the actor may see, by name."""
    account_for(session, actor, account_id)
    return session.scalars(
        select(User).where(User.account_id == account_id, User.is_active).order_by(User.name)
    ).all()


def staff_for(session: Session, actor: Actor) -> Sequence[User]:
    """Return the vendor's own people, by name; nobody for anyone but staff."""
    if not actor.is_staff:
        return []
    return session.scalars(
        select(User).where(User.role.in_(STAFF_ROLES), User.is_active).order_by(User.name, User.id)
    ).all()


def person_for(session: Session, actor: Actor, user_id: int) -> User:
    """Return a person's public profile: anyone signed in may see it; visitors see nobody.

    Raises:
        NotFoundError: no such person, or the actor is a visitor.
    """
    person = session.scalar(
        select(User).options(joinedload(User.account)).where(User.id == user_id, User.is_active)
    )
    if person is None or actor == VISITOR:
        raise NotFoundError("person")
    return person


def is_customer_who_signs_in() -> ColumnElement[bool]:
    """Select the members of accounts who have an address and are active: the people who can be written to."""
    return and_(User.is_active, User.email.is_not(None), User.role.not_in(STAFF_ROLES))


def hold_people(session: Session, user_ids: Collection[int]) -> None:
    """Let nobody else count what reaches these people until the transaction ends."""
    people = select(User.id).where(User.id.in_(user_ids)).order_by(User.id)
    session.execute(people.with_for_update(key_share=True))


def open_invitation(session: Session, *, token: str, now: datetime, locked: bool = False) -> Invitation:
    """Return the invitation behind a link; `locked` holds its row until the transaction ends.

    Raises:
        NotFoundError: the link is wrong, used or expired.
    """
    query = (
        select(Invitation)
        .options(joinedload(Invitation.account))
        .where(
            Invitation.token_hash == hash_token(token),
            Invitation.accepted_at.is_(None),
            Invitation.expires_at > now,
        )
    )
    invitation = session.scalar(query.with_for_update(of=Invitation) if locked else query)
    if invitation is None:
        raise NotFoundError("invitation")
    return invitation


def invitations_for(session: Session, actor: Actor, account_id: int) -> Sequence[Invitation]:
    """Return the newest invitation of each person who was invited into an account and has not joined.

    Raises:
        NotFoundError: no such account that the actor may see.
    """
    account_for(session, actor, account_id)
    joined = select(User.email).where(User.email.is_not(None))
    waiting = (
        Invitation.account_id == account_id,
        Invitation.accepted_at.is_(None),
        Invitation.email.not_in(joined),
    )
    newest = select(func.max(Invitation.id)).where(*waiting).group_by(Invitation.email)
    return session.scalars(
        select(Invitation).where(Invitation.id.in_(newest)).order_by(Invitation.email)
    ).all()


def ids_of_people_named(session: Session, names: Sequence[str]) -> frozenset[int]:
    """Return the ids of the people whose name holds any of these, whatever the case."""
    fits = [User.name.icontains(name, autoescape=True) for name in names]
    return frozenset(session.scalars(select(User.id).where(or_(*fits))))


def names_of(session: Session, user_ids: Iterable[int | None]) -> Mapping[int | None, str]:
    """Return the names of people by their ids, for those who may see them; None is nobody."""
    ids = set(user_ids) - {None}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())
