"""The community: boards, topics, posts, votes, flags, and their own invariants."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.audience import PUBLIC, Audience, AudienceType
from portal.accounts.models import User, text_enum
from portal.core.errors import ConflictError
from portal.core.i18n import N_, in_language
from portal.core.orm import Base


class TopicKind(StrEnum):
    """What a topic is for."""

    QUESTION = "question"
    DISCUSSION = "discussion"


class Board(Base):
    """A place for topics; its audience is theirs. Names are kept per language."""

    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    audience: Mapped[Audience] = mapped_column(AudienceType, default=PUBLIC)
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


class Topic(Base):
    """A question or discussion; its own text is its first post.

    `account_id` is the asker's account at the time; None for staff and for imported people without one.
    `active_at` is when it was last posted in. `answer_count` counts the visible posts after the first.
    `revision` grows with every change of what its page shows.
    """

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    kind: Mapped[TopicKind] = mapped_column(text_enum(TopicKind))
    title: Mapped[str] = mapped_column(String(300))
    slug: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    accepted_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", use_alter=True))
    solved_at: Mapped[datetime | None]
    answer_count: Mapped[int] = mapped_column(default=0)
    last_position: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    version: Mapped[int] = mapped_column()

    board: Mapped[Board] = relationship(lazy="raise_on_sql")
    author: Mapped[User] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        Index("ix_topics_board_id_active_at_id", "board_id", "active_at", "id"),
        Index("ix_topics_active_at_id", "active_at", "id"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.

    @property
    def is_question(self) -> bool:
        """Whether it asks for a solution."""
        return self.kind is TopicKind.QUESTION

    @property
    def is_solved(self) -> bool:
        """Whether an answer was accepted."""
        return self.accepted_post_id is not None

    def accept(self, answer: "Post", *, at: datetime) -> bool:
        """Make the answer the solution at a UTC time; False if it already is.

        Raises:
            ConflictError: the post is no answer to this question.
        """
        if not self.is_question or answer.topic_id != self.id or answer.is_opening:
            raise ConflictError(N_("Only an answer to this question can be accepted."))
        if self.accepted_post_id == answer.id:
            return False
        self.accepted_post_id, self.solved_at = answer.id, at
        self.revision += 1
        return True

    def withdraw_acceptance(self) -> bool:
        """Make the question open again; False if it is."""
        if not self.is_solved:
            return False
        self.accepted_post_id = self.solved_at = None
        self.revision += 1
        return True


class Post(Base):
    """A text in a topic; position 1 is the topic's own. HTML is made when it is saved."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    position: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    body_text: Mapped[str] = mapped_column(Text)
    renderer_version: Mapped[int]
    vote_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)

    topic: Mapped[Topic] = relationship(foreign_keys=topic_id, lazy="raise_on_sql")
    author: Mapped[User] = relationship(lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("topic_id", "position"),)

    @property
    def is_opening(self) -> bool:
        """Whether this is the topic's own text."""
        return self.position == 1


class PostVote(Base):
    """One person found one post useful."""

    __tablename__ = "post_votes"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    voted_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)


class PostFlag(Base):
    """One person asked a moderator to look; `resolved_at` is None while nobody has."""

    __tablename__ = "post_flags"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(40))
    comment: Mapped[str] = mapped_column(Text, default="")
    flagged_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)
