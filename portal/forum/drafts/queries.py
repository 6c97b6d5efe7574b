"""Reads of drafts: each person's own, and where they could go on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.forum import policies, queries
from portal.forum.drafts import places
from portal.forum.drafts.models import PostDraft
from portal.forum.models import Board, BoardModerator, Post, Topic
from portal.forum.paths import path_of_topic
from portal.web.numbers import LARGEST_ROW

FIELDS: Final = ("kind", "board", "tags", "rating", "writer_role", "usage")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A form and its draft: the place, the version from which the form goes on, and what fills it.

    `version` is 0 and `draft` None when nothing is kept.
    """

    place: str
    version: int = 0
    draft: PostDraft | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where a draft belongs: `kind` as in its place, the name of the board or topic, and where to go on.

    `title` is empty when the actor cannot see the place, `path` when nothing can be written there by now.
    """

    kind: str
    title: str = ""
    path: str = ""


def kept_for(session: Session, actor: Actor, place: str) -> Kept:
    """Return what the actor has begun to write in a place; visitors keep nothing."""
    if not actor.is_signed_in:
        return Kept(place=place)
    draft = session.scalar(_drafts_of(actor).where(PostDraft.place == place))
    return Kept(place=place, version=draft.version, draft=draft) if draft else Kept(place=place)


def drafts_for(session: Session, actor: Actor) -> Sequence[PostDraft]:
    """Return the actor's drafts, the one saved last first; each person has few."""
    return session.scalars(_drafts_of(actor).order_by(PostDraft.saved_at.desc(), PostDraft.id.desc())).all()


def draft_for(session: Session, actor: Actor, draft_id: int) -> PostDraft:
    """Return one of the actor's drafts.

    Raises:
        NotFoundError: the actor has no such draft.
    """
    draft = session.scalar(_drafts_of(actor).where(PostDraft.id == draft_id))
    if draft is None:
        raise NotFoundError("draft")
    return draft


def _drafts_of(actor: Actor) -> Select[PostDraft]:
    return select(PostDraft).where(PostDraft.user_id == actor.user_id, PostDraft.discarded_at.is_(None))


def wheres_for(
    session: Session, actor: Actor, drafts: Iterable[PostDraft], *, language: str
) -> Mapping[int, Where]:
    """Return where the actor's drafts belong, by their ids, in a fixed number of statements."""
    parts = {draft.id: places.parts_of(draft.place) for draft in drafts}
    room = _Room.of(session, actor, parts.values())
    return {number: room.where(actor, language, *part) for number, part in parts.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """What the actor sees of the places of some drafts; boards are those that take their topics."""

    boards: Mapping[str, Board]
    topics: Mapping[int, Topic]
    posts: Mapping[int, Post]
    kept_board_ids: frozenset[int]

    @classmethod
    def of(cls, session: Session, actor: Actor, parts: Iterable[tuple[str, ...]]) -> "_Room":
        numbers: dict[str, set[int]] = {"topic": set(), "post": set(), "edit": set()}
        for kind, name, *_ in parts:
            if kind in numbers and int(name) <= LARGEST_ROW:
                numbers[kind].add(int(name))
        boards = queries.boards_to_post_on_for(session, actor)
        topics = session.scalars(queries.topics_seen_by(actor).where(Topic.id.in_(numbers["topic"])))
        wanted = queries.posts_seen_by(actor).where(Post.id.in_(numbers["post"] | numbers["edit"]))
        posts = session.scalars(wanted, {"viewer_id": actor.user_id})
        named = select(BoardModerator.board_id).where(BoardModerator.user_id == actor.user_id)
        return cls(
            boards={board.slug: board for board in boards},
            topics={topic.id: topic for topic in topics},
            posts={post.id: post for post in posts},
            kept_board_ids=frozenset(session.scalars(named)),
        )

    def where(self, actor: Actor, language: str, kind: str, name: str, edition: str = "") -> Where:
        """Tell of one place."""
        if kind == "new":
            board = self.boards.get(name)
            path = f"/community/topics/new?board={name}" if board or not name else ""
            return Where(kind=kind, title=board.name(language) if board else "", path=path)
        if kind == "topic":
            topic = self.topics.get(int(name))
            return self._in_topic(actor, kind, topic, f"{path_of_topic(topic)}#reply" if topic else "")
        post = self.posts.get(int(name))
        if kind == "post":
            return self._in_topic(
                actor, kind, post.topic if post else None, f"/community/posts/{name}/comments"
            )
        may_edit = post is not None and policies.may_edit(
            actor, post, moderates=self._moderates(actor, post.topic)
        )
        is_same = post is not None and str(post.edition) == edition
        return Where(
            kind=kind,
            title=post.topic.title if post else "",
            path=f"/community/posts/{name}/text" if may_edit and is_same else "",
        )

    def _in_topic(self, actor: Actor, kind: str, topic: Topic | None, path: str) -> Where:
        if topic is None:
            return Where(kind=kind)
        may_reply = policies.may_reply(actor, topic, moderates=self._moderates(actor, topic))
        return Where(kind=kind, title=topic.title, path=path if may_reply else "")

    def _moderates(self, actor: Actor, topic: Topic) -> bool:
        return actor.is_staff or topic.board_id in self.kept_board_ids
