"""Links that stop one sort of mail, without signing in."""

from typing import Final

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from portal.core.errors import NotFoundError
from portal.web.cards import absolute

SALT: Final = "unsubscribe"


def unsubscribe_url(user_id: int, scope: str) -> str:
    """Return the link by which a person stops mails of a scope; see `service.stop_mail` for the scopes."""
    return absolute(f"/unsubscribe/{_signer().dumps([user_id, scope])}")


def read_token(token: str) -> tuple[int, str]:
    """Return whose mails of which scope a link stops.

    Raises:
        NotFoundError: we did not make this link.
    """
    try:
        user_id, scope = _signer().loads(token)
    except BadSignature as error:
        raise NotFoundError("unsubscribe link") from error
    return user_id, scope


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=SALT)
