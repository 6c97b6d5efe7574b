"""What was learned from searches; but for decisions, all of it is made anew from the ledger."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.orm import Base

LONGEST: Final = 80
"""Characters of a query that is remembered; a longer one is a pasted message."""

_BY_LETTERS: Final = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")
"""Text in the order of its code points in every database, so that what begins alike stands together."""


class RememberedQuery(Base):
    """A query after which results were opened.

    `folded` is the query without regard to case, width and spaces; `text` is how it was typed most often.
    `accounts` counts the accounts of those who opened something, all visitors together as one; `people` and
    `readers` count who opened something, and for whom it stayed open or helped.
    """

    __tablename__ = "remembered_queries"

    id: Mapped[int] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(_BY_LETTERS, unique=True)
    text: Mapped[str] = mapped_column(String(LONGEST))
    accounts: Mapped[int]
    people: Mapped[int]
    readers: Mapped[int]


class RememberedAccount(Base):
    """An account of which someone opened a result of a query that too few have in common to tell others."""

    __tablename__ = "remembered_accounts"

    query_id: Mapped[int] = mapped_column(
        ForeignKey("remembered_queries.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class RememberedPage(Base):
    """A page that was opened after a query; `group` is that of its search documents."""

    __tablename__ = "remembered_pages"

    query_id: Mapped[int] = mapped_column(
        ForeignKey("remembered_queries.id", ondelete="CASCADE"), primary_key=True
    )
    group: Mapped[str] = mapped_column("group_key", String(60), primary_key=True)


class SynonymProposal(Base):
    """Words that people replaced by others, which then led to something.

    `key` holds the tokens of both. `tried` counts those who replaced the words by anything, `people` those
    whom these others helped, and `accounts` theirs. `evidence`, 0…1, is the lower end of the interval of
    `people` ÷ `tried`. `examples` are pairs of a query and the next. `is_accepted` is None until staff
    decide.
    """

    __tablename__ = "synonym_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    words: Mapped[str] = mapped_column(String(LONGEST))
    means: Mapped[str] = mapped_column(String(LONGEST))
    people: Mapped[int]
    accounts: Mapped[int]
    tried: Mapped[int]
    evidence: Mapped[float]
    examples: Mapped[list[list[str]]] = mapped_column(JSON)
    is_accepted: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_synonym_proposals_is_accepted_evidence", "is_accepted", "evidence"),)
