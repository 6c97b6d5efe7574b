"""What a page tells search engines and link previews; a page without a card asks them to leave it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, current_app
from werkzeug.urls import iri_to_uri

from portal.core.config import Settings

LOCALES: Final[Mapping[str, str]] = {"en": "en_US", "ja": "ja_JP"}
DESCRIPTION_CHARS: Final = 160

Thing = Mapping[str, object]
"""What schema.org calls a thing: one object of JSON-LD, without its context."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A page that anyone may read. `path` is its canonical address, in the language of its content.

    `alternates` holds the address in each language, its own included; empty if there is no other. `feeds`
    are titles and addresses. `image` is the path of an own file, None without one.
    """

    title: str
    path: str
    language: str
    description: str = ""
    kind: str = "website"
    alternates: Mapping[str, str] = field(default_factory=dict)
    feeds: Sequence[tuple[str, str]] = ()
    image: str | None = None
    things: Sequence[Thing] = ()

    @property
    def locale(self) -> str:
        """The language as Open Graph writes it."""
        return LOCALES[self.language]

    @property
    def other_locales(self) -> Sequence[str]:
        """The languages of the other translations as Open Graph writes them."""
        return [LOCALES[code] for code in self.alternates if code != self.language]


def absolute(path: str) -> str:
    """Return the whole address of a path of this site, in ASCII."""
    settings: Settings = current_app.extensions["settings"]
    return iri_to_uri(settings.base_url.rstrip("/") + path)


def titled(name: str) -> str:
    """Return a page's name with the site's, as the browser's window shows it."""
    return f"{name} · {current_app.extensions['settings'].site_name}"


def init_cards(app: Flask) -> None:
    """Give templates `absolute`."""
    app.jinja_env.filters["absolute"] = absolute
