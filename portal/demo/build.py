"""Makes the demo site: one transaction, the same content every time, dated from the day it is made."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.adoption import service as adoption
from portal.adoption.service import Fact
from portal.demo import (
    community,
    help_centre,
    history,
    onboarding,
    people,
    scoring,
    unmatched,
    upkeep,
    writing,
)
from portal.demo.people import Cast
from portal.forum.models import Topic
from portal.knowledge.models import Article, ArticleVote
from portal.support.models import SupportRequest

MARK: Final = "demo"
READERS: Final = 9


def is_demo(data_dir: Path) -> bool:
    """Tell whether this data directory holds the demo, and nothing else."""
    return (data_dir / MARK).exists()


def is_empty(session: Session) -> bool:
    """Tell whether nobody lives here yet."""
    return session.scalar(select(User.id).limit(1)) is None


def build(session: Session, *, now: datetime) -> None:
    """Fill an empty database with the demo vendor."""
    cast = people.hire(session, now=now)
    articles = help_centre.write_articles(session, now=now)
    upkeep.verify_articles(session, cast, articles, now=now)
    writing.change_articles(session, cast, articles, now=now)
    topics = community.talk(session, cast, now=now)
    requests = community.request_help(session, cast, now=now)
    onboarding.roll_out(session, cast, articles, now=now)
    onboarding.tick_by_hand(session, cast, now=now)
    onboarding.set_goals(session, cast, now=now)
    onboarding.talk(session, cast, now=now)
    facts = [
        *history.live(cast, articles, now=now),
        *_hesitations(cast, topics, requests, articles),
        *_readings(cast, topics, now=now),
    ]
    _count_votes(session, facts)
    adoption.record(session, facts, now=now)
    unmatched.report(session, now=now)
    scoring.draft_a_model(session, cast, now=now)


def mark(data_dir: Path) -> None:
    """Say that this data directory holds the demo."""
    (data_dir / MARK).touch()


def _hesitations(
    cast: Cast, topics: list[Topic], requests: list[SupportRequest], articles: dict[str, Article]
) -> Iterator[Fact]:
    """What people did before they asked, and a few who then need not ask."""
    pen = history.Pen("hesitation")
    by_id = {user.id: user for user in cast.people.values() if user.account_id}
    subjects = [f"article:{article.id}" for article in articles.values()]
    for number, topic in enumerate(topics):
        user = by_id.get(topic.author_id)
        if user and topic.is_question:
            yield from history.hesitate(pen, user, topic.title, topic.created_at, form="ask_form.opened")
            earlier, subject = topic.created_at - timedelta(days=4), subjects[number % len(subjects)]
            if number % 2:
                yield from history.hesitate(
                    pen, user, topic.title, earlier, form="ask_form.opened", solved_by=subject
                )
    for request in requests:
        user = by_id[request.author_id]
        at = request.created_at
        yield from history.hesitate(pen, user, request.title, at, form="contact_form.opened")


def _readings(cast: Cast, topics: list[Topic], *, now: datetime) -> Iterator[Fact]:
    """Some open a question that is solved, a day or more after that; visitors as often as customers."""
    pen = history.Pen("reading")
    customers = [user for user in cast.people.values() if user.account_id]
    for number, topic in enumerate(topics):
        if topic.solved_at is None:
            continue
        for day in range(1, 3 + number % READERS):
            user = customers[(5 * number + 7 * day) % len(customers)] if day % 2 else None
            visitor = None if user else f"visitor:demo-reader-{number}-{day}"
            at, subject = topic.solved_at + timedelta(days=day, hours=day), f"topic:{topic.id}"
            if at < now:
                yield pen.fact("topic.viewed", at, user, person=visitor, subject=subject)


def _count_votes(session: Session, facts: list[Fact]) -> None:
    """Store the votes that the history tells of; the latest of a person on an article counts."""
    votes: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.kind == "article.voted" and fact.subject:
            votes[fact.subject, fact.person or f"user:{fact.user_id}"] = fact
    rows = [
        {
            "article_id": int(subject.partition(":")[2]),
            "language": fact.data["language"],
            "user_id": fact.user_id,
            "account_id": fact.account_id,
            "voter": voter,
            "is_helpful": fact.data["helpful"],
            "reason": "",
            "comment": "",
            "voted_at": fact.occurred_at,
            "revision_number": 1,
        }
        for (subject, voter), fact in votes.items()
    ]
    session.execute(insert(ArticleVote), rows)
