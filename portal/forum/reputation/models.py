"""What a person's outcomes come to."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class Reputation(Base):
    """What stood of a person's outcomes when they were counted last, all of it made from posts and votes.

    `accepted` counts solutions, `votes` those of others for any post, `answers` and `topics` posts. `badges`
    are names of `badges.BADGES`, in that order. The level is on the person too, where policies find it.
    """

    __tablename__ = "reputations"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    points: Mapped[int] = mapped_column(default=0)
    level: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    votes: Mapped[int] = mapped_column(default=0)
    answers: Mapped[int] = mapped_column(default=0)
    topics: Mapped[int] = mapped_column(default=0)
    badges: Mapped[list[str]] = mapped_column(JSON, default=list)
    counted_at: Mapped[datetime]

    __table_args__ = (Index("ix_reputations_points_user_id", "points", "user_id"),)
