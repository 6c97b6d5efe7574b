"""Which files posts name."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class PostAttachment(Base):
    """A post names a file; one that is not shown is named only by what the post said before."""

    __tablename__ = "post_attachments"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True, index=True)
    is_shown: Mapped[bool] = mapped_column(default=True)
