"""Password hashes (argon2id with the library's defaults, RFC 9106's low-memory profile) and secret tokens."""

import hashlib
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH: Final = 10
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is the hashed one; a missing hash costs the same time."""
    try:
        _hasher.verify(password_hash or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_hex(16))


def new_token() -> str:
    """Return an unguessable token for a link or cookie."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
