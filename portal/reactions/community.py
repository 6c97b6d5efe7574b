"""Who hears of comments, of being named, and of what became of questions and ideas."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.adoption import queries as adoption
from portal.events import (
    AnswerAccepted,
    CommentPosted,
    IdeaShipped,
    PostRemoved,
    ReplyPosted,
    ThanksChanged,
    TopicPosted,
)
from portal.forum.ideas import people_who_want
from portal.forum.mentions import named_in
from portal.forum.models import Post, Topic
from portal.forum.nod_models import PostThanks
from portal.forum.nods import people_with
from portal.forum.paths import path_of_post, path_of_topic
from portal.notifications.service import News, tell, untell
from portal.reactions.watchers import post_with_topic, who_can_read


def tell_commented(session: Session, event: CommentPosted, now: datetime) -> None:
    """Who wrote the post, and who commented on it before, hear of each comment by someone else."""
    comment = post_with_topic(session, event.post_id)
    earlier = select(Post.author_id).where(
        Post.parent_id == comment.parent_id, Post.id < comment.id, Post.removed_at.is_(None)
    )
    parent = session.get_one(Post, comment.parent_id)
    people = {parent.author_id, *session.scalars(earlier)} - {comment.author_id}
    tell(
        session,
        _news_of(comment, kind="comment", cause=f"comment:{comment.id}"),
        to=who_can_read(session, comment.topic, people),
        now=now,
    )


def tell_mentioned(session: Session, event: TopicPosted | ReplyPosted | CommentPosted, now: datetime) -> None:
    """Who is named in a text hears of it once, if they may read it."""
    if isinstance(event, TopicPosted):
        opening = select(Post.id).where(Post.topic_id == event.topic_id, Post.position == 1)
        post = post_with_topic(session, session.scalars(opening).one())
    else:
        post = post_with_topic(session, event.post_id)
    people = set(named_in(post.body)) - {post.author_id}
    tell(
        session,
        _news_of(post, kind="mention", cause=f"mention:{post.id}"),
        to=who_can_read(session, post.topic, people),
        now=now,
    )


def tell_thanked(session: Session, event: ThanksChanged, now: datetime) -> None:
    """Who wrote a post hears who thanked for it; not of thanks that were taken back before it was read."""
    post = post_with_topic(session, event.post_id)
    cause = f"thanked:{post.id}:{event.user_id}"
    person = session.scalar(
        select(User)
        .join(PostThanks, PostThanks.user_id == User.id)
        .where(PostThanks.post_id == post.id, User.id == event.user_id)
    )
    if person is None:
        untell(session, cause=cause)
    else:
        news = replace(_news_of(post, kind="thanked", cause=cause), params=_params(person, post.topic))
        tell(session, news, to=who_can_read(session, post.topic, {post.author_id}), now=now)


def tell_removed(session: Session, event: PostRemoved, now: datetime) -> None:
    """Who wrote a post hears that a moderator took it away, if it is not there again."""
    post = post_with_topic(session, event.post_id)
    if post.is_removed:
        news = _news_of(post, kind="post_removed", cause=f"removed:{post.id}:{event.at}")
        tell(session, replace(news, subject=None), to=[post.author_id], now=now)


def _params(person: User, topic: Topic) -> Mapping[str, str]:
    return {"name": person.name, "title": topic.title}


def _news_of(post: Post, *, kind: str, cause: str) -> News:
    return News(
        kind=kind,
        params=_params(post.author, post.topic),
        path=path_of_post(post.topic, post),
        cause=cause,
        subject=f"post:{post.id}",
        thread=f"topic:{post.topic_id}",
        place=post.position,
    )


def tell_who_has_it_too(session: Session, event: AnswerAccepted, now: datetime) -> None:
    """Those who have the question too, or asked the same elsewhere, hear that it is solved: once a solution.

    Who has a duplicate too is one of them. One more solution beside the primary one is no news.
    """
    original = _topic(session, event.topic_id)
    if original.accepted_post_id != event.post_id:
        return
    duplicates = session.scalars(
        select(Topic).where(Topic.duplicate_of_id == original.id, Topic.removed_at.is_(None))
    ).all()
    openings = select(Post.id).where(
        Post.topic_id.in_([original.id, *(topic.id for topic in duplicates)]), Post.position == 1
    )
    people = {topic.author_id for topic in duplicates} | people_with(session, openings).keys()
    answerer_id = session.get_one(Post, event.post_id).author_id
    people -= {original.author_id, answerer_id, event.accepted_by_id}
    cause = f"original_solved:{original.id}:{event.post_id}"
    tell(
        session,
        _news_about(original, kind="original_solved", cause=cause),
        to=who_can_read(session, original, people),
        now=now,
    )


def tell_who_wants(session: Session, event: IdeaShipped, now: datetime) -> None:
    """Who suggested an idea, voted or asked for it, or found it by searching, hears once that it is there."""
    topic = _topic(session, event.topic_id)
    found = adoption.people_who_did(session, kind="search.result_opened", subject=f"topic:{topic.id}")
    people = {*people_who_want(session, topic), *found}
    tell(
        session,
        _news_about(topic, kind="idea_shipped", cause=f"idea_shipped:{topic.id}"),
        to=who_can_read(session, topic, people),
        now=now,
    )


def _topic(session: Session, topic_id: int) -> Topic:
    return session.get_one(Topic, topic_id, options=[joinedload(Topic.board)])


def _news_about(topic: Topic, *, kind: str, cause: str) -> News:
    return News(
        kind=kind,
        params={"title": topic.title},
        path=path_of_topic(topic),
        cause=cause,
        subject=f"topic:{topic.id}",
        thread=f"topic:{topic.id}",
    )
