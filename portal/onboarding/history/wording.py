"""What happened to a checklist, as one sentence in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _

from portal.core.i18n import in_language
from portal.onboarding.history.models import Act, ChecklistAct


def _day(data: Mapping[str, Any], name: str) -> str:
    text: str = format_date(date.fromisoformat(data[name]), "medium")
    return text


def _reopened(step: str, data: Mapping[str, Any]) -> str:
    if data.get("because"):
        return str(_("“%(step)s” is open again: what proved it counts no more", step=step))
    if data.get("reason"):
        return str(_("Opened “%(step)s” again: %(reason)s", step=step, reason=data["reason"]))
    return str(_("Opened “%(step)s” again", step=step))


def _chosen(step: str, data: Mapping[str, Any]) -> str:
    text = _(
        "Moved “%(step)s” from %(before)s to %(after)s",
        step=step,
        before=_day(data, "before"),
        after=_day(data, "after"),
    )
    return str(_pushing(text, data))


def _freed(step: str, data: Mapping[str, Any]) -> str:
    text = _("Took back the day chosen for “%(step)s”: %(after)s", step=step, after=_day(data, "after"))
    return str(_pushing(text, data))


def _pushing(text: str, data: Mapping[str, Any]) -> str:
    if not data.get("pushed"):
        return text
    more = ngettext("%(num)d other step moves with it", "%(num)d other steps move with it", data["pushed"])
    return f"{text} ({more})"


def _goal_changed(_step: str, data: Mapping[str, Any]) -> str:
    if "target_before" not in data:
        return str(_("Changed the goal “%(goal)s”", goal=data["goal"]))
    return str(
        _(
            "Changed the goal “%(goal)s” from %(before)s by %(due_before)s to %(after)s by %(due_after)s",
            goal=data["goal"],
            before=format_decimal(data["target_before"]),
            due_before=_day(data, "due_before"),
            after=format_decimal(data["target_after"]),
            due_after=_day(data, "due_after"),
        )
    )


SENTENCES: Final[Mapping[Act, Callable[[str, Mapping[str, Any]], str]]] = {
    Act.STARTED: lambda _step, data: _("Started the checklist, version %(number)d", number=data["number"]),
    Act.TICKED: lambda step, _data: _("Ticked “%(step)s”", step=step),
    Act.PROVED: lambda step, _data: _("“%(step)s” ticked itself", step=step),
    Act.QUIZ_PASSED: lambda step, _data: _("Passed the quiz of “%(step)s”", step=step),
    Act.REOPENED: _reopened,
    Act.DAY_CHOSEN: _chosen,
    Act.DAY_FREED: _freed,
    Act.MOVED: lambda _step, data: _(
        "Moved the checklist from version %(before)d to version %(after)d",
        before=data["before"],
        after=data["after"],
    ),
    Act.NUDGED: lambda step, data: _("Reminded %(name)s of “%(step)s”", name=data["to"], step=step),
    Act.GOAL_SET: lambda _step, data: _("Set the goal “%(goal)s”", goal=data["goal"]),
    Act.GOAL_CHANGED: _goal_changed,
    Act.GOAL_REACHED: lambda _step, data: _("Reached the goal “%(goal)s”", goal=data["goal"]),
    Act.GOAL_REOPENED: lambda _step, data: _(
        "The goal “%(goal)s” is not reached any more", goal=data["goal"]
    ),
    Act.GOAL_DROPPED: lambda _step, data: _("Removed the goal “%(goal)s”", goal=data["goal"]),
    Act.ASSIGNED: lambda step, data: _("Assigned “%(step)s” to %(person)s", step=step, person=data["person"]),
    Act.UNASSIGNED: lambda step, data: _("Took %(person)s off “%(step)s”", step=step, person=data["person"]),
}


def sentence(act: ChecklistAct, language: str) -> str:
    """Say what happened; the step is called as it was then."""
    step = in_language(act.data.get("step", {}), language)
    return str(SENTENCES[act.act](step, act.data))
