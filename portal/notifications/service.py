"""Writes to inboxes, watches and settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.errors import ForbiddenError, NotFoundError
from portal.core.orm import insert_new
from portal.notifications import queries
from portal.notifications.kinds import DIGESTS, KINDS, Delivery
from portal.notifications.mail import queue
from portal.notifications.models import Notice, NoticeSetting, Watch, WatchHabit
from portal.notifications.subjects import NamedFor

WATCHABLE: Final = ("topic:", "board:", "tag:", "section:", "article:")


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What happened, as people are told; see `Notice`. Without a thread it stands alone."""

    kind: str
    params: Mapping[str, Any]
    path: str
    cause: str
    subject: str | None = None
    thread: str = ""
    place: int | None = None


def tell(
    session: Session, news: News, *, to: Collection[int], watch: str | None = None, now: datetime
) -> None:
    """Put something into people's inboxes, and ask for mail where they want it at once.

    The same cause again is the same notice; who wants to hear nothing of the kind, or of what they watch,
    hears nothing.
    """
    deliveries = _deliveries(session, news.kind, to, watch)
    rows = [
        {
            "user_id": user_id,
            "kind": news.kind,
            "params": dict(news.params),
            "path": news.path,
            "cause": f"{news.cause}:{user_id}",
            "subject": news.subject,
            "thread": news.thread or news.cause,
            "place": news.place,
            "watch": watch,
            "delivery": delivery,
            "created_at": now,
        }
        for user_id, delivery in deliveries.items()
        if delivery is not Delivery.NOTHING
    ]
    new = insert_new(session, Notice, rows)
    wanting = select(Notice.user_id).where(Notice.id.in_(new), Notice.delivery == Delivery.IMMEDIATELY)
    queue.ask_for_news(session, session.scalars(wanting).all(), watch or news.thread or news.cause, now=now)


def _deliveries(
    session: Session, kind: str, user_ids: Collection[int], watch: str | None
) -> Mapping[int, Delivery]:
    """Return how each person wants to hear of a kind, or of what they watch where they say so."""
    setting = select(NoticeSetting.user_id, NoticeSetting.delivery).where(NoticeSetting.kind == kind)
    override = select(Watch.user_id, Watch.delivery).where(Watch.subject == watch)
    rows = session.execute(setting.where(NoticeSetting.user_id.in_(user_ids))).all()
    chosen: dict[int, Delivery | None] = dict(rows)
    for row in session.execute(override.where(Watch.user_id.in_(user_ids))) if watch else ():
        chosen[row.user_id] = row.delivery or chosen.get(row.user_id)
    return {user_id: KINDS[kind].reached_by(chosen.get(user_id)) for user_id in sorted(user_ids)}


def untell(session: Session, *, cause: str) -> None:
    """Take back what was told and not read or mailed yet; see `News` for the cause."""
    told = (Notice.cause.startswith(f"{cause}:", autoescape=True), Notice.mailed_at.is_(None))
    session.execute(delete(Notice).where(*told, Notice.read_at.is_(None)))


def read_all(session: Session, *, actor: Actor, now: datetime) -> None:
    """Mark everything in the actor's inbox as read."""
    _read(session, actor, now)


