"""For whom an article is, in the words of a source."""

import re
from collections.abc import Iterable

from sqlalchemy.orm import Session

from portal.accounts.audience import Audience, parse_audience
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


def _known(session: Session, token: str) -> str:
    if not token.startswith(_ACCOUNT):
        return token
    external_id = token.removeprefix(_ACCOUNT)
    account = account_by_external_id(session, external_id)
    if account is None:
        raise InvalidError(N_("There is no account %(id)s."), id=external_id)
    return f"{_ACCOUNT}{account.id}"
