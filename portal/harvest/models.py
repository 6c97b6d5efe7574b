"""Which article was made of which topic: forum and knowledge base know nothing of each other."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class TopicArticle(Base):
    """An article was made of a topic, once; `post_ids` are the answers that went into it."""

    __tablename__ = "topic_articles"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), unique=True)
    post_ids: Mapped[list[int]] = mapped_column(JSON)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
