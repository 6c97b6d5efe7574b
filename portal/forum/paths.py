"""The addresses of topics and posts, for places that know no routes."""

from typing import Final

from portal.forum.models import Board, Post, Tag, Topic
from portal.forum.reading import page_of

HOME_PATH: Final = "/community/"
FEED_PATH: Final = "/community/feed.atom"


def path_of_board(board: Board) -> str:
    """Return the address of a board."""
    return f"/community/{board.slug}/"


def path_of_tag(tag: Tag) -> str:
    """Return the address of the topics under a tag."""
    return f"/community/tags/{tag.slug}"


def path_of_feed(board: Board) -> str:
    """Return the address of what is new on a board."""
    return f"{path_of_board(board)}feed.atom"


def path_of_topic(topic: Topic) -> str:
    """Return the address of a topic."""
    return f"/community/topics/{topic.id}-{topic.slug}"


def path_of_post(topic: Topic, post: Post) -> str:
    """Return the address that lands on a post; a comment's leads there by way of its own."""
    if post.position is None:
        return f"/community/posts/{post.id}"
    page = page_of(post.position)
    query = f"?page={page}" if page > 1 else ""
    return f"{path_of_topic(topic)}{query}#post-{post.id}"
