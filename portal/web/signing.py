"""What addresses carry so that nobody can make one up."""

from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from portal.core.errors import NotFoundError


def sign(value: object, *, purpose: str) -> str:
    """Return a value as text for an address; what is signed for one purpose is good for no other."""
    return str(_signer(purpose).dumps(value))


def read_signed(token: str, *, purpose: str) -> Any:
    """Return the value in a text that we signed for a purpose.

    Raises:
        NotFoundError: we did not.
    """
    try:
        return _signer(purpose).loads(token)
    except BadSignature as error:
        raise NotFoundError(purpose) from error


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=purpose)
