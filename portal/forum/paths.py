"""The addresses of topics and posts, for places that know no routes."""

from portal.forum.models import Post, Topic
from portal.forum.queries import page_of


def path_of_topic(topic: Topic) -> str:
    """Return the address of a topic."""
    return f"/community/topics/{topic.id}-{topic.slug}"


def path_of_post(topic: Topic, post: Post) -> str:
    """Return the address that lands on a post."""
    page = page_of(post.position)
    query = f"?page={page}" if page > 1 else ""
    return f"{path_of_topic(topic)}{query}#post-{post.id}"
