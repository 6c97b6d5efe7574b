"""The files of signals that were read, and how far."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class FileProgress(Base):
    """How far a file has been read: so many bytes and lines, of which so many signals are kept.

    `digest` is that of what the file began with; a file that begins with something else is another one.
    """

    __tablename__ = "signal_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Text, unique=True)
    source: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime]
