"""Notices in words: one sentence a kind, put together in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.notifications.kinds import Category, Delivery
from portal.notifications.mail.models import MailPurpose, MailState

Params = Mapping[str, Any]

SENTENCES: Final[Mapping[str, Callable[[Params], str]]] = {
    "reply": lambda p: _("%(name)s replied in “%(title)s”.", name=p["name"], title=p["title"]),
    "mention": lambda p: _("%(name)s named you in “%(title)s”.", name=p["name"], title=p["title"]),
    "comment": lambda p: _("%(name)s commented in “%(title)s”.", name=p["name"], title=p["title"]),
    "accepted": lambda p: _("Your answer in “%(title)s” was accepted.", title=p["title"]),
    "original_solved": lambda p: _("“%(title)s”, which you asked too, is solved.", title=p["title"]),
    "idea_shipped": lambda p: _("It is there: “%(title)s”.", title=p["title"]),
    "sanctioned": lambda p: _(
        "You cannot write until %(day)s: %(reason)s Here you can object.", day=p["day"], reason=p["reason"]
    ),
    "watched_reply": lambda p: _("%(name)s replied in “%(title)s”.", name=p["name"], title=p["title"]),
    "watched_topic": lambda p: _("%(name)s started the topic “%(title)s”.", name=p["name"], title=p["title"]),
    "watched_text": lambda p: (
        _("“%(title)s” is new.", title=p["title"])
        if p["is_new"]
        else _("“%(title)s” says something new.", title=p["title"])
    ),
    "request_answered": lambda p: _("Your request “%(title)s” has an answer.", title=p["title"]),
    "request_opened": lambda p: _(
        "%(name)s opened the request “%(title)s”.", name=p["name"], title=p["title"]
    ),
    "feedback_resolved": lambda p: (
        _("You told us about “%(title)s”. Our answer: %(note)s", title=p["title"], note=p["note"])
        if p["note"]
        else _("You told us about “%(title)s”. We have looked into it; thank you.", title=p["title"])
    ),
    "review_asked": lambda p: (
        _("%(name)s asks you to review “%(title)s”.", name=p["name"], title=p["title"])
        if p["name"]
        else _("“%(title)s” waits for your review.", title=p["title"])
    ),
    "review_approved": lambda p: _("%(name)s approved “%(title)s”.", name=p["name"], title=p["title"]),
    "review_changes_asked": lambda p: _(
        "%(name)s asks for changes in “%(title)s”.", name=p["name"], title=p["title"]
    ),
    "articles_due": lambda p: (
        _("“%(title)s” is due to be verified.", title=p["title"])
        if p["count"] == 1
        else _("“%(title)s” and other articles are due to be verified: %(count)d.", **p)
    ),
}
REPLIES: Final = frozenset({"reply", "watched_reply"})
CATEGORIES: Final[Mapping[Category, Any]] = {
    Category.COMMUNITY: _l("Community"),
    Category.HELP: _l("Help"),
    Category.REQUESTS: _l("Requests"),
    Category.CONTENT: _l("Content"),
}
DELIVERIES: Final[Mapping[Delivery, Any]] = {
    Delivery.IMMEDIATELY: _l("Mail at once"),
    Delivery.DAILY: _l("Daily mail"),
    Delivery.WEEKLY: _l("Weekly mail"),
    Delivery.INBOX: _l("Inbox only"),
    Delivery.NOTHING: _l("Nothing"),
}
MAIL_STATES: Final[Mapping[MailState, Any]] = {
    MailState.FAILED: _l("Failed"),
    MailState.QUEUED: _l("Queued"),
    MailState.SENT: _l("Sent"),
    MailState.DROPPED: _l("Not needed any more"),
}
MAIL_PURPOSES: Final[Mapping[MailPurpose, Any]] = {
    MailPurpose.NEWS: _l("News"),
    MailPurpose.DAILY: _l("Daily mail"),
    MailPurpose.WEEKLY: _l("Weekly mail"),
    MailPurpose.LETTER: _l("Letter"),
}


def sentence(kind: str, params: Params, count: int = 1) -> str:
    """Say what happened, and how often; replies are counted, and the latest one's writer named."""
    if count == 1 or kind not in REPLIES:
        return SENTENCES[kind](params)
    text: str = ngettext(
        "%(num)d reply in “%(title)s”, the latest by %(name)s.",
        "%(num)d replies in “%(title)s”, the latest by %(name)s.",
        count,
        title=params["title"],
        name=params["name"],
    )
    return text
