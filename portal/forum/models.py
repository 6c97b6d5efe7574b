"""The community: boards, topics, posts, votes, flags, and their own invariants."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.audience import PUBLIC, SIGNED_IN, Audience, AudienceType
from portal.accounts.models import User, text_enum
from portal.core.errors import ConflictError
from portal.core.i18n import N_, in_language
from portal.core.orm import Base


class TopicKind(StrEnum):
    """What a topic is for."""

    QUESTION = "question"
    DISCUSSION = "discussion"
    IDEA = "idea"
    REVIEW = "review"
    USE_CASE = "use_case"


class IdeaStatus(StrEnum):
    """What the vendor makes of an idea."""

    NEW = "new"
    UNDER_REVIEW = "under_review"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    SHIPPED = "shipped"
    NOT_PLANNED = "not_planned"


class Board(Base):
    """A place for topics; its audience is theirs. Names are kept per language.

    `posting` is who may start topics, of those who see it. `templates` are what a question begins with.
    """

    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    audience: Mapped[Audience] = mapped_column(AudienceType, default=PUBLIC)
    posting: Mapped[Audience] = mapped_column(AudienceType, default=SIGNED_IN)
    templates: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def place(self) -> str:
        """What search calls it."""
        return f"board:{self.id}"

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)

    def description(self, language: str) -> str:
        """Return the description in a language, or in whichever there is."""
        return in_language(self.descriptions, language)

    def template(self, language: str) -> str:
        """Return what a question begins with in a language, or in whichever there is."""
        return in_language(self.templates, language)


class BoardModerator(Base):
    """A customer who keeps a board in order, as staff do everywhere."""

    __tablename__ = "board_moderators"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class Topic(Base):
    """A question, discussion, idea, review or use case; its own text is its first post.

    `account_id` is the asker's account at the time; None for staff and for imported people without one.
    `active_at` is when it was last posted in. `answer_count` counts the visible posts after the first.
    `removed_at` is None while readers see it. A closed topic takes no replies, an archived one no change at
    all, a pinned one stands first on its board. `duplicate_of_id` is the topic in which the same was asked
    before, `merged_into_id` the one that took over its posts. `vote_count` is that of its own text,
    `me_too_count` how many others have the question too. `asker_wrote_last` is whether who asked a question
    wrote the last post or comment that stands below it. A review has a `rating` from 1 to 5; `writer_role`
    and `usage` say who speaks and how they use the product. Of an idea, `status_note` says why its status is
    what it is. `tag_words` are all the words that mean one of its tags. `revision` grows with every change of
    what its page shows. `about` names the thing at which a question came up, such as `step:5`, or is empty.
    """

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    kind: Mapped[TopicKind] = mapped_column(text_enum(TopicKind))
    title: Mapped[str] = mapped_column(String(300))
    slug: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    accepted_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", use_alter=True))
    solved_at: Mapped[datetime | None]
    rating: Mapped[int | None]
    writer_role: Mapped[str] = mapped_column(String(120), default="")
    usage: Mapped[str] = mapped_column(String(300), default="")
    about: Mapped[str] = mapped_column(String(80), default="")
    idea_status: Mapped[IdeaStatus | None] = mapped_column(text_enum(IdeaStatus))
    status_note: Mapped[str] = mapped_column(String(1000), default="")
    tag_words: Mapped[list[str]] = mapped_column(JSON, default=list)
    vote_count: Mapped[int] = mapped_column(default=0)
    me_too_count: Mapped[int] = mapped_column(default=0)
    answer_count: Mapped[int] = mapped_column(default=0)
    asker_wrote_last: Mapped[bool] = mapped_column(default=False)
    last_position: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"))
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    version: Mapped[int] = mapped_column()

    board: Mapped[Board] = relationship(lazy="raise_on_sql")
    author: Mapped[User] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        Index("ix_topics_board_id_active_at_id", "board_id", "active_at", "id"),
        Index("ix_topics_active_at_id", "active_at", "id"),
        Index("ix_topics_author_id_active_at_id", "author_id", "active_at", "id"),
        Index("ix_topics_kind_vote_count_id", "kind", "vote_count", "id"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.

    @property
    def is_question(self) -> bool:
        """Whether it asks for a solution."""
        return self.kind is TopicKind.QUESTION

    @property
    def is_idea(self) -> bool:
        """Whether it suggests an improvement."""
        return self.kind is TopicKind.IDEA

    @property
    def is_solved(self) -> bool:
        """Whether an answer was accepted."""
        return self.accepted_post_id is not None

    @property
    def is_removed(self) -> bool:
        """Whether it was taken away from readers."""
        return self.removed_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it takes replies."""
        return self.closed_at is None and self.archived_at is None

    def accept(self, answer: "Post", *, at: datetime) -> bool:
        """Make the answer a solution, the primary one if it is the first; False if it already is one.

        Raises:
            ConflictError: the post is no answer to this question.
        """
        if not self.is_question or answer.topic_id != self.id or answer.is_opening or answer.is_comment:
            raise ConflictError(N_("Only an answer to this question can be accepted."))
        if answer.is_accepted:
            return False
        answer.accepted_at = at
        if not self.is_solved:
            self.accepted_post_id, self.solved_at = answer.id, at
        self.revision += 1
        return True

    def prefer(self, answer: "Post") -> bool:
        """Make one of several solutions the primary one; False if it already is.

        Raises:
            ConflictError: the post is no solution of this question.
        """
        if answer.topic_id != self.id or not answer.is_accepted:
            raise ConflictError(N_("Only an accepted answer can stand first."))
        if self.accepted_post_id == answer.id:
            return False
        self.accepted_post_id = answer.id
        self.revision += 1
        return True


