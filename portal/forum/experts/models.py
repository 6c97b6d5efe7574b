"""Who was asked for an answer, how people want to be asked, and which questions were brought to staff."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base
from portal.forum.models import Topic


class InvitationState(StrEnum):
    """What became of an invitation; one that was dropped reached nobody, as it was not needed any more."""

    WAITING = "waiting"
    SENT = "sent"
    DECLINED = "declined"
    DROPPED = "dropped"


class ExpertInvitation(Base):
    """One person is asked to answer one question, by someone whom it concerns.

    `solved_ids` are the topics that the person solved, for which they are asked, the nearest first.
    `deliver_at` is when it is to reach them, after their quiet hours, or when it did.
    """

    __tablename__ = "expert_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    solved_ids: Mapped[list[int]] = mapped_column(JSON)
    state: Mapped[InvitationState] = mapped_column(text_enum(InvitationState))
    created_at: Mapped[datetime]
    deliver_at: Mapped[datetime]

    topic: Mapped[Topic] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="raise_on_sql")
    invited_by: Mapped[User] = relationship(foreign_keys=invited_by_id, lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("topic_id", "user_id"),
        Index("ix_expert_invitations_user_id_deliver_at", "user_id", "deliver_at"),
        Index("ix_expert_invitations_state_deliver_at", "state", "deliver_at"),
    )


class ExpertSetting(Base):
    """How a person wants to be asked; see `Wishes` for those who have said nothing."""

    __tablename__ = "expert_settings"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    takes_part: Mapped[bool]
    most_a_week: Mapped[int]
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    rests_on_weekends: Mapped[bool]


class QuestionEscalation(Base):
    """A question that waited too long, and was brought to staff once."""

    __tablename__ = "question_escalations"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    escalated_at: Mapped[datetime]


_UNSOLVED = and_(Topic.accepted_post_id.is_(None), Topic.removed_at.is_(None))
Index(
    "ix_topics_unsolved",
    Topic.kind,
    Topic.created_at,
    sqlite_where=_UNSOLVED,
    postgresql_where=_UNSOLVED,
)
