"""The acts that can be done to many articles at once: whether each goes ahead, what it does, what undoes it.

Each goes through the services that a single article's pages use, with their rules and rights.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.audience import Audience
from portal.core.errors import ConflictError, InvalidError
from portal.core.i18n import N_
from portal.knowledge import service, workflow
from portal.knowledge.batches.models import Act, Result
from portal.knowledge.models import ArticleStatus, Section, Stage, Translation
from portal.knowledge.service import Place
from portal.knowledge.upkeep import duties as upkeep
from portal.knowledge.upkeep import service as verification
from portal.knowledge.upkeep.duties import Duty

_WAITS: Final = {
    Stage.IN_REVIEW: Result.IN_REVIEW,
    Stage.CHANGES_ASKED: Result.CHANGES_ASKED,
    Stage.SCHEDULED: Result.SCHEDULED,
}


class Order(Protocol):
    """What is to be done to each of many articles; `of_article` holds for all of its languages."""

    act: ClassVar[Act]
    of_article: ClassVar[bool]

    def check(self, session: Session) -> None:
        """Ask whether this can be done at all.

        Raises:
            InvalidError: it cannot; `field` says what has to be chosen otherwise.
        """

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Tell what comes of it for a text."""

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> Any:
        """Do it, as forecast, to a text whose article has its texts loaded; return what undoing needs."""


class _Unconditional:
    """An order that needs nothing to be chosen."""

    def check(self, session: Session) -> None:
        """Find nothing wrong."""


@dataclass(frozen=True)
class Publish(_Unconditional):
    """Let readers see the newest text, or ask for the review that it needs first."""

    act: ClassVar[Act] = Act.PUBLISH
    of_article: ClassVar[bool] = False

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Leave to a reviewer, or to the clock, what waits for them."""
        if text.status is ArticleStatus.ARCHIVED:
            return Result.ARCHIVED
        if text.is_published and not text.has_changes:
            return Result.AS_IT_WAS
        return _WAITS.get(text.stage) or (Result.SENT if needs_review else Result.DONE)

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> None:
        """Publish, or ask for a review."""
        hand_on = workflow.ask_for_review if result is Result.SENT else workflow.publish
        hand_on(session, actor=actor, article=text.article, language=text.language, now=now)


@dataclass(frozen=True)
class Archive(_Unconditional):
    """Take texts away from their readers."""

    act: ClassVar[Act] = Act.ARCHIVE
    of_article: ClassVar[bool] = False

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Archive what is not archived."""
        return Result.AS_IT_WAS if text.status is ArticleStatus.ARCHIVED else Result.DONE

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> None:
        """Archive."""
        workflow.archive(session, actor=actor, article=text.article, language=text.language, now=now)


@dataclass(frozen=True)
class BringBack(_Unconditional):
    """Let archived texts be what they were."""

    act: ClassVar[Act] = Act.BRING_BACK
    of_article: ClassVar[bool] = False

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Bring back what is archived."""
        return Result.DONE if text.status is ArticleStatus.ARCHIVED else Result.AS_IT_WAS

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> None:
        """Bring back."""
        workflow.bring_back(session, actor=actor, article=text.article, language=text.language, now=now)


@dataclass(frozen=True)
class Move:
    """Put articles into a section; None while none is chosen."""

    section_id: int | None = None
    act: ClassVar[Act] = Act.MOVE
    of_article: ClassVar[bool] = True

    def check(self, session: Session) -> None:
        """Ask whether the section is there."""
        if self.section_id is None or session.get(Section, self.section_id) is None:
            raise InvalidError(N_("Choose a section."), field="section_id")

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Move what stands elsewhere."""
        return Result.AS_IT_WAS if text.article.section_id == self.section_id else Result.DONE

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> int:
        """Move; return where it stood."""
        before = text.article.section_id
        place = Place(section_id=self.section_id or before, audience=text.article.audience)
        service.move_article(session, actor=actor, article_id=text.article_id, place=place, now=now)
        return before


@dataclass(frozen=True)
class Readers:
    """Choose whom articles are for; None while nobody is chosen."""

    audience: Audience | None = None
    act: ClassVar[Act] = Act.READERS
    of_article: ClassVar[bool] = True

    def check(self, session: Session) -> None:
        """Ask whether an audience is chosen."""
        if not self.audience:
            raise InvalidError(N_("Choose who may read."), field="audience")

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Change what is for others."""
        return Result.AS_IT_WAS if text.article.audience == self.audience else Result.DONE

    def do(
        self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime
    ) -> list[str]:
        """Change; return whom it was for."""
        before = text.article.audience
        place = Place(section_id=text.article.section_id, audience=self.audience or before)
        service.move_article(session, actor=actor, article_id=text.article_id, place=place, now=now)
        return sorted(before)


@dataclass(frozen=True)
class Assign:
    """Say who verifies articles, and how often; None while that is not chosen."""

    duty: Duty | None = None
    act: ClassVar[Act] = Act.ASSIGN
    of_article: ClassVar[bool] = True

    def check(self, session: Session) -> None:
        """Ask whether someone can do this."""
        (self.duty or Duty()).check(session)

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Assign what someone else has, or at another interval."""
        return Result.AS_IT_WAS if _duty_of(text) == self.duty else Result.DONE

    def do(
        self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime
    ) -> list[int | None]:
        """Assign; return what was asked of whom before."""
        before = _duty_of(text)
        upkeep.assign(session, actor=actor, article_id=text.article_id, duty=self.duty or before)
        return [before.verifier_id, before.every_days]


def _duty_of(text: Translation) -> Duty:
    return Duty(verifier_id=text.article.verifier_id, every_days=text.article.verify_every_days)


@dataclass(frozen=True)
class Verify(_Unconditional):
    """Note that articles are still true."""

    act: ClassVar[Act] = Act.VERIFY
    of_article: ClassVar[bool] = True

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Verify what readers see."""
        is_seen = any(other.is_published for other in text.article.translations)
        return Result.DONE if is_seen else Result.UNPUBLISHED

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> int:
        """Note it; return the id of the note."""
        verified = verification.verify(
            session, actor=actor, article_ids=[text.article_id], seen_at=now, now=now
        )
        if not verified.verification_ids:
            raise ConflictError(N_("Someone else changed this at the same moment. Look at it again."))
        return verified.verification_ids[0]


@dataclass(frozen=True)
class TakeBack(_Unconditional):
    """Say that an article was not verified after all."""

    verification_id: int
    act: ClassVar[Act] = Act.VERIFY
    of_article: ClassVar[bool] = True

    def forecast(self, text: Translation, *, needs_review: bool) -> Result:
        """Try it: what someone has verified since is refused."""
        return Result.DONE

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> None:
        """Take it back."""
        ids = [self.verification_id]
        if not verification.take_back(session, actor=actor, verification_ids=ids, now=now):
            raise ConflictError(N_("Someone has verified it again since."))


INVERSES: Final[Mapping[Act, Callable[[Any], Order]]] = {
    Act.ARCHIVE: lambda _before: BringBack(),
    Act.BRING_BACK: lambda _before: Archive(),
    Act.MOVE: Move,
    Act.READERS: lambda tokens: Readers(frozenset(tokens)),
    Act.ASSIGN: lambda duty: Assign(Duty(verifier_id=duty[0], every_days=duty[1])),
    Act.VERIFY: TakeBack,
}
"""What undoes an act for one article, given what `do` returned; what readers have seen cannot be unseen."""
