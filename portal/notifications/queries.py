"""Reads of inboxes and watches; a person sees only their own, and nothing about what they may not see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, bindparam, cast, exists, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core.paging import Cursor, Page
from portal.notifications.kinds import KINDS, Delivery
from portal.notifications.models import Notice, NoticeSetting, Watch, WatchHabit
from portal.notifications.subjects import Named, NamedFor

LINES_A_PAGE: Final = 30
WATCHES_A_PAGE: Final = 50
MOST_COUNTED: Final = 99
MOST_IN_A_MAIL: Final = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Notices of one kind in one thread: `id` and `at` are the latest one's, `path` leads to the first."""

    id: int
    kind: str
    params: Mapping[str, Any]
    path: str
    at: datetime
    count: int
    is_unread: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Whether a person watches a thing, and whether something about it is unread."""

    is_watched: bool
    is_unread: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """A thing that a person watches, as it is called; `delivery` is None where their settings decide."""

    subject: str
    named: Named
    delivery: Delivery | None


def lines_for(
    session: Session, actor: Actor, named_for: NamedFor, *, language: str, after: Cursor | None = None
) -> Page[Line]:
    """Return the lines of the actor's inbox, the latest first; those about hidden things are left out."""
    last = func.max(Notice.id)
    groups = (
        select(last.label("last_id"), func.min(Notice.id).label("first_id"), func.count().label("number"))
        .where(Notice.user_id == actor.user_id)
        .group_by(Notice.kind, Notice.thread, Notice.read_at.is_(None))
        .order_by(last.desc())
        .limit(LINES_A_PAGE + 1)
    )
    if after is not None:
        groups = groups.having(last < after.id)
    rows = session.execute(groups).all()
    ids = {row.last_id for row in rows} | {row.first_id for row in rows}
    notices = {notice.id: notice for notice in session.scalars(select(Notice).where(Notice.id.in_(ids)))}
    named = named_for(session, actor, _subjects(notices.values()), language=language)
    page = Page.cut(
        rows, LINES_A_PAGE, lambda row: Cursor(at=notices[row.last_id].created_at, id=row.last_id)
    )
    lines = (_line(notices[row.last_id], notices[row.first_id], row.number, named) for row in page.rows)
    return Page(rows=[line for line in lines if line], next_cursor=page.next_cursor)


def _subjects(notices: Iterable[Notice]) -> set[str]:
    return {notice.subject for notice in notices if notice.subject}


def is_visible(notice: Notice, named: Mapping[str, Named]) -> bool:
    """Tell whether a notice may be shown to the one for whom its subject was named."""
    return notice.subject is None or notice.subject in named


def _line(last: Notice, first: Notice, count: int, named: Mapping[str, Named]) -> Line | None:
    """Put a line together from its latest and its first notice; None if both are hidden."""
    visible = [notice for notice in (last, first) if is_visible(notice, named)]
    if not visible:
        return None
    is_unread = last.read_at is None
    told, target = visible[0], visible[-1] if is_unread else visible[0]
    about = named.get(told.subject or "")
    return Line(
        id=last.id,
        kind=told.kind,
        params=told.params | ({"title": about.title} if about else {}),
        path=target.path,
        at=told.created_at,
        count=count,
        is_unread=is_unread,
    )


def _latest_unread() -> Select[int]:
    """Select the latest notice of each unread line of `user_id`."""
    return (
        select(func.max(Notice.id))
        .where(Notice.user_id == bindparam("user_id"), Notice.read_at.is_(None))
        .group_by(Notice.kind, Notice.thread)
        .limit(MOST_COUNTED)
    )


_UNREAD: Final = select(Notice.subject).where(Notice.id.in_(_latest_unread()))


def unread_count_for(session: Session, actor: Actor, named_for: NamedFor) -> int:
    """Return how many lines of the actor's inbox are unread, up to 99."""
    subjects = session.scalars(_UNREAD, {"user_id": actor.user_id}).all()
    wanted = {subject for subject in subjects if subject}
    named = named_for(session, actor, wanted, language="") if wanted else {}
    return sum(subject is None or subject in named for subject in subjects)


def standing_for(session: Session, actor: Actor, subject: str) -> Standing:
    """Return how the actor stands to a thing; a visitor watches nothing."""
    if not actor.is_signed_in:
        return Standing(is_watched=False, is_unread=False)
    watch = exists().where(Watch.user_id == actor.user_id, Watch.subject == subject)
    unread = exists().where(
        Notice.user_id == actor.user_id, Notice.thread == subject, Notice.read_at.is_(None)
    )
    return Standing(
        **session.execute(select(watch.label("is_watched"), unread.label("is_unread"))).one()._asdict()
    )


