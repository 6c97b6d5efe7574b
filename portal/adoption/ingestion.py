"""Facts that other systems report: each is checked and matched with its account and person, or refused.

Identity is certain or the fact is refused: an unknown account or address is never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption.kinds import can_be_told
from portal.adoption.service import Fact, record
from portal.core.errors import InvalidError
from portal.core.i18n import N_

FIELDS: Final = frozenset({"key", "kind", "occurred_at", "account", "user", "data"})
LONGEST_KEY: Final = 200
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A fact as told: `account` is an external id and `user` an e-mail address; None when not told."""

    key: str
    kind: str
    occurred_at: datetime
    account: str | None
    user: str | None
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """How many reports were new and how many known, and why others, by index, were refused."""

    accepted: int
    duplicate: int
    rejected: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """The accounts, by external id, and people, by address, that some reports speak of."""

    accounts: Mapping[str, int]
    users: Mapping[str, tuple[int, int | None]]

    def fact_of(self, report: Report, *, source: str) -> Fact:
        """Match a report; without an account of its own it belongs to the person's.

        Raises:
            InvalidError: the account or person is unknown, or they do not belong together.
        """
        account_id = self.accounts.get(report.account) if report.account else None
        if report.account and account_id is None:
            raise InvalidError(N_("there is no account %(account)s"), account=report.account)
        user_id, home_id = self.users.get(report.user, (None, None)) if report.user else (None, account_id)
        if report.user and user_id is None:
            raise InvalidError(N_("there is no person with the address %(user)s"), user=report.user)
        if home_id is None or account_id not in {None, home_id}:
            raise InvalidError(N_("%(user)s does not belong to that account"), user=report.user)
        return Fact(
            kind=report.kind,
            key=report.key,
            occurred_at=report.occurred_at,
            source=source,
            account_id=home_id,
            user_id=user_id,
            data=report.data,
        )


def ingest(session: Session, items: Sequence[object], *, source: str, now: datetime) -> Ingested:
    """Record every item that can be used, whatever the others are; telling it again changes nothing."""
    checked = [_checked(item, now) for item in items]
    directory = _directory(session, [report for report in checked if isinstance(report, Report)])
    facts: list[Fact] = []
    rejected: list[tuple[int, str]] = []
    for index, report in enumerate(checked):
        try:
            if isinstance(report, InvalidError):
                raise report
            facts.append(directory.fact_of(report, source=source))
        except InvalidError as error:
            rejected.append((index, str(error)))
    accepted = len(record(session, facts, now=now))
    return Ingested(accepted=accepted, duplicate=len(facts) - accepted, rejected=tuple(rejected))


def read_report(item: object, *, now: datetime) -> Report:
    """Check one item.

    Raises:
        InvalidError: it is no object, or a field is missing, unknown or cannot be used.
    """
    if not isinstance(item, dict):
        raise InvalidError(N_("a signal is an object with a key, a kind and a time"))
    if unknown := sorted(item.keys() - FIELDS):
        raise InvalidError(N_("%(name)s is no field of a signal"), name=unknown[0])
    kind = _text(item, "kind")
    if not can_be_told(kind):
        raise InvalidError(N_("there is no kind of signal called %(kind)s"), kind=kind)
    if not item.get("account") and not item.get("user"):
        raise InvalidError(N_("account or user is needed"))
    return Report(
        key=_text(item, "key"),
        kind=kind,
        occurred_at=_instant(_text(item, "occurred_at"), now),
        account=_text(item, "account") if item.get("account") else None,
        user=_text(item, "user").strip().lower() if item.get("user") else None,
        data=_data(item.get("data", {})),
    )


def _checked(item: object, now: datetime) -> Report | InvalidError:
    try:
        return read_report(item, now=now)
    except InvalidError as error:
        return error


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_KEY:
        raise InvalidError(N_("%(name)s has to be a text of 1 to 200 characters"), name=name)
    return value


def _instant(text: str, now: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(N_("%(text)s is no ISO 8601 time"), text=text) from None
    if instant.tzinfo is None:
        raise InvalidError(N_("%(text)s lacks its offset from UTC, such as Z or +09:00"), text=text)
    if not EARLIEST <= instant <= now + CLOCKS_DIFFER_BY:
        raise InvalidError(N_("%(text)s lies before 2000 or in the future"), text=text)
    return instant


def _data(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidError(N_("data has to be an object"))
    return value


def _directory(session: Session, reports: Iterable[Report]) -> Directory:
    names = {report.account for report in reports if report.account}
    addresses = {report.user for report in reports if report.user}
    accounts = session.execute(select(Account.external_id, Account.id).where(Account.external_id.in_(names)))
    users = session.execute(select(User.email, User.id, User.account_id).where(User.email.in_(addresses)))
    return Directory(
        accounts=dict(accounts.all()),
        users={str(email): (user_id, account_id) for email, user_id, account_id in users},
    )
