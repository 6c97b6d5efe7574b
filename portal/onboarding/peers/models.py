"""Who may be asked about the steps that they have passed."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class PeerSetting(Base):
    """Whether others may ask a person; nobody may who has said nothing."""

    __tablename__ = "peer_settings"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    may_be_asked: Mapped[bool]
