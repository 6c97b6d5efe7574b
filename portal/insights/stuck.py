"""What the people of accounts that are stuck at a step were given, and what they looked for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core.clock import site_day
from portal.insights.help_sessions import HelpSession, Search
from portal.insights.queries import Ledger, Period, Wanted
from portal.knowledge import policies
from portal.knowledge.feedback.queries import Helpfulness, helpfulness_of
from portal.knowledge.models import Translation
from portal.onboarding.models import StepContent
from portal.search.learning.rules import folded
from portal.web.numbers import LARGEST_ROW

ARTICLE = "article:"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepArticle:
    """A text that a step is done with or proved by, and how surely it helps."""

    article_id: int
    language: str
    title: str
    helpfulness: Helpfulness


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """What people searched for, whatever the case and the width.

    `results` is how many the last search found, None where that was not told; `opened` counts the searches of
    which something was opened.
    """

    text: str
    searches: int
    people: int
    results: int | None
    opened: int


def article_ids_of(steps: Iterable[StepContent]) -> set[int]:
    """Return the articles with which steps are done, or by which they are proved."""
    found: set[int] = set()
    for step in steps:
        proof = step.proof or {}
        subjects = [*proof.get("where", {}).get("subject", ()), f"{ARTICLE}{step.article_id}"]
        numbers = [subject.removeprefix(ARTICLE) for subject in subjects if subject.startswith(ARTICLE)]
        found.update(int(number) for number in numbers if number.isdecimal() and int(number) <= LARGEST_ROW)
    return found


def step_articles_for(session: Session, actor: Actor, steps: Iterable[StepContent]) -> Sequence[StepArticle]:
    """Return, for staff, the texts of the articles that steps use, the least surely helpful first."""
    ids = article_ids_of(steps)
    if not ids or not policies.may_write(actor):
        return []
    helpful = helpfulness_of(session, actor, ids)
    texts = session.execute(
        select(Translation.article_id, Translation.language, Translation.title)
        .where(Translation.article_id.in_(ids))
        .order_by(Translation.article_id, Translation.language)
    )
    found = [
        StepArticle(
            article_id=row.article_id,
            language=row.language,
            title=row.title,
            helpfulness=helpful.get((row.article_id, row.language), Helpfulness(helpful=0, votes=0)),
        )
        for row in texts
    ]
    return sorted(found, key=lambda each: (each.helpfulness.at_least, -each.helpfulness.votes))


def searches_since_for(
    session: Session, actor: Actor, since: Mapping[int, date], *, now: datetime
) -> Sequence[Sought]:
    """Return what the people of accounts searched for, each account's from a day on, the most frequent first.

    Raises:
        NotFoundError: the actor is not staff.
    """
    if not since:
        return []
    period = Period(since=min(since.values()), until=site_day(now))
    ledger = Ledger(session, actor, Wanted(period=period, account_ids=since.keys()), now=now)
    return sought(ledger.sessions, since)


def sought(sessions: Iterable[HelpSession], since: Mapping[int, date]) -> Sequence[Sought]:
    """Sum up the searches of accounts, each from a day on, by what was searched for."""
    found: defaultdict[str, list[tuple[HelpSession, Search]]] = defaultdict(list)
    for session in sessions:
        first = since.get(session.account_id or 0)
        for search in session.searches:
            if first and search.text and site_day(search.event.occurred_at) >= first:
                found[folded(search.text)].append((session, search))
    return sorted(map(_summed_up, found.values()), key=lambda each: (-each.searches, each.text))


def _summed_up(found: Sequence[tuple[HelpSession, Search]]) -> Sought:
    _session, last = max(found, key=lambda each: each[1].event.occurred_at)
    results = last.event.data.get("results")
    return Sought(
        text=last.text,
        searches=len(found),
        people=len({session.person for session, _search in found}),
        results=results if isinstance(results, int) else None,
        opened=sum(bool(search.opened) for _session, search in found),
    )
