"""What staff did to many articles at once, kept so that it can be looked up and undone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User, text_enum
from portal.core.orm import Base


class Act(StrEnum):
    """What can be done to many articles at once."""

    PUBLISH = "publish"
    VERIFY = "verify"
    ASSIGN = "assign"
    MOVE = "move"
    READERS = "readers"
    ARCHIVE = "archive"
    BRING_BACK = "bring_back"


class Result(StrEnum):
    """What came of it for one article: it was done, a review was asked for, or why nothing happened."""

    DONE = "done"
    SENT = "sent"
    AS_IT_WAS = "as_it_was"
    CHANGED = "changed"
    GONE = "gone"
    MERGED = "merged"
    ARCHIVED = "archived"
    IN_REVIEW = "in_review"
    CHANGES_ASKED = "changes_asked"
    SCHEDULED = "scheduled"
    UNPUBLISHED = "unpublished"
    REFUSED = "refused"


FOLLOWED: Final = frozenset({Result.DONE, Result.SENT})
"""What says that something happened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of an act for one text, or for an article by one of its texts.

    `title` is empty where the article is gone. `message` and `params` are what refused it. `before` is what
    undoing needs, `stamp` what the text looked like afterwards.
    """

    article_id: int
    language: str
    title: str
    result: Result
    message: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    before: Any = None
    stamp: str = ""


class ArticleBatch(Base):
    """One act on many articles, by whom and when; `undoes_id` names the one that this took back.

    `done` and `left_alone` count its outcomes, which are stored as `rows`.
    """

    __tablename__ = "article_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[Act] = mapped_column(text_enum(Act))
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    done_at: Mapped[datetime]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("article_batches.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
    done: Mapped[int]
    left_alone: Mapped[int]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    done_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What came of it for each article."""
        return [Outcome(**{**row, "result": Result(row["result"])}) for row in self.rows]

    @outcomes.setter
    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        self.rows = [asdict(outcome) for outcome in outcomes]
        self.done = sum(outcome.result in FOLLOWED for outcome in outcomes)
        self.left_alone = len(outcomes) - self.done
