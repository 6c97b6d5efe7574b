"""A post as one reader sees it: what is shown, and what the reader may do with it."""

from dataclasses import dataclass

from portal.accounts.actors import Actor
from portal.forum import policies
from portal.forum.models import Post
from portal.forum.nod_models import Nod
from portal.forum.reading import TopicPage


@dataclass(frozen=True, kw_only=True, slots=True)
class PostView:
    """One post, for one reader. `revision` is the topic's: it grows when any of this changes.

    `given` is what the reader said of it with one press, `thankers` are the names of who thanked last.
    """

    post: Post
    revision: int
    is_primary: bool
    given: frozenset[Nod]
    thankers: tuple[str, ...]
    may_vote: bool
    may_thank: bool
    may_say_me_too: bool
    may_accept: bool
    needs_reason: bool
    may_edit: bool
    may_remove: bool
    may_restore: bool
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
            self.given,
            self.thankers,
            self.may_vote,
            self.may_thank,
            self.may_say_me_too,
            self.may_accept,
            self.needs_reason,
            self.may_edit,
            self.may_remove,
            self.may_restore,
            self.may_see_history,
            self.may_comment,
            self.may_make_official,
            self.post.author.is_top_helper,
            *(comment.key for comment in self.comments),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PageViews:
    """The posts of a page in the order they are shown; opening and accepted stand on page 1 only."""

    first: tuple[PostView, ...]
    replies: tuple[PostView, ...]
    may_tag: bool


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
            given=frozenset(nod for nod, post_ids in page.given.items() if post.id in post_ids),
            thankers=tuple(page.thankers.get(post.id, ())),
            may_vote=policies.may_vote(actor, post),
            may_accept=may_accept
            and not post.is_opening
            and not post.is_comment
            and policies.may_settle(actor, post, moderates=moderates),
            may_thank=policies.may_thank(actor, post),
            may_say_me_too=policies.may_say_me_too(actor, post),
            needs_reason=page.topic.author_id != actor.user_id,
            may_edit=policies.may_edit(actor, post, moderates=moderates),
            may_remove=policies.may_remove(actor, post, moderates=moderates),
            may_restore=policies.may_restore(actor, post, moderates=moderates),
            may_see_history=policies.may_see_history(actor, post, moderates=moderates),
            may_comment=may_reply and not post.is_removed,
            may_make_official=policies.may_make_official(actor, post),
            comments=tuple(map(view, page.comments.get(post.id, ()))),
        )

    first = [page.opening] if page.number == 1 else []
    if page.accepted:
        first.append(page.accepted)
    return PageViews(
        first=tuple(map(view, first)),
        replies=tuple(map(view, page.replies)),
        may_tag=policies.may_tag(actor, page.topic, moderates=moderates),
    )
