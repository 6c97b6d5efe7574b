"""What imports of the site's own exports leave behind."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base


class RestoredState(Base):
    """The state in which an import left a part of the knowledge base; `part` is what an export calls it."""

    __tablename__ = "restored_states"

    part: Mapped[str] = mapped_column(String(700), primary_key=True)
    state: Mapped[str] = mapped_column(String(32))
