"""A post as one reader sees it: what is shown, and what the reader may do with it."""

from dataclasses import dataclass

from portal.accounts.actors import Actor
from portal.forum import policies
from portal.forum.models import Post
from portal.forum.queries import TopicPage


@dataclass(frozen=True, kw_only=True, slots=True)
class PostView:
    """One post, for one reader. `revision` is the topic's: it grows when any of this changes."""

    post: Post
    revision: int
    is_primary: bool
    has_voted: bool
    may_vote: bool
    may_accept: bool
    needs_reason: bool
    may_edit: bool
    may_remove: bool
    may_see_history: bool
    may_comment: bool
    may_make_official: bool
    comments: tuple["PostView", ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What the rendered post depends on, besides the language."""
        return (
            self.post.id,
            self.revision,
            self.is_primary,
            self.has_voted,
            self.may_vote,
            self.may_accept,
            self.needs_reason,
            self.may_edit,
            self.may_remove,
            self.may_see_history,
            self.may_comment,
            self.may_make_official,
            *(comment.key for comment in self.comments),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PageViews:
    """The posts of a page in the order they are shown; opening and accepted stand on page 1 only."""

    first: tuple[PostView, ...]
    replies: tuple[PostView, ...]


def post_views(page: TopicPage, actor: Actor) -> PageViews:
    """Describe the posts of a page for a reader."""
    moderates = page.moderates
    may_accept = policies.may_accept(actor, page.topic, moderates=moderates)
    may_reply = policies.may_reply(actor, page.topic, moderates=moderates)

    def view(post: Post) -> PostView:
        return PostView(
            post=post,
            revision=page.topic.revision,
            is_primary=post.id == page.topic.accepted_post_id,
            has_voted=post.id in page.voted_post_ids,
            may_vote=policies.may_vote(actor, post),
            may_accept=may_accept and not post.is_opening and not post.is_comment,
            needs_reason=page.topic.author_id != actor.user_id,
            may_edit=policies.may_edit(actor, post, moderates=moderates),
            may_remove=policies.may_remove(actor, post, moderates=moderates),
            may_see_history=policies.may_see_history(actor, post, moderates=moderates),
            may_comment=may_reply and not post.is_removed,
            may_make_official=policies.may_make_official(actor, post),
            comments=tuple(map(view, page.comments.get(post.id, ()))),
        )

    first = [page.opening] if page.number == 1 else []
    if page.accepted:
        first.append(page.accepted)
    return PageViews(first=tuple(map(view, first)), replies=tuple(map(view, page.replies)))
