"""Who may see a thing: a set of tokens, stored with the thing and compared with the actor's own.

The tokens are `public`, `signed-in`, `staff`, `plan:<plan>` and `account:<id>`.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy import ColumnElement, Dialect, String, Text, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

from portal.accounts.actors import Actor
from portal.core.errors import InvalidError
from portal.core.i18n import N_

Audience = frozenset[str]

PUBLIC: Final[Audience] = frozenset({"public"})
SIGNED_IN: Final[Audience] = frozenset({"signed-in"})
STAFF: Final[Audience] = frozenset({"staff"})
_TOKEN: Final = re.compile(r"public|signed-in|staff|plan:[a-z0-9-]+|account:\d+")


class AudienceType(TypeDecorator[Audience]):
    """An audience as text with bars around each token, so that one token can be looked for."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        """Write `|account:3|plan:team|`."""
        return None if value is None else f"|{'|'.join(sorted(value))}|"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Audience | None:
        """Read what was written."""
        return None if value is None else frozenset(value.strip("|").split("|"))

    def coerce_compared_value(self, op: object, value: object) -> String:
        """Compare with plain text."""
        return String()


def visible_to(actor: Actor, column: InstrumentedAttribute[Audience]) -> ColumnElement[bool]:
    """Select the rows whose audience the actor belongs to."""
    return seen_by(actor.audiences, column)


def seen_by(tokens: AbstractSet[str] | None, column: InstrumentedAttribute[Audience]) -> ColumnElement[bool]:
    """Select the rows that whoever belongs to these audiences may see; None is staff."""
    if tokens is None:
        return true()
    fits = (column.contains(f"|{token}|", autoescape=True) for token in sorted(tokens))
    return or_(false(), *fits)


def includes(audience: Audience, actor: Actor) -> bool:
    """Tell whether the actor belongs to an audience."""
    return actor.audiences is None or not audience.isdisjoint(actor.audiences)


def all_belong(readers: Audience, audience: Audience, plans: Mapping[str, str]) -> bool:
    """Tell whether everyone of one audience belongs to another as well; staff always do.

    `plans` are the `plan:…` tokens of accounts by their `account:…` tokens.
    """
    return all(
        "public" in audience
        or (token not in PUBLIC and not audience.isdisjoint({"signed-in", token, plans.get(token)}))
        for token in readers - STAFF
    )


def parse_audience(text: str) -> Audience:
    """Read tokens separated by spaces or commas.

    Raises:
        InvalidError: a token is not one of the known forms, or there is none.
    """
    tokens = frozenset(re.split(r"[\s,]+", text.strip())) - {""}
    for token in tokens:
        if not _TOKEN.fullmatch(token):
            raise InvalidError(
                N_("“%(token)s” is no audience: use public, signed-in, staff, plan:… or account:…"),
                token=token,
            )
    if not tokens:
        raise InvalidError(N_("An audience is needed: public, signed-in, staff, plan:… or account:…"))
    return tokens
