"""Meeting a thing on its own page: what one was told of it is read, and it can be watched."""

from markupsafe import Markup

from portal.accounts.current import current_actor
from portal.core.clock import utc_now
from portal.core.db import db, transaction
from portal.notifications import queries, service
from portal.notifications.queries import Standing
from portal.web.fragments import render_piece


def see(subject: str, *, place: int | None = None) -> Standing:
    """Mark as read what the reader was told of a thing, up to a place in it; return how they stand to it.

    Ask before the page reads anything that it keeps: a write begins with nothing read earlier.
    """
    actor = current_actor()
    standing = queries.standing_for(db.session(), actor, subject)
    if standing.is_unread:
        with transaction(wake=False) as session:
            service.read_thread(session, actor=actor, thread=subject, place=place, now=utc_now())
    return standing


def meet(subject: str, *, place: int | None = None) -> Markup:
    """See a thing, and return the button with which to watch it; nothing for a visitor."""
    if not current_actor().is_signed_in:
        return Markup()
    is_watched = see(subject, place=place).is_watched
    return render_piece("notifications/watch.html", subject=subject, is_watched=is_watched)
