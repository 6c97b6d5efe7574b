"""Notices in words: one sentence a kind, put together in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.notifications.alert_wording import ALERTS
from portal.notifications.kinds import Category, Delivery
from portal.notifications.mail.models import MailPurpose, MailState

Params = Mapping[str, Any]


def _called(label: str) -> str:
    """Return what a thing that has its words elsewhere is called."""
    words: str = _(label)
    return words


SENTENCES: Final[Mapping[str, Callable[[Params], str]]] = {
    "reply": lambda p: _("%(name)s replied in “%(title)s”.", name=p["name"], title=p["title"]),
    "mention": lambda p: _("%(name)s named you in “%(title)s”.", name=p["name"], title=p["title"]),
    "comment": lambda p: _("%(name)s commented in “%(title)s”.", name=p["name"], title=p["title"]),
    "accepted": lambda p: _("Your answer in “%(title)s” was accepted.", title=p["title"]),
    "original_solved": lambda p: _("“%(title)s”, a question that you have too, is solved.", title=p["title"]),
    "thanked": lambda p: _("%(name)s thanks you for what you wrote in “%(title)s”.", **p),
    "answer_in_article": lambda p: _("“%(title)s” was made of your answer. Thank you.", title=p["title"]),
    "expert_invited": lambda p: _(
        "%(name)s asks whether you can answer “%(title)s”.", name=p["name"], title=p["title"]
    ),
    "question_waits": lambda p: _(
        "“%(title)s”, asked by %(name)s, still waits for an answer.", name=p["name"], title=p["title"]
    ),
    "idea_shipped": lambda p: _("It is there: “%(title)s”.", title=p["title"]),
    "badge": lambda p: _("You have earned the badge “%(badge)s”.", badge=_called(p["badge"])),
    "level": lambda p: _("You are “%(level)s” now: see what is open to you.", level=_called(p["level"])),
    "post_removed": lambda p: _(
        "A moderator removed what you wrote in “%(title)s”. Only you and moderators still see it.", **p
    ),
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
    "goal_reached": lambda p: _("%(name)s has reached the goal “%(title)s”.", **p),
    "request_answered": lambda p: _("Your request “%(title)s” has an answer.", title=p["title"]),
    "request_opened": lambda p: _(
        "%(name)s opened the request “%(title)s”.", name=p["name"], title=p["title"]
    ),
    "feedback_resolved": lambda p: (
        _("You told us about “%(title)s”. Our answer: %(note)s", title=p["title"], note=p["note"])
        if p["note"]
        else _("You told us about “%(title)s”. We have looked into it; thank you.", title=p["title"])
    ),
    "nudge": lambda p: _("“%(title)s” waits for you.", title=p["title"]),
    "nudge_drafted": lambda p: _(
        "A reminder to %(name)s (%(title)s) waits for you to send it.", name=p["name"], title=p["title"]
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
    "account_task": lambda p: _(
        "%(title)s renews on %(day)s with open goals.",
        title=p["title"],
        day=format_date(date.fromisoformat(p["day"]), "medium"),
    ),
    "articles_due": lambda p: (
        _("“%(title)s” is due to be verified.", title=p["title"])
        if p["count"] == 1
        else _("“%(title)s” and other articles are due to be verified: %(count)d.", **p)
    ),
    "step_assigned": lambda p: _("“%(title)s” is assigned to you.", title=p["title"]),
    "step_comment": lambda p: _("%(name)s commented on “%(title)s”.", name=p["name"], title=p["title"]),
    "step_done": lambda p: _("“%(title)s” is done: it ticked itself.", title=p["title"]),
    "milestone_done": lambda p: MILESTONES[p["milestone"]](p),
    **ALERTS,
}
MILESTONES: Final[Mapping[str, Callable[[Params], str]]] = {
    "first_value": lambda p: _("Your team has its first result: “%(title)s”.", title=p["title"]),
    "go_live": lambda p: _("Your team is live: “%(title)s”.", title=p["title"]),
    "complete": lambda p: _("All required steps of “%(title)s” are done.", title=p["title"]),
}


def _replies(count: int, p: Params) -> str:
    text: str = ngettext(
        "%(num)d reply in “%(title)s”, the latest by %(name)s.",
        "%(num)d replies in “%(title)s”, the latest by %(name)s.",
        count,
        title=p["title"],
        name=p["name"],
    )
    return text


def _thanks(count: int, p: Params) -> str:
    text: str = ngettext(
        "%(num)d person thanks you in “%(title)s”, the latest is %(name)s.",
        "%(num)d people thank you in “%(title)s”, the latest is %(name)s.",
        count,
        title=p["title"],
        name=p["name"],
    )
    return text


COUNTED: Final[Mapping[str, Callable[[int, Params], str]]] = {
    "reply": _replies,
    "watched_reply": _replies,
    "thanked": _thanks,
}
REPLIES: Final = frozenset({"reply", "watched_reply"})
CATEGORIES: Final[Mapping[Category, Any]] = {
    Category.COMMUNITY: _l("Community"),
    Category.HELP: _l("Help"),
    Category.ONBOARDING: _l("Onboarding"),
    Category.REQUESTS: _l("Requests"),
    Category.CONTENT: _l("Content"),
    Category.ACCOUNTS: _l("Accounts"),
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
    MailPurpose.PORTFOLIO: _l("Weekly portfolio"),
    MailPurpose.LETTER: _l("Letter"),
}


def sentence(kind: str, params: Params, count: int = 1) -> str:
    """Say what happened, and how often; replies and thanks are counted, and the latest one's person named."""
    if count == 1 or kind not in COUNTED:
        return SENTENCES[kind](params)
    return COUNTED[kind](count, params)
