"""What a key may open, what it looks like, and what its system is called in the ledger."""

import re
from enum import StrEnum
from typing import Final

from portal.accounts.passwords import new_token
from portal.web.slugs import slugify

PREFIX: Final = "engawa_"
"""How keys begin, so that whoever scans texts for secrets knows one."""

LONGEST_NAME: Final = 80
LONGEST_SOURCE: Final = 40
SOURCE: Final = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_SOURCE - 1}}}")
DAYS: Final = (30, 90, 365)
"""For how many days a key may work, unless it lasts until it is revoked."""

_ENDING: Final = 4


class Scope(StrEnum):
    """What a key may do."""

    SIGNALS_WRITE = "signals:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    CONTENT_READ = "content:read"


def new_key() -> str:
    """Return a new key of 256 random bits."""
    return PREFIX + new_token()


def ending_of(key: str) -> str:
    """Return the characters by which a person knows a key that is kept elsewhere."""
    return key[-_ENDING:]


def source_named(name: str) -> str:
    """Make the name of a system from that of its key; empty when it has no Latin letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", slugify(name))[:LONGEST_SOURCE].strip("-")


def ledger_source(source: str) -> str:
    """Return what the ledger calls a system, which is nothing that the portal calls its own facts."""
    return f"api:{source}"
