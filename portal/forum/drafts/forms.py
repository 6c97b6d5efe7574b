"""What forms send along for their drafts."""

from flask import request

from portal.accounts.current import current_actor
from portal.core.db import db
from portal.forum.drafts import queries
from portal.forum.drafts.queries import FIELDS, Kept
from portal.forum.drafts.service import Begun, Window
from portal.web.numbers import row_number


def window_sent() -> Window:
    """Return the page from which the form was sent."""
    return Window(
        version=request.form.get("draft_version", 0, type=int),
        writer=request.form.get("draft_writer", "")[:40],
        step=request.form.get("draft_step", 0, type=row_number),
    )


def text_sent(body: str | None = None) -> Begun:
    """Return what was typed into the form, with another body if one is given."""
    return Begun(
        title=request.form.get("title", ""),
        body=request.form.get("body", "") if body is None else body,
        fields={name: request.form[name] for name in FIELDS if request.form.get(name)},
    )


def kept_here(place: str) -> Kept:
    """Return what fills the form of a place when it is opened."""
    return queries.kept_for(db.session(), current_actor(), place)


def kept_as_sent(place: str) -> Kept:
    """Return how a form goes on that comes back with what was typed: from what its window knew."""
    kept, window = kept_here(place), window_sent()
    if kept.draft is None or window.knows(kept.draft):
        return Kept(place=place, version=kept.version)
    return Kept(place=place, version=window.version)
