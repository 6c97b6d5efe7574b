"""The demo's accounts and people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts import service
from portal.accounts.actors import Role
from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.accounts.passwords import hash_password
from portal.demo.vendor import read_table

PASSWORD: Final = "engawa-demo"  # noqa: S105  # The demo's sign-in page shows it.
LISTED: Final = (
    "customer@demo.example",
    "champion@demo.example",
    "peer@demo.example",
    "staff@demo.example",
    "admin@demo.example",
)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Everyone of the demo, by the keys of its files."""

    people: dict[str, User]
    accounts: dict[str, Account]
    fates: dict[str, str]

    def members(self, external_id: str) -> list[User]:
        """Return the people of an account."""
        account = self.accounts[external_id]
        return [user for user in self.people.values() if user.account_id == account.id]


def hire(session: Session, *, now: datetime) -> Cast:
    """Make the accounts and people."""
    password_hash = hash_password(PASSWORD)
    people: dict[str, User] = {}
    accounts: dict[str, Account] = {}
    staff = read_table("staff.toml")
    for row in staff["staff"]:
        people[row["key"]] = _person(session, row, None, password_hash, now - timedelta(days=900))
    tables = read_table("accounts.toml")["accounts"]
    for row in tables:
        account = accounts[row["external_id"]] = service.add_account(session, _account(row, now))
        for person in row["people"]:
            joined = now - timedelta(days=row["started_days_ago"])
            people[person["key"]] = _person(session, person, account, password_hash, joined)
    for row in staff["managers"]:
        accounts[row["account"]].manager = people[row["staff"]]
    session.flush()
    fates = {row["external_id"]: str(row["fate"]) for row in tables}
    return Cast(people=people, accounts=accounts, fates=fates)


def _account(row: dict[str, Any], now: datetime) -> Account:
    churned = row.get("churned_days_ago")
    today = now.date()
    return Account(
        external_id=row["external_id"],
        name=row["name"],
        plan=row["plan"],
        seats=row["seats"],
        touch_tier=TouchTier(row["touch_tier"]),
        status=AccountStatus.ACTIVE if churned is None else AccountStatus.CHURNED,
        started_on=today - timedelta(days=row["started_days_ago"]),
        renews_on=today + timedelta(days=row["renewal_in_days"]),
        churned_on=None if churned is None else today - timedelta(days=churned),
        monthly_revenue=row["monthly_revenue"],
        country=row["country"],
    )


def _person(
    session: Session, row: dict[str, Any], account: Account | None, password_hash: str, at: datetime
) -> User:
    user = User(
        email=row["email"],
        name=row["name"],
        password_hash=password_hash,
        role=Role(row["role"]),
        account=account,
        language=row["language"],
        time_zone="Asia/Tokyo" if row["language"] == "ja" else None,
        bio=row.get("bio", ""),
        created_at=at,
    )
    session.add(user)
    session.flush()
    return user
