"""What pages that take a text know of holding it: whether first posts are, and how to say so."""

from flask import current_app
from flask_babel import gettext as _

from portal.core.config import Settings


def holds_first() -> bool:
    """Tell whether this site holds whatever a person writes first."""
    settings: Settings = current_app.extensions["settings"]
    return settings.held_posts == "first"


def waits() -> str:
    """Say that a text was held."""
    words: str = _("Kept. A moderator looks at it first; until then only you see it.")
    return words
