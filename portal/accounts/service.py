"""Writes to accounts, people, sign-ins and invitations."""

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts import outcomes, policies, queries
from portal.accounts.actors import Actor, Role
from portal.accounts.models import (
    PLANS,
    Account,
    AccountStatus,
    FormerSeats,
    Invitation,
    SignIn,
    TouchTier,
    User,
)
from portal.accounts.passwords import MINIMUM_LENGTH, hash_password, hash_token, matches, new_token
from portal.accounts.sanctions import require_admission
from portal.core import outbox
from portal.core.clock import site_day
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.events import FootingChanged, SpanChanged, UserSignedIn

SIGN_IN_LASTS: Final = timedelta(days=30)
INVITATION_LASTS: Final = timedelta(days=14)
COUNTRY: Final = re.compile("[A-Z]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDetails:
    """What staff decide about an account; see `Account` for what the fields mean."""

    name: str
    plan: str
    seats: int
    touch_tier: TouchTier
    status: AccountStatus
    started_on: date
    renews_on: date | None
    churned_on: date | None
    monthly_revenue: int
    manager_id: int | None
    country: str = "JP"


def sign_in(session: Session, *, email: str, password: str, now: datetime) -> Actor | None:
    """Start a sign-in; None when address and password do not belong together.

    Raises:
        SuspendedError: they do, but the person may not sign in for now.
    """
    user = queries.user_by_email(session, email)
    if not matches(user.password_hash if user else None, password) or user is None or not user.is_active:
        return None
    require_admission(session, user, now=now)
    return start_sign_in(session, user=user, now=now)


def start_sign_in(session: Session, *, user: User, now: datetime) -> Actor:
    """Sign a person in whose identity is already proven."""
    key = new_token()
    session.add(
        SignIn(key_hash=hash_token(key), user_id=user.id, created_at=now, expires_at=now + SIGN_IN_LASTS)
    )
    session.flush()
    outbox.record(session, UserSignedIn(user_id=user.id, account_id=user.account_id, at=now.isoformat()))
    return user.as_actor(sign_in_key=key)


def sign_out(session: Session, *, key: str, now: datetime) -> None:
    """End one sign-in."""
    session.execute(update(SignIn).where(SignIn.key_hash == hash_token(key)).values(revoked_at=now))


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    account: Account | None,
    password: str,
    language: str | None = None,
    now: datetime,
) -> User:
    """Add a person who can sign in.

    Raises:
        ConflictError: someone has that address already.
        InvalidError: the address or password cannot be used, or role and account do not fit.
    """
    address = _free_address(session, email)
    _check_membership(role, belongs=account is not None)
    if len(password) < MINIMUM_LENGTH:
        raise InvalidError(
            N_("The password needs at least %(n)s characters."), field="password", n=MINIMUM_LENGTH
        )
    user = User(
        email=address,
        name=name.strip() or address.partition("@")[0],
        password_hash=hash_password(password),
        role=role,
        account=account,
        language=language,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def _free_address(session: Session, email: str) -> str:
    address = email.strip().lower()
    if "@" not in address:
        raise InvalidError(N_("“%(email)s” is no e-mail address."), field="email", email=email)
    if queries.user_by_email(session, address):
        raise ConflictError(N_("Someone already uses the address %(address)s."), address=address)
    return address


def _check_membership(role: Role, *, belongs: bool) -> None:
    if (role in {Role.CUSTOMER, Role.CHAMPION}) != belongs:
        raise InvalidError(
            N_("Customers and champions belong to an account; staff and admins to none."), field="role"
        )


def invite(
    session: Session, *, actor: Actor, email: str, role: Role, account_id: int | None, now: datetime
) -> str:
    """Make an invitation; return the token of its link, which is kept nowhere else.

    Raises:
        NotFoundError: no such account that the actor may see.
        ForbiddenError: the actor may not invite with this role.
        InvalidError: the address cannot be used, or role and account do not fit.
        ConflictError: someone has that address already.
    """
    if account_id is not None:
        queries.account_for(session, actor, account_id)
    if not policies.may_invite(actor, account_id=account_id, role=role):
        raise ForbiddenError("invite")
    _check_membership(role, belongs=account_id is not None)
    address = _free_address(session, email)
    token = new_token()
    session.add(
        Invitation(
            token_hash=hash_token(token),
            email=address,
            role=role,
            account_id=account_id,
            invited_by_id=actor.user_id,
            created_at=now,
            expires_at=now + INVITATION_LASTS,
        )
    )
    return token


def accept_invitation(session: Session, *, token: str, name: str, password: str, now: datetime) -> Actor:
    """Join by a link, and be signed in.

    Raises:
        NotFoundError: the link is wrong, used or expired.
        InvalidError: the password is too short.
        ConflictError: someone joined with that address meanwhile.
    """
    invitation = queries.open_invitation(session, token=token, now=now, locked=True)
    user = add_user(
        session,
        email=invitation.email,
        name=name,
        role=invitation.role,
        account=invitation.account,
        password=password,
        now=now,
    )
    invitation.accepted_at = now
    return start_sign_in(session, user=user, now=now)


def add_account(session: Session, account: Account) -> Account:
    """Add a customer account.

    Raises:
        ConflictError: there is one with that external id already.
    """
    if queries.account_by_external_id(session, account.external_id):
        raise ConflictError(N_("There is an account %(id)s already."), id=account.external_id)
    session.add(account)
    session.flush()
    outcomes.follow_churn(session, account)
    return account


def open_account(session: Session, *, actor: Actor, external_id: str, details: AccountDetails) -> Account:
    """Add a customer account on the word of staff.

    Raises:
        ForbiddenError: the actor is not staff.
        InvalidError: the details contradict each other or cannot be used.
        ConflictError: there is one with that external id already.
    """
    if not policies.may_manage_accounts(actor):
        raise ForbiddenError("open account")
    _check(session, details)
    return add_account(session, Account(external_id=external_id.strip(), **asdict(details)))


def edition_of(account: Account) -> str:
    """Return a word that is another one whenever what staff decide about an account is."""
    values = [str(getattr(account, field.name)) for field in fields(AccountDetails)]
    return sha256(json.dumps(values).encode()).hexdigest()


def update_account(
    session: Session,
    *,
    actor: Actor,
    account_id: int,
    details: AccountDetails,
    edition: str | None = None,
    now: datetime,
) -> Account:
    """Change an account; note what it decided with that, and the seats it had. Its external id stays.

    `edition` is what the actor saw (see `edition_of`); None replaces whatever there is.

    Raises:
        NotFoundError: no such account that the actor may see.
        ForbiddenError: the actor is not staff.
        InvalidError: the details contradict each other or cannot be used.
        ConflictError: someone else changed it meanwhile.
    """
    account = queries.account_for(session, actor, account_id)
    if not policies.may_manage_accounts(actor):
        raise ForbiddenError("update account")
    _check(session, details)
    session.refresh(account, with_for_update={"of": Account})
    if edition is not None and edition != edition_of(account):
        raise ConflictError("account changed")
    before, span, seats = outcomes.terms_of(account), _span(account), account.seats
    for name, value in asdict(details).items():
        setattr(account, name, value)
    outcomes.note(session, account, before=before, day=site_day(now))
    if _span(account) != span:
        outbox.record(session, SpanChanged(account_id=account_id))
    if account.seats != seats:
        yesterday = site_day(now) - timedelta(days=1)
        insert_new(session, FormerSeats, [{"account_id": account_id, "until": yesterday, "seats": seats}])
        outbox.record(session, FootingChanged(account_id=account_id))
    return account


def _span(account: Account) -> tuple[object, ...]:
    return account.status, account.started_on, account.churned_on


def _check(session: Session, details: AccountDetails) -> None:
    manager = session.get(User, details.manager_id) if details.manager_id is not None else None
    if details.plan not in PLANS:
        raise InvalidError(N_("There is no plan “%(plan)s”."), field="plan", plan=details.plan)
    if not COUNTRY.fullmatch(details.country):
        raise InvalidError(N_("A country is written with two letters, such as JP or US."), field="country")
    if details.renews_on and details.renews_on < details.started_on:
        raise InvalidError(N_("The renewal cannot lie before the start."), field="renews_on")
    if (details.status is AccountStatus.CHURNED) != (details.churned_on is not None):
        raise InvalidError(
            N_("An account that has left needs the day it left; one that pays has none."), field="churned_on"
        )
    if details.churned_on and details.churned_on < details.started_on:
        raise InvalidError(N_("An account cannot leave before it starts."), field="churned_on")
    if details.manager_id is not None and (manager is None or not manager.is_staff):
        raise InvalidError(N_("Choose someone of the staff as manager."), field="manager_id")


def choose_language(session: Session, *, actor: Actor, language: str) -> None:
    """Remember the language a person reads in.

    Raises:
        NotFoundError: the person is gone.
    """
    user = session.get(User, actor.user_id)
    if user is None:
        raise NotFoundError("person")
    user.language = language


def choose_time_zone(session: Session, *, actor: Actor, time_zone: str | None) -> None:
    """Remember the time zone a person lives in; None is the site's.

    Raises:
        NotFoundError: the person is gone.
    """
    user = session.get(User, actor.user_id)
    if user is None:
        raise NotFoundError("person")
    user.time_zone = time_zone
