"""Writes that keep articles true: who looks whether they still are, and how often."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core import revisions
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.knowledge import queries
from portal.knowledge.models import Article

LONGEST_INTERVAL_DAYS: Final = 3650


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Who verifies an article, and every how many days; None is as its section says."""

    verifier_id: int | None = None
    every_days: int | None = None

    def check(self, session: Session) -> None:
        """Ask whether someone can do this.

        Raises:
            InvalidError: the verifier is not staff, or the interval is none.
        """
        verifier = session.get(User, self.verifier_id) if self.verifier_id is not None else None
        is_staff = verifier is not None and verifier.is_active and verifier.is_staff
        if self.verifier_id is not None and not is_staff:
            raise InvalidError(N_("Choose someone of the staff."), field="verifier_id")
        if self.every_days is not None and not 0 < self.every_days <= LONGEST_INTERVAL_DAYS:
            raise InvalidError(N_("Choose between one day and ten years."), field="verify_every_days")


def assign(session: Session, *, actor: Actor, article_id: int, duty: Duty) -> Article:
    """Say who verifies an article, and how often.

    Raises:
        NotFoundError: no such article that the actor may write.
        InvalidError: the verifier is not staff, or the interval is none.
    """
    article = queries.editable_article_for(session, actor, article_id)
    duty.check(session)
    article.verifier_id, article.verify_every_days = duty.verifier_id, duty.every_days
    revisions.bump(session, "knowledge")
    return article
