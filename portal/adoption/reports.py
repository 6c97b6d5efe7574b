"""What other systems tell, checked item by item: facts, and corrections of facts they told before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portal.adoption.kinds import can_be_told, schema_of
from portal.adoption.schemas import shown
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.texts import is_written

FIELDS: Final = frozenset({"key", "kind", "occurred_at", "account", "user", "data"})
FIELDS_OF_CORRECTION: Final = frozenset({"key", "voids", "reason"})
LONGEST_KEY: Final = 200
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A fact as told: `account` is an external id and `user` an e-mail address; None when not told."""

    key: str
    kind: str
    occurred_at: datetime
    account: str | None
    user: str | None
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A fact that its reporter takes back: `voids` is the key under which it was told, `reason` says why."""

    key: str
    voids: str
    reason: str


def read_item(item: object, *, now: datetime) -> Report | Correction:
    """Check one item.

    Raises:
        InvalidError: it is no object, or a field is missing, unknown or cannot be used.
    """
    if not isinstance(item, dict):
        raise InvalidError(N_("a signal is an object with a key, a kind and a time"))
    return _correction(item) if "voids" in item else _report(item, now)


def _report(item: Mapping[str, Any], now: datetime) -> Report:
    _refuse_unknown(item, FIELDS)
    kind = _text(item, "kind")
    if not can_be_told(kind):
        raise InvalidError(N_("there is no kind of signal called %(kind)s"), kind=kind)
    account, user = _name(item, "account"), _name(item, "user")
    if not account and not user:
        raise InvalidError(N_("account or user is needed"))
    return Report(
        key=_text(item, "key"),
        kind=kind,
        occurred_at=_instant(_text(item, "occurred_at"), now),
        account=account,
        user=user,
        data=_data(item.get("data", {}), kind),
    )


def _correction(item: Mapping[str, Any]) -> Correction:
    _refuse_unknown(item, FIELDS_OF_CORRECTION)
    correction = Correction(key=_text(item, "key"), voids=_text(item, "voids"), reason=_text(item, "reason"))
    if correction.key == correction.voids:
        raise InvalidError(N_("a correction has a key of its own"))
    return correction


def _refuse_unknown(item: Mapping[str, Any], fields: frozenset[str]) -> None:
    if unknown := sorted(item.keys() - fields):
        raise InvalidError(N_("%(name)s is no field of a signal"), name=shown(unknown[0]))


def _name(item: Mapping[str, Any], name: str) -> str | None:
    """Return whom a report names, as that is compared; None when it names nobody."""
    value = item.get(name)
    if isinstance(value, str):
        value = value.strip() if name == "account" else value.strip().lower()
    return _text({name: value}, name) if value else None


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_KEY or not is_written(value):
        raise InvalidError(
            N_("%(name)s has to be a text of 1 to 200 characters that can be printed"), name=name
        )
    return value


def _instant(text: str, now: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(N_("%(text)s is no ISO 8601 time"), text=text) from None
    if instant.tzinfo is None:
        raise InvalidError(N_("%(text)s lacks its offset from UTC, such as Z or +09:00"), text=text)
    if not EARLIEST <= instant <= now + CLOCKS_DIFFER_BY:
        raise InvalidError(N_("%(text)s lies before 2000 or in the future"), text=text)
    return instant


def _data(value: object, kind: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidError(N_("data has to be an object"))
    schema_of(kind).check(value)
    return value