def read_line(session: Session, *, actor: Actor, notice_id: int, now: datetime) -> None:
    """Mark as read what stands in one line of the actor's inbox with a notice, up to it.

    Raises:
        NotFoundError: the actor has no such notice.
    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.user_id != actor.user_id:
        raise NotFoundError("notice")
    same = (Notice.kind == notice.kind, Notice.thread == notice.thread, Notice.id <= notice.id)
    _read(session, actor, now, *same)


def read_thread(
    session: Session, *, actor: Actor, thread: str, place: int | None = None, now: datetime
) -> None:
    """Mark as read what the actor was told of a thread, as far as the place up to which they have seen it."""
    seen = (Notice.place.is_(None) | (Notice.place <= place),) if place is not None else ()
    _read(session, actor, now, Notice.thread == thread, *seen)


def _read(session: Session, actor: Actor, now: datetime, *which: ColumnElement[bool]) -> None:
    mine = (Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    session.execute(
        update(Notice).where(*mine, *which).values(read_at=now),
        execution_options={"synchronize_session": False},
    )


def watch(
    session: Session,
    *,
    actor: Actor,
    subject: str,
    named_for: NamedFor,
    delivery: Delivery | None = None,
    now: datetime,
) -> None:
    """Watch a thing, or hear of it in another way from now on; None lets the settings decide.

    Raises:
        NotFoundError: no such thing that the actor may see.
        ForbiddenError: the actor is a visitor.
    """
    if actor.user_id is None:
        raise ForbiddenError("watch")
    if not subject.startswith(WATCHABLE) or subject not in named_for(session, actor, {subject}, language=""):
        raise NotFoundError("subject")
    begin_watching(session, user_id=actor.user_id, subject=subject, now=now)
    mine = (Watch.user_id == actor.user_id, Watch.subject == subject)
    session.execute(update(Watch).where(*mine).values(delivery=delivery))
    _settle_deliveries(session, actor.user_id)


def begin_watching(session: Session, *, user_id: int, subject: str, now: datetime) -> None:
    """Let a person watch a thing that they may see; one who watches it already goes on as before."""
    insert_new(session, Watch, [{"user_id": user_id, "subject": subject, "created_at": now}])


def take_part(session: Session, *, user_id: int, subject: str, now: datetime) -> None:
    """Let a person watch what they have started or replied in, unless they want that not to happen."""
    if queries.watches_own(session, user_id):
        begin_watching(session, user_id=user_id, subject=subject, now=now)


def watch_instead(session: Session, *, subject: str, other: str) -> None:
    """Let who watches a thing watch the one that took it over; who watches both goes on as before."""
    rows = [
        {"user_id": row.user_id, "subject": other, "delivery": row.delivery, "created_at": row.created_at}
        for row in session.scalars(select(Watch).where(Watch.subject == subject))
    ]
    insert_new(session, Watch, rows)
    session.execute(delete(Watch).where(Watch.subject == subject))


def unwatch(session: Session, *, actor: Actor, subject: str) -> None:
    """Stop watching a thing; nothing changes if the actor does not."""
    session.execute(delete(Watch).where(Watch.user_id == actor.user_id, Watch.subject == subject))


def choose(session: Session, *, actor: Actor, deliveries: Mapping[str, Delivery], watches_own: bool) -> None:
    """Decide how to hear of each kind, and whether to watch what one takes part in.

    Raises:
        ForbiddenError: the actor is a visitor.
    """
    if actor.user_id is None:
        raise ForbiddenError("choose")
    for kind, delivery in deliveries.items():
        session.merge(NoticeSetting(user_id=actor.user_id, kind=kind, delivery=delivery))
    session.merge(WatchHabit(user_id=actor.user_id, watches_own=watches_own))
    session.flush()
    _settle_deliveries(session, actor.user_id)


def stop_mail(session: Session, *, user_id: int, scope: str) -> None:
    """Send a person no more mail of one sort, as an unsubscribe link says; their inbox goes on.

    The scope is `kind:reply`, `watch:topic:5`, `daily` or `weekly`.
    """
    sort, _, name = scope.partition(":")
    if sort == "watch":
        mine = (Watch.user_id == user_id, Watch.subject == name)
        session.execute(update(Watch).where(*mine).values(delivery=Delivery.INBOX))
    else:
        settings = queries.settings_of(session, user_id)
        in_digest = {kind for kind, delivery in settings.items() if delivery == sort}
        stopped = [
            kind for kind in settings if kind == name or (kind in in_digest and not KINDS[kind].is_letter)
        ]
        for kind in stopped:
            session.merge(NoticeSetting(user_id=user_id, kind=kind, delivery=Delivery.INBOX))
        if sort in DIGESTS:
            mine = (Watch.user_id == user_id, Watch.delivery == Delivery(sort))
            session.execute(update(Watch).where(*mine).values(delivery=Delivery.INBOX))
        session.flush()
    _settle_deliveries(session, user_id)


def _settle_deliveries(session: Session, user_id: int) -> None:
    """Let what waits for a mail follow what its person has chosen since; a digest is not hurried."""
    settings = queries.settings_of(session, user_id)
    overrides = queries.overrides_of(session, user_id)
    for notice in queries.waiting_for_mail(session, user_id):
        wanted = overrides.get(notice.watch or "", settings[notice.kind])
        if wanted is not Delivery.IMMEDIATELY:
            notice.delivery = Delivery.INBOX if wanted is Delivery.NOTHING else wanted
