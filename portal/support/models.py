"""Requests that reached staff after all."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, User, text_enum
from portal.core.orm import Base


class RequestStatus(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class SupportRequest(Base):
    """A question to staff. `account_id` is None when someone of the vendor wrote it."""

    __tablename__ = "support_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    status: Mapped[RequestStatus] = mapped_column(text_enum(RequestStatus))
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    author: Mapped[User] = relationship(lazy="raise_on_sql")
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    replies: Mapped[list["RequestReply"]] = relationship(
        back_populates="request", order_by="RequestReply.id", lazy="raise_on_sql"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy's own protocol.


class RequestReply(Base):
    """One more message in a request, by its author or by staff."""

    __tablename__ = "request_replies"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("support_requests.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    request: Mapped[SupportRequest] = relationship(back_populates="replies", lazy="raise_on_sql")
    author: Mapped[User] = relationship(lazy="raise_on_sql")
