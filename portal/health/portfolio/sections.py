"""A portfolio in words: the same sections on the page and in the mail."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask_babel import format_date
from flask_babel import gettext as _

from portal.health.alerts.wording import reason
from portal.health.portfolio.queries import Mover, Portfolio
from portal.health.wording import BANDS, tenths_text

MOST_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line: what it is about, where that is, and what there is to say."""

    title: str
    path: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Lines under a heading; `more` counts those left out."""

    heading: str
    entries: Sequence[Entry]
    more: int


def sections(portfolio: Portfolio, *, language: str, today: date) -> list[Section]:
    """Return what there is to say about a portfolio, in the reader's language; none if there is nothing."""
    parts = (
        (_("Next actions that are due"), _actions(portfolio, today)),
        (_("New alerts"), _alerts(portfolio)),
        (_("Down by 5 points or more since last week"), _movers(portfolio.down)),
        (_("Up by 5 points or more since last week"), _movers(portfolio.up)),
        (_("Renewals in the next 60 days"), _renewals(portfolio)),
        (_("Questions without an answer"), _questions(portfolio)),
        (_("Steps that are stuck"), _stuck(portfolio, language)),
    )
    return [section for heading, entries in parts if (section := _section(heading, entries)).entries]


def _section(heading: str, entries: Iterable[Entry]) -> Section:
    every = list(entries)
    return Section(heading=heading, entries=every[:MOST_SHOWN], more=len(every[MOST_SHOWN:]))


def path_of_account(account_id: int) -> str:
    """Return where all of an account is shown."""
    return f"/staff/accounts/{account_id}"


def _day(day: date) -> str:
    text: str = format_date(day, "medium")
    return text


def _actions(portfolio: Portfolio, today: date) -> Iterator[Entry]:
    for action in portfolio.actions:
        told = _("overdue since %(day)s") if action.due_on < today else _("by %(day)s")
        detail = _(
            "%(account)s, %(due)s", account=action.account.name, due=told % {"day": _day(action.due_on)}
        )
        yield Entry(title=action.what, path=f"/staff/actions/{action.id}", detail=detail)


def _alerts(portfolio: Portfolio) -> Iterator[Entry]:
    for alert in portfolio.alerts:
        yield Entry(title=alert.account.name, path=path_of_account(alert.account_id), detail=reason(alert))


def _movers(movers: Sequence[Mover]) -> Iterator[Entry]:
    for mover in movers:
        words = {"delta": tenths_text(mover.delta, signed=True), "now": tenths_text(mover.now)}
        yield Entry(
            title=mover.account.name,
            path=path_of_account(mover.account.id),
            detail=_("%(delta)s points, now %(now)s", **words),
        )


def _renewals(portfolio: Portfolio) -> Iterator[Entry]:
    for row in portfolio.renewals:
        band = row.override.band if row.override else row.band
        words = {"day": _day(row.account.renews_on or date.max), "band": BANDS[band or "unknown"]()}
        yield Entry(
            title=row.account.name,
            path=path_of_account(row.account.id),
            detail=_("%(day)s, %(band)s", **words),
        )


def _questions(portfolio: Portfolio) -> Iterator[Entry]:
    for topic in portfolio.questions:
        detail = _("asked by %(name)s", name=topic.author.name)
        yield Entry(title=topic.title, path=f"/community/topics/{topic.id}", detail=detail)


def _stuck(portfolio: Portfolio, language: str) -> Iterator[Entry]:
    for step in portfolio.stuck:
        words = {"account": step.checklist.account.name, "day": _day(step.due_on)}
        yield Entry(
            title=step.title(language),
            path=f"/onboarding/steps/{step.id}",
            detail=_("%(account)s, due on %(day)s", **words),
        )
