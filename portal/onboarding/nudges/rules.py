"""Who is reminded of what and when, and in which words: arithmetic on rows already read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date

from portal.accounts.actors import Actor, Role
from portal.accounts.models import TouchTier, User
from portal.core.errors import InvalidError
from portal.core.i18n import N_, in_language
from portal.core.statistics import Rate
from portal.onboarding.models import Checklist, ChecklistStep, Owner, StepRole
from portal.onboarding.nudges.models import Nudge, NudgeState
from portal.onboarding.paths import path_of_checklist
from portal.onboarding.rules import Path, Stop, still_needed
from portal.onboarding.working_days import working_day

LATE_AFTER: Final = 2
"""After how many working days of delay the site reminds by itself.

Source: a judgment. Who is a day late knows; after two, the step has slipped from view.
"""

AGAIN_AFTER: Final = timedelta(days=7)
"""How long the site waits before it reminds someone of the same step again."""

NOT_TWICE_WITHIN: Final = timedelta(days=1)
"""How long nobody is reminded of the same step again, whoever asks: a second click is no second reminder."""

MOST_A_STEP: Final = 3
"""How often someone is reminded of one step by itself: after that, a person has to look into it."""

MOST_A_WEEK: Final = 2
"""How many nudges reach one person in any seven days, of all steps and senders together.

Source: a judgment. Onboarding is beside people's work, and who is reminded daily stops reading.
"""

MOST_RECIPIENTS: Final = 3
"""How many people are reminded of one step: what everyone is asked to do, nobody does."""

DONE_WITHIN: Final = timedelta(days=7)
"""How soon after a nudge a step has to be done for the figure of what happens afterwards."""

LONGEST: Final = 2000
LONGEST_FILLED: Final = 2 * LONGEST
"""How many characters a text has at most once filled in: names and links are longer than their places."""

PLACEHOLDERS: Final = ("name", "account", "step", "why", "due", "days_late", "link", "manager")
GENERAL: Final = "general"
DEFAULT_TEXTS: Final[Mapping[str, str]] = {
    "en": (
        "Hello {name},\n\nThe plan of {account} has “{step}” for {due}, and it is still open. {why}\n\n"
        "Here you go on: {link}\n\nIf something is in the way, write to us.\n\n{manager}"
    ),
    "ja": (
        "{name} 様\n\n{account} 様の計画では、「{step}」の予定日は {due} ですが、"
        "まだ完了していないようです。{why}\n\n"
        "続きはこちらから進められます: {link}\n\nお困りのことがあれば、お気軽にご連絡ください。\n\n{manager}"
    ),
}
_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What nudges say of the site itself; `language` is for people who have chosen none."""

    name: str
    address: str
    language: str


def place_of(map_id: int, key: str) -> str:
    """Name a step of a map, in whichever version, as the place of a template."""
    return f"{map_id}:{key}"


def require_known(text: str, *, field: str) -> None:
    """Refuse a template that names what cannot be filled in.

    Raises:
        InvalidError: it holds unknown placeholders.
    """
    unknown = [name for name in dict.fromkeys(_PLACEHOLDER.findall(text)) if name not in PLACEHOLDERS]
    if unknown:
        raise InvalidError(
            N_("%(unknown)s cannot be filled in. Use only %(known)s."),
            field=field,
            unknown=_written(unknown),
            known=_written(PLACEHOLDERS),
        )


