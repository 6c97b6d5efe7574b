"""Every figure counted again from the rows alone, slowly and in plain Python; it knows none of the code."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from itertools import groupby, pairwise

from portal.accounts.models import Account
from portal.adoption.models import Signal
from portal.onboarding.models import Checklist

MINUTES_30 = timedelta(minutes=30)
HOURS_72 = timedelta(hours=72)
TOKYO = timezone(timedelta(hours=9))
STARTS = {"search.performed", "article.viewed", "ask_form.opened", "contact_form.opened"}
OTHERS_DID = {"answer.was_accepted", "feature.used"}
Visit = list[Signal]


def day_of(at: datetime) -> date:
    return at.astimezone(TOKYO).date()


class Oracle:
    """Recounts for the days from `since` to `until` in Tokyo."""

    def __init__(
        self, signals: Iterable[Signal], *, staff_ids: set[int], since: date, until: date, now: datetime
    ) -> None:
        self.now = now
        self.since, self.until = since, until
        self.everything = sorted(signals, key=lambda row: (row.occurred_at, row.id))
        self.theirs = [row for row in self.everything if row.user_id not in staff_ids]
        self.visits = [visit for visit in self._all_visits() if self.is_in_period(visit[0])]
        self.settled = [visit for visit in self.visits if now - visit[-1].occurred_at >= HOURS_72]

    def is_in_period(self, row: Signal) -> bool:
        return self.since <= day_of(row.occurred_at) <= self.until

    def _all_visits(self) -> list[Visit]:
        visits: list[Visit] = []
        mine = [row for row in self.theirs if row.person and row.kind not in OTHERS_DID]
        for _person, rows in groupby(sorted(mine, key=lambda row: str(row.person)), lambda row: row.person):
            last = None
            for row in rows:
                is_new = last is None or row.occurred_at - last > MINUTES_30
                if is_new:
                    is_open = False
                if not is_open and row.kind in STARTS:
                    is_open = True
                    visits.append([])
                if is_open:
                    visits[-1].append(row)
                    last = row.occurred_at
                else:
                    last = None
        return visits

    def has(self, visit: Visit, test: Callable[[Signal], bool]) -> bool:
        return any(test(row) for row in visit)

    def is_escalated(self, visit: Visit) -> bool:
        first, last = visit[0], visit[-1].occurred_at + HOURS_72
        return any(
            row.kind in {"question.asked", "request.opened"}
            and row.person == first.person
            and first.occurred_at <= row.occurred_at <= last
            for row in self.theirs
        )

    def is_explicit(self, visit: Visit) -> bool:
        return not self.is_escalated(visit) and self.has(
            visit,
            lambda row: (
                row.kind in {"suggestion.resolved", "answer.accepted"}
                or (row.kind == "article.voted" and row.data["helpful"])
            ),
        )

    def is_implicit(self, visit: Visit) -> bool:
        if self.is_escalated(visit) or self.is_explicit(visit):
            return False
        openings = ("article.viewed", "search.result_opened")
        opened = {row.subject for row in visit if row.kind in openings}
        stayed = [
            row
            for row, after in pairwise(visit)
            if row.kind in openings and (after.occurred_at - row.occurred_at).total_seconds() >= 10
        ]
        return bool(stayed) or self.has(
            visit, lambda row: row.kind == "article.read" and row.subject in opened
        )

    def searches(self) -> list[tuple[Signal, Visit]]:
        return [
            (row, visit[place + 1 :])
            for visit in self.visits
            for place, row in enumerate(visit)
            if row.kind == "search.performed" and not self.is_typed_on(row, visit[place + 1 :])
        ]

    def is_typed_on(self, row: Signal, later: Visit) -> bool:
        if not later or later[0].kind != "search.performed":
            return False
        gap = (later[0].occurred_at - row.occurred_at).total_seconds()
        return gap <= 30 and str(later[0].data["query"]).lower().startswith(str(row.data["query"]).lower())

    def of_kind(self, kind: str) -> list[Signal]:
        return [row for row in self.theirs if row.kind == kind and self.is_in_period(row)]

    def first_answer_hours(self, asked: Signal) -> float | None:
        times = [
            row.occurred_at
            for row in self.everything
            if row.kind == "answer.posted"
            and f"topic:{row.data['topic_id']}" == asked.subject
            and row.user_id != asked.user_id
        ]
        return (min(times) - asked.occurred_at).total_seconds() / 3600 if times else None

    def is_solved_within_7_days(self, asked: Signal) -> bool:
        return any(
            row.kind == "answer.accepted"
            and row.subject == asked.subject
            and row.occurred_at - asked.occurred_at <= timedelta(days=7)
            for row in self.everything
        )

    def counts(
        self, accounts: Iterable[Account], checklists: Iterable[Checklist]
    ) -> dict[str, tuple[int | None, int | None]]:
        """Return numerator and denominator of every figure; a mean or a total has only one of them."""
        searches, today = self.searches(), day_of(self.now)
        intent = [
            visit
            for visit in self.settled
            if self.has(visit, lambda row: row.kind.endswith("_form.opened"))
            and self.has(visit, lambda row: row.kind == "suggestion.shown")
        ]
        opened = [row for row, later in searches if any(s.kind == "search.result_opened" for s in later)]
        empty = [row for row, _later in searches if row.data["results"] == 0]
        refined = [
            row
            for row, later in searches
            if any(
                s.kind == "search.performed" and (s.occurred_at - row.occurred_at).total_seconds() <= 60
                for s in later
            )
        ]
        ranked = [row for row, later in searches if self.best_rank(later)]
        questions = self.of_kind("question.asked")
        old = [row for row in questions if self.now - row.occurred_at >= timedelta(days=7)]
        accepted = [r for r in self.everything if r.kind == "answer.accepted" and self.is_in_period(r)]
        votes = {(row.person, row.subject): row for row in self.of_kind("article.voted")}
        over = [row for row in checklists if self.since <= row.ends_on <= self.until and row.ends_on < today]
        in_time = [row for row in over if row.completed_at and day_of(row.completed_at) <= row.ends_on]
        paying = {account.id: account.seats for account in accounts if account.status == "active"}
        month_ago = self.until - timedelta(days=27)
        active = {
            row.user_id
            for row in self.everything
            if row.account_id in paying
            and month_ago <= day_of(row.occurred_at) <= self.until
            and row.kind != "answer.was_accepted"
        }
        return {
            "help_sessions": (None, len(self.visits)),
            "deflection_explicit": (sum(map(self.is_explicit, intent)), len(intent)),
            "deflection_implicit": (
                sum(self.is_explicit(visit) or self.is_implicit(visit) for visit in self.settled),
                len(self.settled),
            ),
            "self_service_ratio": (len(self.visits), len(self.of_kind("request.opened"))),
            "search_success": (len(opened), len(searches)),
            "zero_result_rate": (len(empty), len(searches)),
            "refinement_rate": (len(refined), len(searches)),
            "mean_reciprocal_click_rank": (None, len(ranked)),
            "queries_without_results": (None, len(empty)),
            "article_helpfulness": (sum(row.data["helpful"] for row in votes.values()), len(votes)),
            "solved_rate": (sum(map(self.is_solved_within_7_days, old)), len(old)),
            "time_to_first_answer": (
                sum(self.first_answer_hours(row) is not None for row in questions),
                len(questions),
            ),
            "peer_answer_share": (sum(not r.data["answered_by_staff"] for r in accepted), len(accepted)),
            "onboarding_completion": (len(in_time), len(over)),
            "active_people": (len(active), sum(paying.values())),
        }

    def best_rank(self, later: Visit) -> int | None:
        ranks = []
        for row in later:
            if row.kind == "search.performed":
                break
            if row.kind == "search.result_opened":
                ranks.append(row.data["rank"])
        return min(ranks, default=None)

    def mean_reciprocal_rank(self) -> float:
        best = [rank for _row, later in self.searches() if (rank := self.best_rank(later))]
        return sum(1 / rank for rank in best) / len(best)

    def median_hours(self) -> float | None:
        """Return when half have an answer, by walking through all that are still waiting at each time."""
        asked = self.of_kind("question.asked")
        waits = [
            (
                hours if hours is not None else (self.now - row.occurred_at).total_seconds() / 3600,
                hours is not None,
            )
            for row in asked
            for hours in [self.first_answer_hours(row)]
        ]
        still_waiting = 1.0
        for time in sorted({wait for wait, is_answered in waits if is_answered}):
            at_risk = sum(wait >= time for wait, _answered in waits)
            now = sum(wait == time and is_answered for wait, is_answered in waits)
            still_waiting *= 1 - now / at_risk
            if still_waiting <= 0.5 + 1e-12:
                return time
        return None
