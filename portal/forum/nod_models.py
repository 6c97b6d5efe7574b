"""What readers say of posts with one press: useful, thank you, and that they have the question too."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base
from portal.forum.models import PostVote


class Nod(StrEnum):
    """What one press says; the values stand in addresses."""

    VOTE = "votes"
    THANKS = "thanks"
    ME_TOO = "me-too"


class PostThanks(Base):
    """One person thanked the author of one post."""

    __tablename__ = "post_thanks"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    thanked_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)


class MeToo(Base):
    """One person has a question too, whose own text is the post."""

    __tablename__ = "me_toos"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    said_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("post_id", "user_id"),)


NodTable = type[PostVote] | type[PostThanks] | type[MeToo]
TABLES: Final[Mapping[Nod, NodTable]] = {Nod.VOTE: PostVote, Nod.THANKS: PostThanks, Nod.ME_TOO: MeToo}
TIMES: Final[Mapping[Nod, str]] = {Nod.VOTE: "voted_at", Nod.THANKS: "thanked_at", Nod.ME_TOO: "said_at"}
"""The columns that say since when."""
