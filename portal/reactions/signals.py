"""What people did becomes adoption signals. Each reaction reads the stored rows and records what they say."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import User
from portal.adoption.service import Fact, record
from portal.core import outbox
from portal.core.activity import ActivitiesNoted
from portal.events import (
    AnswerAccepted,
    ArticleVoted,
    CommentPosted,
    PostFlagged,
    PostVoted,
    QuestionSeconded,
    ReplyPosted,
    RequestOpened,
    RequestResolved,
    StandingChanged,
    TopicPosted,
    TopicsImported,
    UserSignedIn,
)
from portal.forum.models import Post, PostFlag, PostVote, Topic, TopicKind
from portal.forum.nod_models import MeToo
from portal.knowledge.models import ArticleVote
from portal.support.models import SupportRequest

TOPIC_SIGNALS: Final = {
    TopicKind.QUESTION: "question.asked",
    TopicKind.DISCUSSION: "discussion.posted",
    TopicKind.IDEA: "idea.posted",
    TopicKind.REVIEW: "review.posted",
    TopicKind.USE_CASE: "use_case.published",
}


def record_activities(session: Session, event: ActivitiesNoted, now: datetime) -> None:
    """Record what readers did; the key is made from the activity, so a repeated batch is recorded once."""
    facts = [
        Fact(
            kind=activity["kind"],
            key=f"{activity['kind']}:{uuid5(NAMESPACE_URL, _mark_of(activity))}",
            occurred_at=datetime.fromisoformat(activity["at"]),
            person=activity["person"],
            user_id=activity["user_id"],
            account_id=activity["account_id"],
            subject=activity["subject"],
            left_out_as=activity.get("left_out_as"),  # One that was noted by an earlier version has none.
            data=activity["data"],
        )
        for activity in event.activities
    ]
    record(session, facts, now=now)


def _mark_of(activity: Mapping[str, Any]) -> str:
    """What makes an activity the same as another: its time, or the day and the part of a video watched.

    Where no person is named, nobody knows who has watched a part before.
    """
    at, part = activity["at"], ""
    if activity["kind"] == "video.watched" and activity["person"] is not None:
        at, part = at[: len("2026-01-01")], f" {activity['data']['video']} {activity['data']['percent']}"
    return f"{activity['kind']} {at} {activity['person']} {activity['subject']}{part}"


def record_sign_in(session: Session, event: UserSignedIn, now: datetime) -> None:
    """A person signed in."""
    fact = Fact(
        kind="user.signed_in",
        key=f"user.signed_in:{event.user_id}:{event.at}",
        occurred_at=datetime.fromisoformat(event.at),
        user_id=event.user_id,
        account_id=event.account_id,
    )
    record(session, [fact], now=now)


def record_article_vote(session: Session, event: ArticleVoted, now: datetime) -> None:
    """A reader said whether an article helped."""
    vote = session.get_one(ArticleVote, event.vote_id)
    fact = Fact(
        kind="article.voted",
        key=f"article.voted:{vote.id}:{vote.voted_at.isoformat()}",
        occurred_at=vote.voted_at,
        person=vote.voter,
        user_id=vote.user_id,
        account_id=vote.account_id,
        subject=f"article:{vote.article_id}",
        data={"helpful": vote.is_helpful, "reason": vote.reason, "language": vote.language},
    )
    record(session, [fact], now=now)


def _topic_fact(topic: Topic) -> Fact:
    kind = TOPIC_SIGNALS[topic.kind]
    return Fact(
        kind=kind,
        key=f"{kind}:topic:{topic.id}",
        occurred_at=topic.created_at,
        user_id=topic.author_id,
        account_id=topic.account_id,
        subject=f"topic:{topic.id}",
        data={"language": topic.language},
    )


def _reply_fact(post: Post) -> Fact:
    is_answer = post.topic.is_question and not post.is_comment
    kind = "answer.posted" if is_answer else "reply.posted"
    return Fact(
        kind=kind,
        key=f"{kind}:post:{post.id}",
        occurred_at=post.created_at,
        user_id=post.author_id,
        account_id=post.account_id,
        subject=f"post:{post.id}",
        data={"topic_id": post.topic_id, "asker_id": post.topic.author_id},
    )


def _acceptance_facts(
    topic: Topic, answer: Post, *, accepted_by_id: int | None, account_id: int | None, at: datetime
) -> Iterator[Fact]:
    yield Fact(
        kind="answer.accepted",
        key=f"answer.accepted:post:{answer.id}",
        occurred_at=at,
        user_id=accepted_by_id,
        account_id=account_id,
        subject=f"topic:{topic.id}",
        data={
            "post_id": answer.id,
            "answerer_id": answer.author_id,
            "answered_by_staff": answer.author.is_staff,
            "by_asker": accepted_by_id == topic.author_id,
        },
    )
    yield Fact(
        kind="answer.was_accepted",
        key=f"answer.was_accepted:post:{answer.id}",
        occurred_at=at,
        user_id=answer.author_id,
        account_id=answer.account_id,
        subject=f"post:{answer.id}",
        data={"topic_id": topic.id, "asker_account_id": topic.account_id},
    )


def record_topic(session: Session, event: TopicPosted, now: datetime) -> None:
    """A question was asked, or a discussion started."""
    topic = session.get_one(Topic, event.topic_id)
    record(session, [_topic_fact(topic)], now=now)
    if topic.is_removed:
        opening = select(Post.id).where(Post.topic_id == topic.id, Post.position == 1)
        outbox.record(session, StandingChanged(post_ids=tuple(session.scalars(opening))))


def record_reply(session: Session, event: ReplyPosted | CommentPosted, now: datetime) -> None:
    """An answer or a reply was posted."""
    post = session.get_one(Post, event.post_id, options=[joinedload(Post.topic)])
    record(session, [_reply_fact(post)], now=now)
    if post.is_removed or post.topic.is_removed:
        outbox.record(session, StandingChanged(post_ids=(post.id,)))


def record_accepted_answer(session: Session, event: AnswerAccepted, now: datetime) -> None:
    """An answer solved a question: a signal for the asker's account and one for the answerer's.

    One that had been accepted before, and was not any more, is the same fact again.
    """
    topic = session.get_one(Topic, event.topic_id)
    answer = session.get_one(Post, event.post_id, options=[joinedload(Post.author)])
    facts = _acceptance_facts(
        topic,
        answer,
        accepted_by_id=event.accepted_by_id,
        account_id=topic.account_id,
        at=datetime.fromisoformat(event.at),
    )
    if not record(session, facts, now=now) or not answer.is_accepted:
        outbox.record(session, StandingChanged(post_ids=(answer.id,)))


def record_imported_topics(session: Session, event: TopicsImported, now: datetime) -> None:
    """Topics came in with their history: the same signals as if it had happened here, at its own times."""
    posts = session.scalars(
        select(Post)
        .options(joinedload(Post.topic), joinedload(Post.author))
        .where(Post.topic_id.in_(event.topic_ids))
        .order_by(Post.id)
    )
    facts: list[Fact] = []
    for post in posts:
        topic = post.topic
        facts.append(_topic_fact(topic) if post.is_opening else _reply_fact(post))
        if post.accepted_at:
            at = post.accepted_at
            asker = {"accepted_by_id": topic.author_id, "account_id": topic.account_id}
            facts += _acceptance_facts(topic, post, **asker, at=at)
    votes = session.execute(
        select(PostVote, Post, User.account_id)
        .options(joinedload(Post.topic))
        .join(Post, Post.id == PostVote.post_id)
        .join(User, User.id == PostVote.user_id)
        .where(Post.topic_id.in_(event.topic_ids))
        .order_by(PostVote.id)
    )
    for vote, post, voter_account_id in votes:
        facts += _vote_facts(vote, post, voter_account_id)
    came = select(Post.id).where(Post.topic_id.in_(event.topic_ids))
    facts += _second_facts(session, MeToo.post_id.in_(came))
    record(session, facts, now=now)


def record_post_vote(session: Session, event: PostVoted, now: datetime) -> None:
    """A post was found useful; nothing if the vote was taken back before this was told."""
    vote = session.scalar(
        select(PostVote).where(PostVote.post_id == event.post_id, PostVote.user_id == event.voter_id)
    )
    if vote is None:
        return
    post = session.get_one(Post, event.post_id, options=[joinedload(Post.topic)])
    record(session, _vote_facts(vote, post, event.voter_account_id), now=now)


def _vote_facts(vote: PostVote, post: Post, voter_account_id: int | None) -> Iterator[Fact]:
    pair = f"post:{post.id}:user:{vote.user_id}"
    kind = "idea.voted" if post.is_opening and post.topic.is_idea else "post.voted"
    yield Fact(
        kind=kind,
        key=f"{kind}:{pair}",
        occurred_at=vote.voted_at,
        user_id=vote.user_id,
        account_id=voter_account_id,
        subject=f"post:{post.id}",
    )
    yield Fact(
        kind="post.was_voted",
        key=f"post.was_voted:{pair}",
        occurred_at=vote.voted_at,
        user_id=post.author_id,
        account_id=post.account_id,
        subject=f"post:{post.id}",
        data={"voter_id": vote.user_id, "voter_account_id": voter_account_id},
    )


def record_second(session: Session, event: QuestionSeconded, now: datetime) -> None:
    """Someone has a question too; nothing if that was taken back before this was told."""
    said = MeToo.post_id == event.post_id
    record(session, _second_facts(session, said, MeToo.user_id == event.user_id), now=now)


def _second_facts(session: Session, *wanted: ColumnElement[bool]) -> list[Fact]:
    query = select(MeToo, User.account_id).join(User, User.id == MeToo.user_id).order_by(MeToo.id)
    return [
        Fact(
            kind="question.seconded",
            key=f"question.seconded:post:{said.post_id}:user:{said.user_id}",
            occurred_at=said.said_at,
            user_id=said.user_id,
            account_id=account_id,
            subject=f"post:{said.post_id}",
        )
        for said, account_id in session.execute(query.where(*wanted))
    ]


def record_flag(session: Session, event: PostFlagged, now: datetime) -> None:
    """A post was flagged; it counts for the account of the person who flagged it."""
    flag = session.get_one(PostFlag, event.flag_id, options=[joinedload(PostFlag.user)])
    fact = Fact(
        kind="post.flagged",
        key=f"post.flagged:{flag.id}",
        occurred_at=flag.flagged_at,
        user_id=flag.user_id,
        account_id=flag.user.account_id,
        subject=f"post:{flag.post_id}",
        data={"reason": flag.reason},
    )
    record(session, [fact], now=now)


def record_request(session: Session, event: RequestOpened, now: datetime) -> None:
    """A question reached staff after all."""
    request = session.get_one(SupportRequest, event.request_id)
    fact = Fact(
        kind="request.opened",
        key=f"request.opened:{request.id}",
        occurred_at=request.created_at,
        user_id=request.author_id,
        account_id=request.account_id,
        subject=f"request:{request.id}",
    )
    record(session, [fact], now=now)


def record_resolved_request(session: Session, event: RequestResolved, now: datetime) -> None:
    """A request was settled."""
    request = session.get_one(SupportRequest, event.request_id)
    fact = Fact(
        kind="request.resolved",
        key=f"request.resolved:{request.id}",
        occurred_at=request.resolved_at or now,
        user_id=request.author_id,
        account_id=request.account_id,
        subject=f"request:{request.id}",
    )
    record(session, [fact], now=now)
