"""Which parts of an article are for a reader: those of their plan and the newest version, until they ask."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.actors import Actor
from portal.accounts.forms import PLANS
from portal.content.variants import NEWEST, PLAN, VERSION, Choice, Condition, Options, is_at_least, options

ALL: Final = "all"
OLDEST: Final = "0"

Ways = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """Between what a reader may choose, each as value and name, and the values that are chosen."""

    plans: Ways
    plan: str
    versions: Ways
    version: str


def choice_of(actor: Actor, asked: Mapping[str, str]) -> Choice:
    """Return what a reader sees; visitors and staff see everything until they ask for less."""
    own = Choice(plan=actor.plan, version=NEWEST) if actor.has_account else Choice()
    return Choice(
        plan=_asked(asked.get("plan", ""), PLAN, own.plan),
        version=_asked(asked.get("version", ""), f"{VERSION}|{NEWEST}", own.version),
    )


def _asked(text: str, pattern: str, otherwise: str | None) -> str | None:
    if text == ALL:
        return None
    return text if re.fullmatch(pattern, text) else otherwise


def switch_of(html: str, choice: Choice) -> Switch | None:
    """Return what a page lets its readers choose; None if it says the same to all."""
    found = options(html)
    if not (found.plans or found.versions):
        return None
    return Switch(
        plans=tuple(_plans(found, choice.plan)),
        plan=choice.plan or ALL,
        versions=tuple(_versions(found)),
        version=_reached(found, choice.version),
    )


def _plans(found: Options, chosen: str | None) -> Iterator[tuple[str, str]]:
    if found.plans:
        yield ALL, _("All plans")
        named = dict.fromkeys([*PLANS, *found.plans, *([chosen] if chosen else [])])
        yield from ((plan, str(PLANS.get(plan, plan))) for plan in named)


def _versions(found: Options) -> Iterator[tuple[str, str]]:
    if found.versions:
        newest, *older = found.versions
        yield ALL, _("All versions")
        yield NEWEST, _("Version %(version)s and later", version=newest)
        yield from ((version, _("Version %(version)s", version=version)) for version in older)
        yield OLDEST, _("Before version %(version)s", version=found.versions[-1])


def _reached(found: Options, chosen: str | None) -> str:
    """Return which of the ways a version is."""
    if chosen is None:
        return ALL
    ways = zip(found.versions, (NEWEST, *found.versions[1:]), strict=False)
    return next((way for version, way in ways if is_at_least(chosen, version)), OLDEST)


def label_of(condition: Condition) -> str:
    """Say whom a part is for."""
    if condition.kind == "plan":
        plans = _(", ").join(str(PLANS.get(plan, plan)) for plan in condition.values)
        words: str = ngettext(
            "For the %(plans)s plan", "For the %(plans)s plans", len(condition.values), plans=plans
        )
        return words
    if condition.kind == "since":
        return str(_("From version %(version)s on", version=condition.values[0]))
    return str(_("Before version %(version)s", version=condition.values[0]))
