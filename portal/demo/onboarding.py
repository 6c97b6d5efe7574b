"""The demo's success maps, and the checklists of its accounts."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor, Role
from portal.accounts.models import User
from portal.core.clock import site_day
from portal.demo.people import Cast
from portal.demo.vendor import read_table
from portal.knowledge.models import Article
from portal.onboarding import queries, service
from portal.onboarding.goals import service as goals
from portal.onboarding.goals.models import Direction
from portal.onboarding.goals.rules import Count
from portal.onboarding.goals.service import GoalDraft
from portal.onboarding.maps.files import read_map
from portal.onboarding.maps.service import put_map
from portal.onboarding.models import Checklist, ChecklistStep, Instrument, Owner
from portal.onboarding.nudges import service as nudges
from portal.onboarding.nudges.rules import Site
from portal.onboarding.people import service as people
from portal.onboarding.quizzes import service as quizzes
from portal.onboarding.rules import still_needed
from portal.onboarding.talk import service as comments
from portal.onboarding.working_days import working_day

FIRST_MAP: Final = "roll-out-hakobu"
INVOICES: Final = "invoices"

# The account, the map that a team of it works through, and how many days ago it began.
TEAMS: Final = (
    ("acme", "run-the-warehouse", 40),
    ("globex", "run-the-warehouse", 65),
    ("sakigake", "run-the-warehouse", 30),
    ("hinata", "run-the-warehouse", 50),
    ("yamabiko", "run-the-warehouse", 70),
    ("globex", "close-the-month", 45),
    ("fennelrye", "close-the-month", 60),
    ("brightcask", "close-the-month", 35),
    ("lowland", "close-the-month", 80),
)
GOALS: Final[tuple[dict[str, Any], ...]] = (
    {
        "en": ("Everyone works in Hakobu", "people who have used it in the last four weeks"),
        "ja": ("全員がハコブで仕事をする", "この4週間に利用した人数"),
        "draft": {"direction": Direction.AT_LEAST, "target": 3.0, "baseline": 0.0},
        "count": Count(kind="feature.used", of_people=True, last_days=28),
        "due_in": -150,
        "values": (),
    },
    {
        "en": ("Closing the month takes a morning", "hours from the closing date to the last invoice"),
        "ja": ("月末の締めを半日で終える", "締め日から最後の請求書までの時間"),
        "draft": {"direction": Direction.AT_MOST, "target": 4.0, "baseline": 16.0},
        "count": None,
        "due_in": 5,
        "values": ((49, 14.0), (35, 11.5), (21, 8.0), (7, 6.5)),
    },
)
WITH_GOALS: Final = "acme"
TALK: Final = {
    False: (
        "Do we have to **wait for the closing date** before the first invoices?",
        "No. Open an order and choose *Issue now*; the rest follows on the closing date.",
    ),
    True: (
        "最初の請求書は、**締め日まで待つ**必要がありますか？",
        "いいえ。受注を開いて「今すぐ発行」を選べば発行できます。残りは締め日にまとめて発行されます。",
    ),
}
NOON_IN_JAPAN: Final = time(3)
BY_HAND: Final = {"thriving": 6, "silent": 9, "noisy": 12, "churned": 20}


def roll_out(session: Session, cast: Cast, articles: dict[str, Article], *, now: datetime) -> None:
    """Publish the success maps; accounts start the first one on their first day, teams the others later."""
    ids = {}
    for table in read_table("maps.toml")["maps"]:
        for step in table["steps"]:
            if step.get("instrument") == Instrument.ARTICLE:
                step["reference"] = str(articles[step["reference"]].id)
        told = read_map(table)
        success_map, _is_new = put_map(
            session, actor=SYSTEM, slug=told.slug, draft=told.draft, steps=told.steps, now=now
        )
        ids[told.slug] = success_map.id
    firsts = [(account, FIRST_MAP, account.started_on) for account in cast.accounts.values()]
    teams = [(cast.accounts[name], slug, now.date() - timedelta(days=ago)) for name, slug, ago in TEAMS]
    for account, slug, started_on in [*firsts, *teams]:
        service.start_checklist(
            session, actor=SYSTEM, account_id=account.id, map_id=ids[slug], started_on=started_on
        )


def _champion(cast: Cast, external_id: str) -> User:
    return next(user for user in cast.members(external_id) if user.role is Role.CHAMPION)


def tick_by_hand(session: Session, cast: Cast, *, now: datetime) -> None:
    """Complete the steps that people tick themselves; those who are stuck never got past the kickoff.

    Quizzes are taken where people thrive.
    """
    for external_id, account in cast.accounts.items():
        champion, manager = _champion(cast, external_id).as_actor(), account.manager
        steps = [
            step
            for checklist in queries.checklists_for(session, SYSTEM, account_id=account.id)
            for step in checklist.steps
            if step.proof is None and not still_needed(step)
            if not step.quiz or cast.fates[external_id] == "thriving"
        ]
        days_late = BY_HAND.get(cast.fates[external_id])
        for step in steps[:1] if days_late is None else steps:
            day = step.due_on + timedelta(days=(days_late or 0) - 7)
            at = datetime.combine(day, time(2, 30), UTC)
            actor = manager.as_actor() if manager and step.owner is Owner.VENDOR else champion
            if at < now:
                _do(session, step, actor=actor, now=at)


def _do(session: Session, step: ChecklistStep, *, actor: Actor, now: datetime) -> None:
    if not step.quiz:
        service.complete_step(session, actor=actor, step_id=step.id, now=now)
        return
    language, questions = next(iter(step.quiz.items()))
    chosen = {place: question["right"] for place, question in enumerate(questions)}
    quizzes.take(session, actor=actor, step_id=step.id, language=language, chosen=chosen, now=now)


def set_goals(session: Session, cast: Cast, *, now: datetime) -> None:
    """Let the champion of an account set goals, and enter the values that nothing counts."""
    of_account = select(Checklist).where(Checklist.account_id == cast.accounts[WITH_GOALS].id)
    checklist = session.scalars(of_account.order_by(Checklist.id).limit(1)).one()
    champion = _champion(cast, WITH_GOALS)
    for goal in GOALS:
        outcome, measure = goal[champion.language or "en"]
        draft = GoalDraft(
            outcome=outcome,
            measure=measure,
            due_on=now.date() + timedelta(days=goal["due_in"]),
            count=goal["count"],
            **goal["draft"],
        )
        kickoff, actor = now - timedelta(days=190), champion.as_actor()
        row = goals.set_goal(session, actor=actor, checklist_id=checklist.id, draft=draft, now=kickoff)
        for days_ago, value in goal["values"]:
            at = now - timedelta(days=days_ago)
            goals.enter_value(session, actor=actor, goal_id=row.id, day=site_day(at), value=value, now=at)


def talk(session: Session, cast: Cast, *, now: datetime) -> None:
    """Let champions share the step of the first invoices, and ask their CS manager about it."""
    for external_id, account in cast.accounts.items():
        if account.manager is None:
            continue
        members = sorted(cast.members(external_id), key=lambda user: user.role is not Role.CHAMPION)
        champion, at = members[0].as_actor(), now - timedelta(days=2)
        of_account = ChecklistStep.checklist.has(account_id=account.id)
        step_id = session.scalars(
            select(ChecklistStep.id).where(of_account, ChecklistStep.key == INVOICES)
        ).one()
        for person in members[:2]:
            people.assign(session, actor=champion, step_id=step_id, user_id=person.id, now=at)
        question, answer = TALK[account.country == "JP"]
        comments.comment(session, actor=champion, step_id=step_id, body=question, now=at)
        manager = account.manager.as_actor()
        comments.comment(session, actor=manager, step_id=step_id, body=answer, now=at + timedelta(hours=3))


def remind(session: Session, *, site: Site, now: datetime) -> None:
    """Remind people of late steps, as the site did at the last noon on which people worked in Japan."""
    day = working_day(now.date(), after=-1, country="JP")
    nudges.remind_late(session, after=0, site=site, today=day, now=datetime.combine(day, NOON_IN_JAPAN, UTC))
