"""What a mail says: put together when it leaves, for one person, from what they may see and have not seen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Protocol

from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.config import Settings
from portal.notifications.kinds import KINDS, Delivery
from portal.notifications.mail.letters import Letter
from portal.notifications.mail.models import Mail, MailPurpose
from portal.notifications.mail.unsubscribing import unsubscribe_url
from portal.notifications.models import Notice
from portal.notifications.queries import is_visible, waiting_as_news, waiting_for_digest
from portal.notifications.subjects import Named, NamedFor
from portal.notifications.wording import REPLIES, sentence
from portal.web.cards import absolute

MOST_ENTRIES: Final = 40
SETTINGS_PATH: Final = "/me/notifications/settings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing in a mail: its title, where it leads, what happened to it, and how someone's text begins."""

    title: str
    url: str
    sentences: tuple[str, ...]
    excerpt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """A letter, and the notices that need not be mailed any more once it has left."""

    letter: Letter
    notice_ids: Sequence[int]


class WriteLetter(Protocol):
    """Writes what a feature above has to say to a person; the feature lends it."""

    def __call__(self, session: Session, person: User, *, now: datetime) -> Letter | None:
        """Return the letter; None if there is nothing to say."""


def compose(session: Session, mail: Mail, person: User, *, now: datetime) -> Composed | None:
    """Put together what a mail says to a person (with their account loaded); None if that is nothing."""
    if mail.purpose is MailPurpose.PORTFOLIO:
        write: WriteLetter = current_app.extensions["write_portfolio"]
        letter = write(session, person, now=now)
        return Composed(letter=letter, notice_ids=()) if letter else None
    settings: Settings = current_app.extensions["settings"]
    named_for: NamedFor = current_app.extensions["named_for"]
    language = person.language if person.language in settings.languages else settings.default_language
    notices = _held_by(session, mail, person)
    subjects = {notice.subject for notice in notices if notice.subject}
    if notices and notices[0].watch and mail.purpose is MailPurpose.NEWS:
        subjects.add(notices[0].watch)
    named = named_for(session, person.as_actor(), subjects, language=language)
    shown = [notice for notice in notices if is_visible(notice, named)]
    if not shown:
        return None
    with force_locale(language):
        day = format_date(now.astimezone(person.zone), "full", locale=language)
        letter = _letter(mail, shown, named, person_id=person.id, language=language, day=day)
    return Composed(letter=letter, notice_ids=[notice.id for notice in notices])


def _held_by(session: Session, mail: Mail, person: User) -> Sequence[Notice]:
    match mail.purpose:
        case MailPurpose.WEEKLY:
            return waiting_for_digest(session, person.id, Delivery.DAILY, Delivery.WEEKLY)
        case MailPurpose.DAILY:
            return waiting_for_digest(session, person.id, Delivery.DAILY)
    return waiting_as_news(session, person.id, mail.thread or "")


def _letter(
    mail: Mail,
    notices: Sequence[Notice],
    named: Mapping[str, Named],
    *,
    person_id: int,
    language: str,
    day: str,
) -> Letter:
    threads = _threads(notices)
    entries = [_entry(thread, named) for thread in threads[:MOST_ENTRIES]]
    is_digest = mail.purpose is not MailPurpose.NEWS
    scope, reason = _reason(mail, notices, named)
    url = unsubscribe_url(person_id, scope)
    words = {
        "language": language,
        "heading": _("What is new, %(day)s", day=day) if is_digest else "",
        "entries": entries,
        "more": len(threads) - len(entries),
        "reason": reason,
        "unsubscribe_url": url,
        "settings_url": absolute(SETTINGS_PATH),
        "inbox_url": absolute("/me/notifications/"),
    }
    return Letter(
        subject=_subject(notices, entries, len(threads), is_digest=is_digest),
        text=render("mail/news.txt", **words),
        html=render("mail/news.html", **words),
        thread="" if is_digest or len(threads) > 1 else notices[0].thread,
        list_name=mail.purpose if is_digest else notices[0].kind,
        unsubscribe_url=url,
    )


def _threads(notices: Iterable[Notice]) -> list[list[Notice]]:
    """Return the notices of each thread, the threads in the order in which they began."""
    threads: dict[str, list[Notice]] = {}
    for notice in notices:
        threads.setdefault(notice.thread, []).append(notice)
    return list(threads.values())


def _entry(notices: Sequence[Notice], named: Mapping[str, Named]) -> Entry:
    """Describe a thread: it leads to the first thing in it, and shows how the last one begins."""
    last = named.get(notices[-1].subject or "")
    by_kind = groupby(sorted(notices, key=lambda notice: notice.kind), key=lambda notice: notice.kind)
    title = last.title if last else notices[-1].params["title"]
    sentences = []
    for kind, some in by_kind:
        same = list(some)
        sentences.append(sentence(kind, same[-1].params | {"title": title}, len(same)))
    return Entry(
        title=title,
        url=absolute(notices[0].path),
        sentences=tuple(sentences),
        excerpt=last.excerpt if last else "",
    )


def _subject(notices: Sequence[Notice], entries: Sequence[Entry], count: int, *, is_digest: bool) -> str:
    title = entries[0].title
    if count > 1:
        others = count - 1
        title = ngettext("%(title)s, and %(num)d more", "%(title)s, and %(num)d more", others, title=title)
    if count > 1 or is_digest:
        return title
    kinds = {notice.kind for notice in notices}
    if kinds <= REPLIES:
        return f"Re: {title}"
    return title if kinds == {"watched_topic"} else entries[0].sentences[0]


def _reason(mail: Mail, notices: Sequence[Notice], named: Mapping[str, Named]) -> tuple[str, str]:
    """Return what an unsubscribe link of a mail covers, and why its reader gets it."""
    if mail.purpose is MailPurpose.DAILY:
        return "daily", _("This is your daily mail.")
    if mail.purpose is MailPurpose.WEEKLY:
        return "weekly", _("This is your weekly mail.")
    watch = notices[0].watch
    if watch and watch in named:
        return f"watch:{watch}", _("You get this because you watch “%(title)s”.", title=named[watch].title)
    kind = KINDS[notices[0].kind]
    return f"kind:{kind.name}", _("You get this because you want a mail when: %(kind)s.", kind=_(kind.label))


def write_letter(*, subject: str, text: str, path: str, language: str) -> Letter:
    """Write a letter that says one thing and leads to one page, in the language of these words."""
    words = {"language": language, "subject": subject, "text": text, "url": absolute(path)}
    text, html = render("mail/letter.txt", **words), render("mail/letter.html", **words)
    return Letter(subject=subject, text=text, html=html)


def render(template: str, **words: object) -> str:
    """Render a mail's template, outside any request and its reader."""
    return current_app.jinja_env.get_template(template).render(**words)
