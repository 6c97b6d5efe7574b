"""Links that stop one sort of mail, without signing in."""

from typing import Final

from portal.web.cards import absolute
from portal.web.signing import read_signed, sign

PURPOSE: Final = "unsubscribe"


def unsubscribe_url(user_id: int, scope: str) -> str:
    """Return the link by which a person stops mails of a scope; see `service.stop_mail` for the scopes."""
    return absolute(f"/unsubscribe/{sign([user_id, scope], purpose=PURPOSE)}")


def read_token(token: str) -> tuple[int, str]:
    """Return whose mails of which scope a link stops.

    Raises:
        NotFoundError: we did not make this link.
    """
    user_id, scope = read_signed(token, purpose=PURPOSE)
    return user_id, scope