_ASKER_WAITS: Final = and_(Topic.asker_wrote_last, Topic.accepted_post_id.is_(None))
Index(
    "ix_topics_asker_waits",
    Topic.active_at,
    Topic.id,
    sqlite_where=_ASKER_WAITS,
    postgresql_where=_ASKER_WAITS,
)
_IS_MERGED: Final = Topic.merged_into_id.is_not(None)
Index("ix_topics_merged_into_id", Topic.merged_into_id, sqlite_where=_IS_MERGED, postgresql_where=_IS_MERGED)


class Post(Base):
    """A text in a topic; position 1 is the topic's own. HTML is made when it is saved.

    A comment stands under another post, `parent_id`, and has no position. `accepted_at` is when it was chosen
    as a solution, `is_official` says that the vendor stands behind it. `edition` counts its texts from 1;
    `edited_by_id` is None while the first stands. One with `held_at` is removed until a moderator
    has seen it, one with `sanction_id` while its author's sanction stands. `unsettled_at` is when what was
    taken away had been accepted; None if it had not.
    """

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    position: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    body_text: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    vote_count: Mapped[int] = mapped_column(default=0)
    thanks_count: Mapped[int] = mapped_column(default=0)
    accepted_at: Mapped[datetime | None] = mapped_column(index=True)
    is_official: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    edition: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[datetime | None]
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    held_at: Mapped[datetime | None]
    sanction_id: Mapped[int | None] = mapped_column(ForeignKey("sanctions.id"), index=True)
    unsettled_at: Mapped[datetime | None]
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)

    topic: Mapped[Topic] = relationship(foreign_keys=topic_id, lazy="raise_on_sql")
    parent: Mapped["Post | None"] = relationship(remote_side="Post.id", lazy="raise_on_sql")
    author: Mapped[User] = relationship(foreign_keys=author_id, lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("topic_id", "position"),)

    @property
    def is_opening(self) -> bool:
        """Whether this is the topic's own text."""
        return self.position == 1

    @property
    def is_held(self) -> bool:
        """Whether it waits for a moderator, unseen by readers."""
        return self.held_at is not None

    @property
    def is_comment(self) -> bool:
        """Whether it stands under another post."""
        return self.parent_id is not None

    @property
    def is_accepted(self) -> bool:
        """Whether it was chosen as a solution."""
        return self.accepted_at is not None

    @property
    def is_removed(self) -> bool:
        """Whether it was taken away from readers."""
        return self.removed_at is not None


class PostRevision(Base):
    """What a post said before it was changed; the title is empty but for a topic's own text."""

    __tablename__ = "post_revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime]

    author: Mapped[User] = relationship(lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("post_id", "edition"),)

    @classmethod
    def of(cls, post: Post) -> Self:
        """Keep what a post says now."""
        return cls(
            post_id=post.id,
            edition=post.edition,
            title=post.topic.title if post.is_opening else "",
            body=post.body,
            author_id=post.edited_by_id or post.author_id,
            saved_at=post.edited_at or post.created_at,
        )


class PostVote(Base):
    """One person found one post useful."""

    __tablename__ = "post_votes"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    voted_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)


class PostFlag(Base):
    """One person asked a moderator to look; `resolved_at` is None while nobody has.

    `weight` is what the word of a person of that level counted for then.
    """

    __tablename__ = "post_flags"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(40))
    comment: Mapped[str] = mapped_column(Text, default="")
    weight: Mapped[int] = mapped_column(default=1)
    flagged_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)


class ModerationAct(Base):
    """What a moderator did to a topic, or to a post in it; `data` says from what to what."""

    __tablename__ = "moderation_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    data: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    done_at: Mapped[datetime]

    actor: Mapped[User] = relationship(lazy="raise_on_sql")


class Tag(Base):
    """A word under which topics are gathered; its names are kept by language."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)

    def name(self, language: str) -> str:
        """Return the name in a language, or in whichever there is."""
        return in_language(self.names, language)


class TagName(Base):
    """What people may write to mean a tag: one of its names, or a synonym, folded."""

    __tablename__ = "tag_names"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)


class TopicTag(Base):
    """A topic is gathered under a tag."""

    __tablename__ = "topic_tags"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True
    )
