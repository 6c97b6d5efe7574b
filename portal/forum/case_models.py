"""What a moderator has to look at, and what lets a post that says the same be found."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.core.orm import Base
from portal.forum.models import Post


class PostCase(Base):
    """A post at which a moderator should look; open while `closed_at` is None, and again when reopened.

    `spam_score` is from 0 to 1, and `spam_signs` name what makes it. `assignee_id` is None while nobody
    took it on. `sanction_id` is that of the sanction that closed it; None for a moderator's own decision.
    """

    __tablename__ = "post_cases"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    opened_at: Mapped[datetime]
    spam_score: Mapped[float] = mapped_column(Double)
    spam_signs: Mapped[list[str]] = mapped_column(JSON)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sanction_id: Mapped[int | None] = mapped_column(ForeignKey("sanctions.id"), index=True)

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    assignee: Mapped[User | None] = relationship(foreign_keys=assignee_id, lazy="raise_on_sql")
    closed_by: Mapped[User | None] = relationship(foreign_keys=closed_by_id, lazy="raise_on_sql")

    __table_args__ = (Index("ix_post_cases_closed_at_opened_at", "closed_at", "opened_at"),)

    @property
    def is_open(self) -> bool:
        """Whether it waits for a moderator."""
        return self.closed_at is None


class PostTrace(Base):
    """One of the traces that a post leaves: a hash of some of its words, or of a site to which it leads."""

    __tablename__ = "post_traces"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    trace: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
