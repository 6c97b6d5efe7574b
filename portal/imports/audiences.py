"""For whom an article is, in the words of a source."""

import re

from sqlalchemy.orm import Session

from portal.accounts.audience import Audience, parse_audience
from portal.accounts.queries import account_by_external_id
from portal.core.errors import InvalidError
from portal.core.i18n import N_


def audience_named(session: Session, words: str) -> Audience:
    """Return the audience of tokens in which an account has the id that the vendor's other systems know.

    Raises:
        InvalidError: a token is not one of the known forms, or there is no such account.
    """

    def token(match: re.Match[str]) -> str:
        account = account_by_external_id(session, match["id"])
        if account is None:
            raise InvalidError(N_("There is no account %(id)s."), id=match["id"])
        return f"account:{account.id}"

    return parse_audience(re.sub(r"(?<![^\s,])account:(?P<id>[^\s,]+)", token, words))
