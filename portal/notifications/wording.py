"""Notices in words: one sentence a kind, put together in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext as _

from portal.notifications.models import Notice

SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "reply": lambda p: _("%(name)s replied in “%(title)s”.", name=p["name"], title=p["title"]),
    "accepted": lambda p: _("Your answer in “%(title)s” was accepted.", title=p["title"]),
    "original_solved": lambda p: _("“%(title)s”, which you asked too, is solved.", title=p["title"]),
    "idea_shipped": lambda p: _("It is there: “%(title)s”.", title=p["title"]),
    "sanctioned": lambda p: _(
        "You cannot write until %(day)s: %(reason)s Here you can object.", day=p["day"], reason=p["reason"]
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
    "step_completed": lambda p: _("Done: %(title)s", title=p["title"]),
}


def sentence(notice: Notice) -> str:
    """Say what happened."""
    return SENTENCES[notice.kind](notice.params)
