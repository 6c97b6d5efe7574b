"""Who is meant by the names that other systems tell: it is certain, or it stays open. Nothing is guessed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from portal.adoption.matching.models import Problem, SignalAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Whose a fact is, and on which aliases that rests; or the problem, and the name that has it.

    `account_id` is None exactly if there is a problem, `user_id` too if nobody is behind the fact.
    """

    account_id: int | None = None
    user_id: int | None = None
    account_alias_id: int | None = None
    person_alias_id: int | None = None
    problem: Problem | None = None
    name: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether the names told are those of the account and the person themselves."""
        return self.problem is None and self.account_alias_id is None and self.person_alias_id is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What a name means that staff have explained; a person comes with the account they belong to now."""

    alias_id: int
    account_id: int | None
    user_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """The accounts by external id, the people by address, and the aliases, of which some facts speak."""

    accounts: Mapping[str, int]
    users: Mapping[str, tuple[int, int | None]]
    aliases: Mapping[tuple[Problem, str], Meaning]

    def find(self, account: str | None, address: str | None) -> Match:
        """Say whose a fact is; without an account of its own it belongs to the person's."""
        account_id = account_alias_id = None
        if account and (account_id := self.accounts.get(account)) is None:
            meant = self.aliases.get((Problem.ACCOUNT, account))
            if meant is None:
                return Match(problem=Problem.ACCOUNT, name=account)
            account_id, account_alias_id = meant.account_id, meant.alias_id
        if not address:
            return Match(account_id=account_id, account_alias_id=account_alias_id)
        person_alias_id = None
        if address in self.users:
            user_id, home_id = self.users[address]
            found: int | None = user_id
        elif meant := self.aliases.get((Problem.PERSON, address)):
            found, home_id, person_alias_id = meant.user_id, meant.account_id, meant.alias_id
        else:
            return Match(problem=Problem.PERSON, name=address)
        if home_id is None or account_id not in {None, home_id}:
            return Match(problem=Problem.ELSEWHERE, name=address)
        return Match(
            account_id=home_id,
            user_id=found,
            account_alias_id=account_alias_id,
            person_alias_id=person_alias_id,
        )


def directory_of(session: Session, names: Iterable[tuple[str | None, str | None]]) -> Directory:
    """Read what is known of the accounts and addresses that some facts name.

    No alias among that is taken back until the transaction ends.
    """
    told = set(names)
    accounts = {account for account, _ in told if account}
    addresses = {address for _, address in told if address}
    by_name = session.execute(
        select(Account.external_id, Account.id).where(Account.external_id.in_(accounts))
    )
    by_address = session.execute(
        select(User.email, User.id, User.account_id).where(User.email.in_(addresses))
    )
    known_accounts: dict[str, int] = dict(by_name.all())
    users = {str(email): (user_id, account_id) for email, user_id, account_id in by_address}
    unknown = [(Problem.ACCOUNT, name) for name in accounts - known_accounts.keys()]
    unknown += [(Problem.PERSON, name) for name in addresses - users.keys()]
    return Directory(accounts=known_accounts, users=users, aliases=_meanings(session, unknown))


def _meanings(
    session: Session, unknown: Collection[tuple[Problem, str]]
) -> Mapping[tuple[Problem, str], Meaning]:
    if not unknown:
        return {}
    rows = session.execute(
        select(SignalAlias, User.account_id)
        .outerjoin(User, User.id == SignalAlias.user_id)
        .where(
            tuple_(SignalAlias.problem, SignalAlias.name).in_(list(unknown)),
            SignalAlias.taken_back_at.is_(None),
        )
        .order_by(SignalAlias.id)
        .with_for_update(read=True, key_share=True, of=SignalAlias)
    )
    return {
        (alias.problem, alias.name): Meaning(
            alias_id=alias.id,
            account_id=alias.account_id if alias.user_id is None else home_id,
            user_id=alias.user_id,
        )
        for alias, home_id in rows
        if not alias.leads_nowhere
    }
