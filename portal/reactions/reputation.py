"""What people are known for follows what becomes of their posts; they hear of what they earn."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from portal.events import OutcomesChanged, ReplyPosted, TopicPosted, TopicsImported
from portal.forum.models import Post, Topic
from portal.forum.reputation import queries, service
from portal.forum.reputation.badges import BADGES
from portal.forum.reputation.wording import LEVEL_NAMES
from portal.notifications.service import News, tell


def follow_outcomes(session: Session, event: OutcomesChanged, now: datetime) -> None:
    """Count again, from what is stored, for everyone whose posts fare otherwise."""
    _count_and_tell(session, event.user_ids, now)


def count_topic(session: Session, event: TopicPosted, now: datetime) -> None:
    """A topic may be the first of its kind that someone starts."""
    _count_and_tell(session, [session.get_one(Topic, event.topic_id).author_id], now)


def count_reply(session: Session, event: ReplyPosted, now: datetime) -> None:
    """A reply may be the first that someone writes."""
    _count_and_tell(session, [session.get_one(Post, event.post_id).author_id], now)


def count_imported(session: Session, event: TopicsImported, now: datetime) -> None:
    """What was earned elsewhere counts, and is no news."""
    service.recount(session, queries.authors_in(session, event.topic_ids), now=now)


def _count_and_tell(session: Session, user_ids: Collection[int], now: datetime) -> None:
    for change in service.recount(session, user_ids, now=now):
        path = f"/people/{change.user_id}"
        for name in change.badges:
            params = {"badge": BADGES[name].label}
            news = News(kind="badge", params=params, path=path, cause=f"badge:{name}")
            tell(session, news, to=[change.user_id], now=now)
        if change.level is not None:
            params = {"level": LEVEL_NAMES[change.level]}
            cause = f"level:{change.level:d}"
            news = News(kind="level", params=params, path="/community/levels", cause=cause)
            tell(session, news, to=[change.user_id], now=now)
