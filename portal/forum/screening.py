"""A look at each new text before readers see it: what looks like spam waits for a moderator."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.core.orm import insert_new
from portal.forum import spam
from portal.forum.case_models import PostCase, PostTrace
from portal.forum.models import Post
from portal.forum.spam import Circumstances, Verdict
from portal.forum.standing import take_away


def screen(session: Session, post: Post, *, is_trusted: bool, holds_first: bool, now: datetime) -> bool:
    """Judge what someone just wrote; hold it if it looks like spam, and tell whether it did.

    `is_trusted` holds nothing, `holds_first` whatever comes from someone of whose posts none stands.
    """
    leave_traces(session, post)
    if is_trusted:
        return False
    known = _circumstances(session, post, now=now)
    verdict = spam.judge(post.body, known)
    if verdict.score < spam.THRESHOLD and not (holds_first and not known.posts_before):
        return False
    hold(session, post, now=now)
    open_case(session, post, verdict, now=now)
    return True


def hold(session: Session, post: Post, *, now: datetime) -> None:
    """Take a post that stands away from readers until a moderator has looked."""
    take_away(session, post, by_id=None, now=now)
    post.held_at = now


def verdict_on(session: Session, post: Post, *, now: datetime) -> Verdict:
    """Judge a post as if it had been written now."""
    return spam.judge(post.body, _circumstances(session, post, now=now))


def open_case(session: Session, post: Post, verdict: Verdict, *, now: datetime) -> None:
    """Put a post before the moderators; one at which they have looked already comes back."""
    score, signs = verdict.score, [str(sign) for sign in verdict.signs]
    row = {"post_id": post.id, "opened_at": now, "spam_score": score, "spam_signs": signs}
    if not insert_new(session, PostCase, [row]):
        case = session.get_one(PostCase, post.id, with_for_update=True)
        case.spam_score, case.spam_signs = score, signs
        if not case.is_open:
            case.opened_at, case.closed_at, case.closed_by_id = now, None, None
            case.sanction_id = None


def leave_traces(session: Session, post: Post) -> None:
    """Remember what lets a later post that says the same be found."""
    session.execute(delete(PostTrace).where(PostTrace.post_id == post.id))
    left = spam.traces(post.body) | spam.site_traces(post.body)
    insert_new(session, PostTrace, [{"post_id": post.id, "trace": trace} for trace in sorted(left)])


def _circumstances(session: Session, post: Post, *, now: datetime) -> Circumstances:
    words = spam.traces(post.body)
    before = select(func.count()).where(
        Post.author_id == post.author_id, Post.id != post.id, Post.removed_at.is_(None)
    )
    same = (
        select(func.count())
        .select_from(PostTrace)
        .join(Post, Post.id == PostTrace.post_id)
        .where(PostTrace.trace.in_(words), Post.id != post.id, Post.created_at >= now - spam.REPEATS_WITHIN)
        .group_by(PostTrace.post_id)
    )
    return Circumstances(
        posts_before=session.scalar(before) or 0,
        in_own_topic=post.topic.author_id == post.author_id,
        repeats=sum(spam.shares_enough(shared, words) for shared in session.scalars(same)),
        unknown_sites=_unknown(session, post, spam.site_traces(post.body)),
    )


def _unknown(session: Session, post: Post, sites: Collection[int]) -> int:
    """Count the sites to which no standing post of anyone else leads."""
    known = (
        select(func.count(PostTrace.trace.distinct()))
        .join(Post, Post.id == PostTrace.post_id)
        .where(PostTrace.trace.in_(sites), Post.author_id != post.author_id, Post.removed_at.is_(None))
    )
    return len(sites) - (session.scalar(known) or 0)
