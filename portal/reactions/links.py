"""What is known of broken links follows what is published."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.accounts.audience import PUBLIC, STAFF, Audience
from portal.core.config import Settings
from portal.events import ArticlePublished, SnippetChanged
from portal.forum.audiences import audiences_of_boards, audiences_of_topics
from portal.knowledge.snippets.models import Snippet
from portal.knowledge.upkeep import link_check
from portal.knowledge.upkeep.landings import Site
from portal.web.assets import is_asset
from portal.web.numbers import LARGEST_ROW


def this_site() -> Site:
    """Describe the site whose links are looked at."""
    settings: Settings = current_app.extensions["settings"]
    return Site(
        address=settings.base_url,
        languages=settings.languages,
        uploads=settings.uploads_dir,
        elsewhere=audiences_elsewhere,
    )


def check_links(session: Session, event: ArticlePublished, now: datetime) -> None:
    """Look at the links of what was published, and at those to it that were broken."""
    link_check.check_again(session, this_site(), article_id=event.article_id, now=now)


def check_users(session: Session, event: SnippetChanged, now: datetime) -> None:
    """Look again where a link was broken in texts that have followed a snippet."""
    if snippet := session.get(Snippet, event.snippet_id):
        link_check.check_users(session, this_site(), snippet, now=now)


def audiences_elsewhere(session: Session, paths: Collection[str]) -> Mapping[str, Audience]:
    """Return whom the pages outside the knowledge base are for; what leads to no page is left out."""
    pages = {path: page for path in paths if (page := _page_at(path))}
    topic_ids = {arguments["topic_id"] for _endpoint, arguments in pages.values() if "topic_id" in arguments}
    topics = audiences_of_topics(session, {number for number in topic_ids if number <= LARGEST_ROW})
    slugs = {arguments["slug"] for endpoint, arguments in pages.values() if endpoint == "forum.show_board"}
    boards = audiences_of_boards(session, slugs)
    found: dict[str, Audience | None] = {path: PUBLIC for path in paths if is_asset(path)}
    for path, (endpoint, arguments) in pages.items():
        match endpoint:
            case "forum.show_topic" | "forum.find_topic":
                found[path] = topics.get(arguments["topic_id"])
            case "forum.show_board":
                found[path] = boards.get(arguments["slug"])
            case _:
                found[path] = STAFF if path.startswith("/staff/") else PUBLIC
    return {path: audience for path, audience in found.items() if audience is not None}


def _page_at(path: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the endpoint and the arguments of the page at a path; None if there is none."""
    addresses = current_app.url_map.bind("")
    try:
        return addresses.match(path, method="GET")
    except RequestRedirect as onward:
        return _page_at(unquote(urlsplit(onward.new_url).path))
    except HTTPException:
        return None
