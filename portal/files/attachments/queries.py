"""Reads of files that people added; each returns only what the actor may see."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import NotFoundError
from portal.files.attachments.homes import Home
from portal.files.attachments.models import Attachment

DAY: Final = timedelta(days=1)


def file_for(session: Session, actor: Actor, token: str, homes: Iterable[Home]) -> Attachment:
    """Return a file that a text shows which the actor may see, or one of the actor's that no text names yet.

    Raises:
        NotFoundError: no such file that the actor may see.
    """
    seen = _seen_by(actor, homes).where(Attachment.token == token)
    file = session.scalar(seen, {"viewer_id": actor.user_id})
    if file is None:
        raise NotFoundError("file")
    return file


def files_to_name_for(
    session: Session, actor: Actor, tokens: Collection[str], home: Home
) -> Sequence[Attachment]:
    """Return those of some files that the actor may name in a text; they are held until the transaction ends.

    Texts of other sorts do not count: what was shown in one place is not taken to another.
    """
    if not tokens:
        return ()
    seen = _seen_by(actor, [home]).where(Attachment.token.in_(tokens)).order_by(Attachment.id)
    return session.scalars(seen.with_for_update(of=Attachment), {"viewer_id": actor.user_id}).all()


def _seen_by(actor: Actor, homes: Iterable[Home]) -> Select[Attachment]:
    """Select for `viewer_id`."""
    own = and_(Attachment.user_id == actor.user_id, *(~home.names for home in homes))
    return select(Attachment).where(or_(own, *(home.shows_to(actor) for home in homes)))


def added_lately(session: Session, user_id: int, *, now: datetime) -> tuple[int, int]:
    """Return how many files a person has added within a day, and their bytes."""
    query = select(func.count(Attachment.id), func.coalesce(func.sum(Attachment.size_bytes), 0))
    lately = query.where(Attachment.user_id == user_id, Attachment.created_at > now - DAY)
    count, size_bytes = session.execute(lately).one()
    return count, int(size_bytes)
