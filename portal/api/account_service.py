"""Accounts as other systems keep them."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import queries, service
from portal.accounts.actors import Actor
from portal.accounts.models import Account
from portal.accounts.service import AccountDetails
from portal.api.schemas import AccountChange
from portal.core.errors import ConflictError, InvalidError
from portal.core.texts import is_written

LONGEST_ID = 100


def put_account(
    session: Session, *, actor: Actor, external_id: str, change: AccountChange, now: datetime
) -> tuple[Account, bool]:
    """Add an account, or change what is told of it; return it, and whether it is new.

    Raises:
        InvalidError: the id or the details cannot be used, or contradict each other.
        ConflictError: somebody else added it at the same moment.
    """
    account = queries.account_by_external_id(session, external_id)
    details = _details(session, account, change)
    if account:
        changed = service.update_account(
            session, actor=actor, account_id=account.id, details=details, now=now
        )
        return changed, False
    _check_new(external_id, change)
    try:
        account = service.open_account(session, actor=actor, external_id=external_id, details=details)
    except IntegrityError:
        raise ConflictError("this account is being added at the same moment; send it again") from None
    return account, True


def _details(session: Session, account: Account | None, change: AccountChange) -> AccountDetails:
    """Take what is told, and the rest from the account or, for a new one, from the defaults."""
    told = change.model_dump(exclude_unset=account is not None, exclude={"manager"})
    if account is None or "manager" in change.model_fields_set:
        told["manager_id"] = _manager(session, change.manager)
    names = [field.name for field in fields(AccountDetails)]
    kept: dict[str, Any] = {name: getattr(account, name) for name in names} if account else {}
    return AccountDetails(**(kept | told))


def _manager(session: Session, email: str | None) -> int | None:
    if email is None:
        return None
    person = queries.user_by_email(session, email)
    if person is None or not person.is_staff:
        raise InvalidError(
            "there is no one of the staff with the address %(email)s", field="manager", email=email
        )
    return person.id


def _check_new(external_id: str, change: AccountChange) -> None:
    if (
        not 0 < len(external_id) <= LONGEST_ID
        or not is_written(external_id)
        or external_id.strip() != external_id
    ):
        raise InvalidError(
            "an external id has 1 to %(longest)s characters that can be printed", longest=LONGEST_ID
        )
    if "name" not in change.model_fields_set:
        raise InvalidError("a new account needs a name", field="name")
