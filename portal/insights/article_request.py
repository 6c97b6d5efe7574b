"""Which texts of the knowledge base an address asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app, request
from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts import queries as accounts
from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db
from portal.insights import article_wording
from portal.insights.article_filters import DEFAULT_ORDER, ORDERS, Filters, fitting, in_order
from portal.insights.article_wording import Choices
from portal.insights.articles import Base, ListedText, base_for

WORDS: Final = "q"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What can be chosen, what is, and the texts that fit, in the wanted order."""

    choices: Choices
    wanted: Filters
    order: str
    rows: Sequence[ListedText]

    @property
    def articles(self) -> int:
        """How many articles the texts are of."""
        return len({row.text.article_id for row in self.rows})

    @property
    def active(self) -> Iterator[tuple[str, str, Filters]]:
        """The filters that are on: what each is called, its value, and the filters without it."""
        for name, value in self.wanted.items():
            label = value if name == WORDS else dict(self.choices[name])[value]
            others = {other: kept for other, kept in self.wanted.items() if other != name}
            yield article_wording.FILTERS[name](), label, others


def kept() -> dict[str, Any]:
    """Return the filters and the order that the address names, for addresses that lead back to the list."""
    names = (*article_wording.FILTERS, "sort")
    return {name: request.args[name] for name in names if request.args.get(name)}


def site_languages() -> Sequence[str]:
    """Return the languages that the site has."""
    languages: Sequence[str] = current_app.extensions["settings"].languages
    return languages


def whole_base() -> Base:
    """Return the whole knowledge base as the reader names it."""
    return base_for(
        db.session(), current_actor(), site_languages(), language=str(get_locale()), now=utc_now()
    )


def found_texts() -> Found:
    """Return what the address asks for; a value that cannot be chosen leaves nothing out."""
    base, asked = whole_base(), request.args
    choices = _choices(base)
    chosen = {name: asked[name] for name, options in choices.items() if asked.get(name) in dict(options)}
    words = asked.get(WORDS, "").strip()
    wanted = {WORDS: words, **chosen} if words else chosen
    order = asked.get("sort", "")
    order = order if order.removeprefix("-") in ORDERS else DEFAULT_ORDER
    return Found(
        choices=choices, wanted=wanted, order=order, rows=in_order(fitting(base.texts, wanted), order)
    )


def _choices(base: Base) -> Choices:
    """Return what can be chosen; who verifies something is there even if they have left."""
    actor = current_actor()
    verifiers = {row.standing.verifier_id: row.verifier or "" for row in base.texts if row.verifier}
    people = verifiers | {user.id: user.name for user in accounts.staff_for(db.session(), actor)}
    if actor.user_id in people:
        people = {actor.user_id: _("%(name)s (you)", name=people.pop(actor.user_id))} | people
    return article_wording.choices(
        site_languages(),
        sections=[(str(section_id), place.name) for section_id, place in base.places.items()],
        people=[(str(user_id), name) for user_id, name in people.items()],
    )
