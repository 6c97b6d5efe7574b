"""What people are held to while they are new here: how much they write, and how often they lead elsewhere."""

import re
from datetime import datetime, timedelta
from html import unescape
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.core.site import site_host
from portal.forum.models import Post
from portal.forum.reputation import queries
from portal.forum.reputation.rules import rung_for, wait_of

MOST_SITES: Final = 20
"""How many sites of a post are compared with those of staff; what names more is a list and no text."""
_HOUR: Final = timedelta(hours=1)
_LINK: Final = re.compile(r'<a [^>]*?href="((?:https?:)?//[^"]*)"', re.IGNORECASE)


def require_pace(session: Session, actor: Actor, *, moderates: bool, now: datetime) -> None:
    """Refuse what comes too soon after the last posts; staff and a board's moderators are trusted.

    Raises:
        InvalidError: the actor has to wait.
    """
    if moderates:
        return
    rung = rung_for(actor)
    written = queries.times_written(
        session, actor.user_id, since=now - timedelta(days=1), most=rung.posts_a_day
    )
    wait = wait_of(written, rung, now=now)
    if wait is None:
        return
    if wait > _HOUR:
        raise InvalidError(
            N_("That was much for one day. You can post this in %(hours)d h; your text stays here."),
            field="body",
            hours=ceil(wait / _HOUR),
        )
    raise InvalidError(
        N_("That was much for a short time. You can post this in %(minutes)d min; your text stays here."),
        field="body",
        minutes=ceil(wait / timedelta(minutes=1)),
    )


def require_few_links(session: Session, actor: Actor, post: Post, *, moderates: bool) -> None:
    """Refuse a post of a newcomer that leads elsewhere too often; see `links_elsewhere`.

    Raises:
        InvalidError: it has more links than the actor may set.
    """
    most = rung_for(actor).most_links
    if moderates or most is None:
        return
    if links_elsewhere(session, post.body_html, at_most=most) > most:
        raise InvalidError(
            N_(
                "While you are new here, a post may have at most %(most)d links to other sites."
                " Take some out; links to this site are free."
            ),
            field="body",
            most=most,
        )


def links_elsewhere(session: Session, html: str, *, at_most: int) -> int:
    """Count the links in rendered HTML that lead to other sites; those to which staff led are free.

    Those are looked up only if there are more than `at_most`.
    """
    sites = [site for link in _LINK.findall(html) if (site := _site(unescape(link))) != _bare(site_host())]
    different = sorted(set(sites))
    if len(sites) <= at_most or len(different) > MOST_SITES:
        return len(sites)
    known = queries.sites_of_staff(session, different)
    return sum(site not in known for site in sites)


def _site(link: str) -> str:
    """Return the host of an address; one that cannot be read is a site of its own."""
    try:
        return _bare(urlsplit(link).hostname or link)
    except ValueError:
        return link


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
