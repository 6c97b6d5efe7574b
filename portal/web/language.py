"""Which language and time zone a reader gets."""

from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel

from portal.core.config import Settings
from portal.core.errors import NotFoundError


def init_language(app: Flask, settings: Settings) -> None:
    """Choose per request: the address, then the reader's choice, then the browser's wish."""

    def select_language() -> str:
        if not has_request_context():
            return settings.default_language
        for wanted in (g.get("language"), session.get("language")):
            if wanted in settings.languages:
                return str(wanted)
        wishes = (tag.partition("-")[0] for tag, quality in request.accept_languages if quality)
        return next((wish for wish in wishes if wish in settings.languages), settings.default_language)

    def select_zone() -> str:
        return reader_zone(settings).key

    app.config["BABEL_DEFAULT_LOCALE"] = settings.default_language
    Babel(app, locale_selector=select_language, timezone_selector=select_zone)
    app.extensions["select_language"] = select_language


def reader_zone(settings: Settings) -> ZoneInfo:
    """Return the zone in which times are shown to this reader."""
    return ZoneInfo(session.get("time_zone") or settings.time_zone.key)


def require_language(language: str) -> str:
    """Return a language of the site.

    Raises:
        NotFoundError: it is none.
    """
    if language not in current_app.extensions["settings"].languages:
        raise NotFoundError("language")
    return language