def watched_by(
    session: Session, actor: Actor, named_for: NamedFor, *, language: str, after: Cursor | None = None
) -> Page[Watched]:
    """Return what the actor watches, the latest first; what they may not see any more is left out."""
    mine = select(Watch).where(Watch.user_id == actor.user_id)
    if after is not None:
        mine = mine.where(Watch.id < after.id)
    watches = session.scalars(mine.order_by(Watch.id.desc()).limit(WATCHES_A_PAGE + 1)).all()
    page = Page.cut(watches, WATCHES_A_PAGE, lambda watch: Cursor(at=watch.created_at, id=watch.id))
    named = named_for(session, actor, {watch.subject for watch in page.rows}, language=language)
    shown = [
        Watched(subject=watch.subject, named=named[watch.subject], delivery=watch.delivery)
        for watch in page.rows
        if watch.subject in named
    ]
    return Page(rows=shown, next_cursor=page.next_cursor)


def ids_watched_by(user_id: int, kind: str) -> Select[int]:
    """Select the ids of the things of a kind, such as `topic`, that a person watches."""
    number = cast(func.substr(Watch.subject, len(kind) + 2), Integer)
    return select(number).where(Watch.user_id == user_id, Watch.subject.startswith(f"{kind}:"))


def settings_of(session: Session, user_id: int) -> Mapping[str, Delivery]:
    """Return how a person hears of each kind: as chosen, else by default."""
    query = select(NoticeSetting.kind, NoticeSetting.delivery).where(NoticeSetting.user_id == user_id)
    chosen = dict(session.execute(query).all())
    return {kind.name: kind.reached_by(chosen.get(kind.name)) for kind in KINDS.values()}


def wants_none_of(kind: str) -> ColumnElement[bool]:
    """Select, among people, who wants to hear nothing of a kind."""
    return exists().where(
        NoticeSetting.user_id == User.id,
        NoticeSetting.kind == kind,
        NoticeSetting.delivery == Delivery.NOTHING,
    )


def overrides_of(session: Session, user_id: int) -> Mapping[str, Delivery]:
    """Return how a person hears of the things that they watch in another way than their settings say."""
    query = select(Watch.subject, Watch.delivery)
    rows = session.execute(query.where(Watch.user_id == user_id, Watch.delivery.is_not(None)))
    return {row.subject: row.delivery for row in rows}


def watches_own(session: Session, user_id: int) -> bool:
    """Tell whether a person watches what they start or reply in."""
    habit = session.get(WatchHabit, user_id)
    return habit is None or habit.watches_own


def watchers_of(session: Session, subjects: Sequence[str], *, at: datetime) -> Mapping[int, str]:
    """Return who watched any of some things at a time, each with the first of these that they watched."""
    then = (Watch.subject.in_(subjects), Watch.created_at <= at)
    rows = session.execute(select(Watch.user_id, Watch.subject).where(*then))
    found: dict[int, str] = {}
    for user_id, subject in sorted(rows, key=lambda row: subjects.index(row.subject)):
        found.setdefault(user_id, subject)
    return found


def _waiting(*conditions: ColumnElement[bool]) -> Select[Notice]:
    """Select what `user_id` has neither read nor had in a mail, the earliest first; as many as fit."""
    mine = (Notice.user_id == bindparam("user_id"), Notice.read_at.is_(None), Notice.mailed_at.is_(None))
    return select(Notice).where(*mine, *conditions).order_by(Notice.id).limit(MOST_IN_A_MAIL)


_WAITING: Final = _waiting()
_FOR_DIGESTS: Final = _waiting(Notice.delivery.in_(bindparam("deliveries", expanding=True)))
_NEWS: Final = _waiting(
    Notice.delivery == Delivery.IMMEDIATELY,
    func.coalesce(Notice.watch, Notice.thread) == bindparam("thread"),
)


def waiting_for_mail(session: Session, user_id: int) -> Sequence[Notice]:
    """Return what a person has neither read nor had in a mail."""
    return session.scalars(_WAITING, {"user_id": user_id}).all()


def waiting_for_digest(session: Session, user_id: int, *deliveries: Delivery) -> Sequence[Notice]:
    """Return what waits for a person's digest: a weekly one holds that morning's daily one too."""
    return session.scalars(_FOR_DIGESTS, {"user_id": user_id, "deliveries": deliveries}).all()


def waiting_as_news(session: Session, user_id: int, thread: str) -> Sequence[Notice]:
    """Return what a person wants to hear at once of a thread, or of something that they watch."""
    return session.scalars(_NEWS, {"user_id": user_id, "thread": thread}).all()
