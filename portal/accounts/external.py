"""Audiences in the words of other systems, to which an account is its external id."""

import re
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience, parse_audience
from portal.accounts.models import Account
from portal.accounts.queries import account_by_external_id
from portal.core.errors import InvalidError
from portal.core.i18n import N_

_ACCOUNT = "account:"


def audience_named(session: Session, words: str) -> Audience:
    """Return the audience of tokens, with spaces or commas between them, as `audience_of` does."""
    return audience_of(session, re.split(r"[\s,]+", words.strip()))


def audience_of(session: Session, tokens: Iterable[str]) -> Audience:
    """Return the audience of tokens in which an account has the id that the vendor's other systems know.

    Raises:
        InvalidError: a token is not one of the known forms, or there is no such account.
    """
    return parse_audience(" ".join(_known(session, token) for token in tokens))


def tokens_of(session: Session, audience: Audience) -> list[str]:
    """Return the tokens of an audience as `audience_of` reads them, in order."""
    ids = [int(token.removeprefix(_ACCOUNT)) for token in audience if token.startswith(_ACCOUNT)]
    found = session.execute(select(Account.id, Account.external_id).where(Account.id.in_(ids))).all()
    names = {f"{_ACCOUNT}{number}": f"{_ACCOUNT}{external_id}" for number, external_id in found}
    return sorted(names.get(token, token) for token in audience)


def _known(session: Session, token: str) -> str:
    if not token.startswith(_ACCOUNT):
        return token
    external_id = token.removeprefix(_ACCOUNT)
    account = account_by_external_id(session, external_id)
    if account is None:
        raise InvalidError(N_("There is no account %(id)s."), id=external_id)
    return f"{_ACCOUNT}{account.id}"
