"""Who is told what."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.events import AnswerAccepted, ReplyPosted, RequestAnswered, RequestOpened
from portal.forum.models import Post, Topic
from portal.forum.paths import path_of_post
from portal.notifications.service import tell
from portal.support.models import SupportRequest


def _post(session: Session, post_id: int) -> Post:
    return session.get_one(Post, post_id, options=[joinedload(Post.topic), joinedload(Post.author)])


def tell_topic_author(session: Session, event: ReplyPosted, now: datetime) -> None:
    """The one who asked hears of each reply by someone else."""
    post = _post(session, event.post_id)
    topic: Topic = post.topic
    if post.author_id != topic.author_id:
        tell(
            session,
            user_id=topic.author_id,
            kind="reply",
            params={"name": post.author.name, "title": topic.title},
            path=path_of_post(topic, post),
            cause=f"reply:{post.id}",
            now=now,
        )


def tell_answerer(session: Session, event: AnswerAccepted, now: datetime) -> None:
    """The one who helped hears that it worked."""
    post = _post(session, event.post_id)
    if post.author_id != event.accepted_by_id:
        tell(
            session,
            user_id=post.author_id,
            kind="accepted",
            params={"title": post.topic.title},
            path=path_of_post(post.topic, post),
            cause=f"accepted:{post.id}",
            now=now,
        )


def tell_manager(session: Session, event: RequestOpened, now: datetime) -> None:
    """The account's CS manager hears of a new request; accounts without one wait in the staff list."""
    request = session.get_one(SupportRequest, event.request_id, options=[joinedload(SupportRequest.author)])
    account = session.get(Account, request.account_id) if request.account_id else None
    if account and account.manager_id:
        tell(
            session,
            user_id=account.manager_id,
            kind="request_opened",
            params={"name": request.author.name, "title": request.title},
            path=f"/support/requests/{request.id}",
            cause=f"request_opened:{request.id}",
            now=now,
        )


def tell_requester(session: Session, event: RequestAnswered, now: datetime) -> None:
    """The one who wrote hears that there is an answer."""
    request = session.get_one(SupportRequest, event.request_id)
    tell(
        session,
        user_id=request.author_id,
        kind="request_answered",
        params={"title": request.title},
        path=f"/support/requests/{request.id}",
        cause=f"request_answered:{event.reply_id}",
        now=now,
    )
