"""Keys of other systems."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.core.orm import Base


class ApiKey(Base):
    """A key that another system sends; of the key itself only its hash and its last characters are kept.

    `source` names the system in the ledger: signals are unique by it and their own keys, so the next key of a
    system has the same. `made_by` is None for one made on the command line, or by somebody who is gone: a
    key belongs to the site. `expires_at` is None for one that lasts until it is revoked.
    """

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(40))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(8))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    made_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    def works_at(self, now: datetime) -> bool:
        """Tell whether the key opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