def _written(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in the places of a template; what they say is not filled in again."""
    return _PLACEHOLDER.sub(lambda place: values.get(place[1], place[0]), template)


def values_for(step: ChecklistStep, person: User, *, site: Site, today: date) -> dict[str, str]:
    """Return what stands for each placeholder in the language of a person, on a day of the site."""
    checklist, language = step.checklist, person.language or site.language
    manager = checklist.account.manager
    return {
        "name": person.name,
        "account": checklist.account.name,
        "step": step.title(language),
        "why": step.reason(language),
        "due": format_date(step.due_on, "medium", locale=language),
        "days_late": str(max(0, (today - step.due_on).days)),
        "link": site.address + path_of_checklist(checklist.id, Actor()),
        "manager": manager.name if manager else site.name,
    }


def text_in(language: str, *candidates: Mapping[str, str]) -> str:
    """Return the first text in a language that there is; a default is there in every one."""
    own = (texts[language] for texts in candidates if texts.get(language, "").strip())
    return next(own, None) or in_language(DEFAULT_TEXTS, language)


def recipients_of(
    step: ChecklistStep, members: Sequence[User], *, assigned: Sequence[User] = ()
) -> Sequence[User]:
    """Return whom a step concerns: who is to do it, or else the champions, or else those of its role.

    `members` are those of the account who can sign in; of the `assigned`, only they count.
    """
    doers = [person for person in assigned if person in members]
    champions = [person for person in members if person.role is Role.CHAMPION]
    others = [] if step.role is StepRole.CHAMPION else members
    return (doers or champions or others)[:MOST_RECIPIENTS]


def stop_to_nudge(path: Path, key: str = "") -> Stop | None:
    """Return the step of a path that its customer can be reminded of: the one with a key, or else the next.

    None when it is done, waits for another step or is the vendor's.
    """
    stop = next((stop for stop in path.stops if stop.step.key == key), None) if key else path.next
    return stop if stop and stop.is_ready and not stop.is_ours else None


def late_step(checklist: Checklist, *, today: date) -> ChecklistStep | None:
    """Return the step of which the site reminds by itself on a day: the one due longest; None if none.

    It is required, the customer's, waits for no other, and is late by some working days.
    """
    ready = [
        step
        for step in checklist.steps
        if step.is_required and not step.is_done and step.owner is not Owner.VENDOR and not still_needed(step)
    ]
    step = min(ready, key=lambda step: (step.due_on, step.position), default=None)
    if step is None:
        return None
    country = checklist.account.country
    return step if working_day(step.due_on, after=LATE_AFTER, country=country) <= today else None


def is_high_touch(step: ChecklistStep) -> bool:
    """Tell whether people decide what reaches the account of a step."""
    return step.checklist.account.touch_tier is TouchTier.HIGH


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """When someone was reminded of a step or was to be, and whether the site sent it by itself."""

    at: datetime
    by_itself: bool


def earlier_of(nudge: Nudge, step: ChecklistStep, *, now: datetime) -> Earlier | None:
    """Return what a nudge of a step counts for now; None if for nothing, as what came before it was reopened.

    A draft that waits counts as if it were made now, as long as drafts are what the account gets.
    """
    if nudge.state is NudgeState.DRAFT:
        return Earlier(at=now, by_itself=False) if is_high_touch(step) else None
    at = nudge.sent_at or nudge.made_at
    if step.reopened_at and at <= step.reopened_at:
        return None
    was_sent = nudge.state in {NudgeState.QUEUED, NudgeState.SENT}
    return Earlier(at=at, by_itself=was_sent and nudge.sender_id is None)


def may_repeat(earlier: Sequence[Earlier], *, now: datetime) -> bool:
    """Tell whether the site may remind someone of a step again, given when it was done before."""
    by_itself = sum(one.by_itself for one in earlier)
    return by_itself < MOST_A_STEP and all(one.at <= now - AGAIN_AFTER for one in earlier)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """A step of which someone was reminded at a time, and when it was done; None while it is open."""

    sent_at: datetime
    done_at: datetime | None


def share_done(cases: Iterable[Aftermath], *, now: datetime) -> Rate:
    """Return how many of the steps that people were reminded of were done soon after.

    Those whose time is not over yet do not count, nor does what turned out to have been done before.
    """
    over = [
        case
        for case in cases
        if case.sent_at <= now - DONE_WITHIN and (case.done_at is None or case.done_at >= case.sent_at)
    ]
    done = sum(case.done_at is not None and case.done_at <= case.sent_at + DONE_WITHIN for case in over)
    return Rate(done, len(over))
