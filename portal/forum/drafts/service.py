"""Writes of drafts: what is newer is never overwritten by what is older."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.files.attachments.service import hold_files
from portal.forum.drafts import places
from portal.forum.drafts.models import PostDraft

DRAFTS_A_PERSON: Final = 50
"""Source: a judgement; more than anyone takes up again, and few enough to look through on one page."""

LONGEST: Final = 100_000
"""Characters of a draft, which are those of the longest post; its other answers have room besides."""

LONGEST_ANSWER: Final = 400

KEPT_FOR: Final = timedelta(days=90)
"""Source: a judgement; a text that nobody touched for a quarter is about a product of the past."""

DISCARDED_FOR: Final = timedelta(days=1)
"""Source: a judgement; who discards by mistake notices the same day."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What someone has begun to write, and the other answers of the form, by name."""

    title: str = ""
    body: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.title.strip() or self.body.strip())


@dataclass(frozen=True, kw_only=True)
class Window:
    """The page in which someone writes: the version it goes on from (0 for none), its name, its saves so far.

    Without a script it has no name.
    """

    version: int = 0
    writer: str = ""
    step: int = 0

    def wrote(self, draft: PostDraft) -> bool:
        """Whether it was this window that saved a draft last."""
        return bool(self.writer) and draft.writer == self.writer

    def knows(self, draft: PostDraft) -> bool:
        """Whether it has seen all that was saved."""
        return self.wrote(draft) or draft.version == self.version


def save(
    session: Session, *, actor: Actor, place: str, text: Begun, window: Window, now: datetime
) -> PostDraft | None:
    """Keep what the actor has begun to write in a place; None if there is nothing to keep.

    Of the saves of one window that overtake each other the latest stays.

    Raises:
        ForbiddenError: the actor is a visitor.
        InvalidError: it is no place, the text is too long, or the actor keeps too many drafts.
        ConflictError: another window has saved, posted or discarded it.
    """
    if actor.user_id is None:
        raise ForbiddenError("keep drafts")
    places.parts_of(place)
    _require_room_for(text)
    hold_files(session, user_id=actor.user_id, text=text.body)
    mine: dict[str, int | str] = {"user_id": actor.user_id, "place": place}
    draft = session.scalar(select(PostDraft).filter_by(**mine).with_for_update())
    if draft is None or draft.discarded_at is not None:
        return _begin(session, mine, draft, text=text, window=window, now=now)
    if window.wrote(draft) and window.step <= draft.step:
        return draft
    said = (text.title, text.body, dict(text.fields))
    if not window.knows(draft) and said != (draft.title, draft.body, draft.fields):
        raise _stale()
    if text.is_empty:
        discard(session, actor=actor, draft_id=draft.id, now=now)
        return None
    draft.title, draft.body, draft.fields = said
    draft.version, draft.writer, draft.step = draft.version + 1, window.writer, window.step
    draft.saved_at = now
    return draft


def _require_room_for(text: Begun) -> None:
    if len(text.body) > LONGEST or len(text.title) > 300:  # noqa: PLR2004  # What a title may have.
        raise InvalidError(
            N_("A text has at most %(most)s characters, and a title 300. Shorten it."), most=LONGEST
        )
    if any(len(answer) > LONGEST_ANSWER for answer in text.fields.values()):
        raise InvalidError(N_("One of the answers is too long. Shorten it."))


def _begin(
    session: Session,
    mine: Mapping[str, int | str],
    discarded: PostDraft | None,
    *,
    text: Begun,
    window: Window,
    now: datetime,
) -> PostDraft | None:
    """Begin a draft; its versions count from the second in which it began, so that none ever comes back."""
    if window.version:
        raise _stale()
    if text.is_empty:
        return None
    version = int(now.timestamp())
    if discarded is not None:
        version = max(version, discarded.version + 1)
        session.delete(discarded)
        session.flush()
    kept = select(func.count()).where(PostDraft.user_id == mine["user_id"], PostDraft.discarded_at.is_(None))
    if (session.scalar(kept) or 0) >= DRAFTS_A_PERSON:
        raise InvalidError(
            N_("You keep %(most)s drafts already. Discard some of them under Your drafts."),
            most=DRAFTS_A_PERSON,
        )
    row = {
        **mine,
        "title": text.title,
        "body": text.body,
        "fields": dict(text.fields),
        "version": version,
        "writer": window.writer,
        "step": window.step,
        "saved_at": now,
    }
    new = insert_new(session, PostDraft, [row])
    if not new:
        raise _stale()
    return session.get_one(PostDraft, new[0])


def _stale() -> ConflictError:
    return ConflictError(
        N_("This draft was saved, posted or discarded in another window. Copy what you need from here.")
    )


def finish(session: Session, *, actor: Actor, place: str, window: Window) -> None:
    """Forget a draft whose text is posted; what another window has saved since stays."""
    draft = session.scalar(select(PostDraft).filter_by(user_id=actor.user_id, place=place).with_for_update())
    if draft is not None and window.knows(draft):
        session.delete(draft)


def discard(session: Session, *, actor: Actor, draft_id: int, now: datetime) -> None:
    """Put a draft away; it can be brought back for a day.

    Raises:
        NotFoundError: the actor has no such draft.
    """
    draft = _own(session, actor, draft_id)
    if draft.discarded_at is None:
        draft.discarded_at, draft.version = now, draft.version + 1


def bring_back(session: Session, *, actor: Actor, draft_id: int) -> PostDraft:
    """Keep a draft again that was put away.

    Raises:
        NotFoundError: the actor has no such draft, or began another in its place.
    """
    draft = _own(session, actor, draft_id)
    if draft.discarded_at is not None:
        draft.discarded_at, draft.version = None, draft.version + 1
    return draft


def _own(session: Session, actor: Actor, draft_id: int) -> PostDraft:
    mine = select(PostDraft).filter_by(id=draft_id, user_id=actor.user_id)
    draft = session.scalar(mine.with_for_update())
    if draft is None:
        raise NotFoundError("draft")
    return draft


def clear_old(session: Session, *, now: datetime) -> None:
    """Forget drafts that nobody has touched for a quarter, and those that were put away long enough."""
    session.execute(
        delete(PostDraft).where(
            or_(PostDraft.saved_at < now - KEPT_FOR, PostDraft.discarded_at < now - DISCARDED_FOR)
        )
    )
