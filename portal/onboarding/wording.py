"""What steps are made of, and proofs as one sentence for each kind of signal, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.onboarding.rules import Proof

SENTENCES: Final[Mapping[str, Callable[[int], str]]] = {
    "article.viewed": lambda n: ngettext(
        "Someone opened the article", "%(num)d people opened the article", n
    ),
    "article.read": lambda n: ngettext("Someone read the article", "%(num)d people read the article", n),
    "article.voted": lambda n: ngettext("Someone rated an article", "%(num)d people rated an article", n),
    "video.watched": lambda n: ngettext("Someone watched the video", "%(num)d people watched the video", n),
    "search.performed": lambda n: ngettext("Someone searched", "%(num)d people searched", n),
    "question.asked": lambda n: ngettext("Someone asked a question", "%(num)d people asked a question", n),
    "answer.posted": lambda n: ngettext(
        "Someone answered a question", "%(num)d people answered a question", n
    ),
    "answer.accepted": lambda n: ngettext(
        "Someone accepted an answer", "%(num)d people accepted an answer", n
    ),
    "user.signed_in": lambda n: ngettext("Someone signed in", "%(num)d people signed in", n),
    "feature.used": lambda n: ngettext("Someone used the feature", "%(num)d people used the feature", n),
}


INSTRUMENTS: Final[Mapping[str, object]] = {
    "article": _l("An article"),
    "topic": _l("A topic of the community"),
    "board": _l("A board of the community"),
    "video": _l("A video"),
    "link": _l("A page elsewhere"),
    "meeting": _l("A meeting with the CS manager"),
    "quiz": _l("A short quiz"),
}
OWNERS: Final[Mapping[str, object]] = {"customer": _l("The customer"), "vendor": _l("Us")}
ROLES: Final[Mapping[str, object]] = {
    "champion": _l("The champion"),
    "admin": _l("An administrator"),
    "user": _l("A user"),
}
MILESTONES: Final[Mapping[str, object]] = {"first_value": _l("First value"), "go_live": _l("Go-live")}


def _in_product(people: int) -> str:
    text: str = ngettext("Someone did it in the product", "%(num)d people did it in the product", people)
    return text


def sentence(proof: Proof) -> str:
    """Say what completes a step, or completed it."""
    text = SENTENCES.get(proof.kind, _in_product)(proof.people)
    if proof.count <= proof.people:
        return text
    return str(_("%(what)s, %(count)d times in all", what=text, count=proof.count))


REOPENED: Final[Mapping[tuple[str, str], Callable[[], str]]] = {
    ("removed", "question.asked"): lambda: _("The question that proved this was removed."),
    ("removed", "answer.posted"): lambda: _("The answer that proved this was removed."),
    ("removed", "answer.accepted"): lambda: _("The answer that proved this was removed."),
    ("removed", "answer.was_accepted"): lambda: _("The answer that proved this was removed."),
    ("removed", ""): lambda: _("The post that proved this was removed."),
    ("withdrawn", ""): lambda: _("The answer that proved this is not accepted any more."),
}


def reopening(because: str, proof: Proof) -> str:
    """Say why a step is open again by itself, given the code that it keeps."""
    for known in ((because, proof.kind), (because, "")):
        if known in REOPENED:
            return REOPENED[known]()
    return str(_("What proved this was taken back."))
