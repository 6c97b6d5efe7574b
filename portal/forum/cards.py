"""What the community's pages tell search engines and link previews."""

from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from portal.accounts.actors import VISITOR
from portal.accounts.audience import includes
from portal.forum import publication
from portal.forum.models import Board, Topic
from portal.forum.paths import FEED_PATH, HOME_PATH, path_of_board, path_of_feed, path_of_topic
from portal.web.cards import Card, Thing
from portal.web.structured import breadcrumbs


def boards_card(*, is_first_page: bool) -> Card | None:
    """Describe the front page of the community; None for a part of its list of topics."""
    if not is_first_page:
        return None
    return Card(title=_("Community"), path=HOME_PATH, language=str(get_locale()), feeds=_feeds())


def board_card(board: Board, *, is_first_page: bool) -> Card | None:
    """Describe a board; None for a part of its list of topics, and if it is not for everyone."""
    if not is_first_page or not includes(board.audience, VISITOR):
        return None
    language = str(get_locale())
    return Card(
        title=board.name(language),
        path=path_of_board(board),
        language=language,
        description=board.description(language),
        feeds=_feeds(board),
        things=[breadcrumbs([(_("Community"), HOME_PATH), (board.name(language), path_of_board(board))])],
    )


def topic_card(topic: Topic, *, number: int, question: Thing | None, now: datetime) -> Card | None:
    """Describe one page of a topic; None if it is not for everyone, or a question that nobody takes up.

    `question` describes a solved one, and is None for any other.
    """
    board, path = topic.board, path_of_topic(topic)
    if not includes(board.audience, VISITOR) or publication.is_left_alone(topic, now=now):
        return None
    way = [(_("Community"), HOME_PATH), (board.name(str(get_locale())), path_of_board(board))]
    trail = breadcrumbs([*way, (topic.title, path)])
    return Card(
        title=topic.title,
        path=f"{path}?page={number}" if number > 1 else path,
        language=topic.language,
        kind="article",
        feeds=_feeds(board),
        things=[trail, question] if question else [trail],
    )


def _feeds(board: Board | None = None) -> list[tuple[str, str]]:
    feeds = [(_("Community"), FEED_PATH)]
    return feeds if board is None else [(board.name(str(get_locale())), path_of_feed(board)), *feeds]
