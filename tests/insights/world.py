"""A made-up site with a month of chance behind it, written to the ledger."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountStatus, TouchTier, User
from portal.adoption.service import Fact, record
from portal.onboarding.models import Checklist, MapVersion, SuccessMap
from tests.factories import NOW, make_account, make_user

TODAY = date(2026, 11, 20)
VISITS = 150
QUERIES = ("print", "print labels", "Labels printing", "ラベル 印刷", "export csv", "merge customers")


@dataclass(frozen=True, kw_only=True)
class World:
    """Who there is, and everything that was recorded."""

    accounts: list[Account]
    customers: list[User]
    staff: User
    facts: list[Fact]
    checklists: list[Checklist]


def make_world(session: Session, *, seed: int) -> World:
    """Make accounts, people, what they did in two months, and how far they came."""
    chance = Random(seed)  # noqa: S311  # Chance, not secrecy.
    tiers = [TouchTier.HIGH, TouchTier.LOW, TouchTier.LOW, TouchTier.TECH]
    accounts = [make_account(session, touch_tier=tier, seats=7 + n) for n, tier in enumerate(tiers)]
    accounts[3].status = AccountStatus.CHURNED
    customers = [make_user(session, account=accounts[number % 4]) for number in range(9)]
    staff = make_user(session)
    people: list[User | str] = [*customers, *customers, staff, "visitor:a", "visitor:b"]
    facts: list[Fact] = []
    for number in range(VISITS):
        facts += _visit(chance, number, chance.choice(people))
    for number in range(25):
        facts += _question(chance, number, chance.choice(customers), [*customers, staff])
    record(session, facts, now=NOW)
    checklists = _checklists(session, chance, accounts)
    session.commit()
    return World(accounts=accounts, customers=customers, staff=staff, facts=facts, checklists=checklists)


def _fact(kind: str, key: str, seconds_ago: float, who: User | str, **values: object) -> Fact:
    user = who if isinstance(who, User) else None
    return Fact(
        kind=kind,
        key=f"{kind}:{key}",
        occurred_at=NOW - timedelta(seconds=seconds_ago),
        user_id=user.id if user else None,
        account_id=user.account_id if user else None,
        person=None if user else str(who),
        **values,  # type: ignore[arg-type]  # Subject and data.
    )


def _visit(chance: Random, number: int, who: User | str) -> list[Fact]:
    """Do a few things, some of them after a pause, in one language."""
    language = chance.choice(["en", "ja"])
    ago = chance.uniform(0, 60 * 86_400)
    facts = []
    for place in range(chance.randint(1, 8)):
        kind = chance.choice(
            [
                "search.performed",
                "search.performed",
                "search.result_opened",
                "article.viewed",
                "article.read",
                "article.voted",
                "ask_form.opened",
                "contact_form.opened",
                "suggestion.shown",
                "suggestion.resolved",
                "request.opened",
                "feature.used",
                "answer.was_accepted",
            ]
        )
        subject = f"article:{chance.randint(1, 3)}" if kind.startswith(("article", "search.r")) else None
        told: dict[str, dict[str, object]] = {
            "search.performed": {
                "query": chance.choice(QUERIES),
                "results": chance.choice([0, 0, 4]),
                "language": language,
            },
            "search.result_opened": {"rank": chance.randint(1, 5)},
            "article.viewed": {"language": language},
            "article.voted": {"helpful": chance.random() < 0.7, "language": language},
        }
        key, data = f"{number}:{place}", told.get(kind, {})
        facts.append(_fact(kind, key, ago, who, subject=subject, data=data))
        ago -= chance.choice([2, 15, 40, 90, 2000])
    return [fact for fact in facts if fact.occurred_at <= NOW]


def _question(chance: Random, number: int, asker: User, answerers: list[User]) -> list[Fact]:
    """Ask; some replies, one's own among them; perhaps a solution."""
    topic, ago = 1000 + number, chance.uniform(0, 45 * 86_400)
    language = chance.choice(["en", "ja"])
    subject, data = f"topic:{topic}", {"language": language}
    facts = [_fact("question.asked", str(topic), ago, asker, subject=subject, data=data)]
    for place in range(chance.randint(0, 3)):
        answerer = chance.choice([asker, *answerers])
        ago -= chance.uniform(60, 5 * 86_400)
        told = {"topic_id": topic, "asker_id": asker.id}
        post = topic * 10 + place
        facts.append(_fact("answer.posted", str(post), ago, answerer, subject=f"post:{post}", data=told))
        if answerer is not asker and chance.random() < 0.4:
            ago -= chance.uniform(60, 5 * 86_400)
            how = {"post_id": post, "answered_by_staff": answerer.account_id is None, "by_asker": True}
            facts.append(_fact("answer.accepted", str(post), ago, asker, subject=subject, data=how))
    return [fact for fact in facts if fact.occurred_at <= NOW]


def _checklists(session: Session, chance: Random, accounts: list[Account]) -> list[Checklist]:
    checklists = []
    for number in range(3):
        success_map = SuccessMap(slug=f"map-{number}", names={"en": f"Map {number}"})
        version = MapVersion(success_map=success_map, number=1)
        for account in accounts:
            ends_on = TODAY + timedelta(days=chance.randint(-40, 10))
            late = timedelta(days=chance.choice([-3, -1, 0, 1, 2]))
            done = NOW.replace(year=ends_on.year, month=ends_on.month, day=ends_on.day) + late
            checklists.append(
                Checklist(
                    account_id=account.id,
                    success_map=success_map,
                    version=version,
                    started_on=ends_on - timedelta(days=30),
                    ends_on=ends_on,
                    completed_at=done if done < NOW and chance.random() < 0.7 else None,
                )
            )
    session.add_all(checklists)
    return checklists
