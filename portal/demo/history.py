"""Six months of what the demo's people did, drawn from a seeded generator: the same every time.

Each account's fate bends two curves over its life: how much its people use the product, and how often they
come to the portal. Their help sessions follow from that: search, open, read, vote, or fail and ask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final

from portal.accounts.models import User
from portal.adoption.service import Fact
from portal.demo.people import Cast
from portal.demo.vendor import HelpPage, help_pages
from portal.knowledge.models import Article

SEED: Final = "hakobu"
DAYS: Final = 182
FEATURES: Final = ("orders", "stock", "routes", "driver-app", "invoices", "order-page", "export", "api")
FIRST_FEATURES: Final = (
    ("import", 2),
    ("import", 3),
    ("orders", 5),
    ("orders", 6),
    ("routes", 11),
    ("invoices", 26),
)
MISSING: Final = {
    "en": ("print delivery slip label printer", "label printer margins", "thermal labels", "merge customers"),
    "ja": ("ラベルプリンター 納品書", "ラベル 印刷 余白", "納品書 感熱紙", "得意先 統合"),
}


OTHER_WORDS: Final = {
    "en": ("send bills", "send invoices"),
    "ja": ("インボイス 発行", "請求書 発行"),
}


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How an account lives: uses a day and help sessions a week by each person; how often help fails."""

    uses_a_day: float
    sessions_a_week: float
    failing: float
    fades_days_ago: int | None = None
    features: tuple[str, ...] = FEATURES


HABITS: Final = {
    "thriving": Habit(uses_a_day=3.0, sessions_a_week=1.4, failing=0.12),
    "onboarding_stuck": Habit(
        uses_a_day=0.3, sessions_a_week=1.0, failing=0.45, features=("import", "stock")
    ),
    "silent": Habit(uses_a_day=0.9, sessions_a_week=0.5, failing=0.3, fades_days_ago=120),
    "noisy": Habit(uses_a_day=1.2, sessions_a_week=2.4, failing=0.4),
    "churned": Habit(uses_a_day=0.7, sessions_a_week=0.6, failing=0.45, fades_days_ago=150),
}


class Pen:
    """Writes facts with running keys."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = count(1)

    def fact(self, kind: str, at: datetime, user: User | None, **values: Any) -> Fact:
        """Write one fact; a visitor gives `person` instead of a user."""
        return Fact(
            kind=kind,
            key=f"{self._name}:{next(self._numbers)}",
            occurred_at=at,
            source="demo",
            user_id=user.id if user else None,
            account_id=user.account_id if user else None,
            **values,
        )


def live(cast: Cast, articles: dict[str, Article], *, now: datetime) -> Iterator[Fact]:
    """Yield everything that everyone did, person by person."""
    pages = [page for page in help_pages() if not page.is_section and page.audience == "public"]
    for external_id, account in cast.accounts.items():
        habit = HABITS[cast.fates[external_id]]
        started = now - timedelta(days=(now.date() - account.started_on).days)
        ended = now
        if account.churned_on:
            ended = now - timedelta(days=(now.date() - account.churned_on).days)
        for user in cast.members(external_id):
            life = _Life(user, habit, pages, articles)
            yield from life.days(max(started, now - timedelta(days=DAYS)), ended, now)
        stuck = cast.fates[external_id] == "onboarding_stuck"
        yield from _first_weeks(cast.members(external_id), started, now, is_stuck=stuck)
    yield from _visitors(pages, articles, now)
    lively = [name for name, fate in cast.fates.items() if fate in {"thriving", "noisy"}]
    yield from _other_words([user for name in lively for user in cast.members(name)], articles, now)


def _other_words(users: Sequence[User], articles: dict[str, Article], now: datetime) -> Iterator[Fact]:
    """Some look for a thing by a name that the help centre does not use, then by the one that it does."""
    pen = Pen("other words")
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
    for number, user in enumerate(users, 3):
        language, at = user.language or "en", evening - timedelta(days=2 * number)
        words, means = OTHER_WORDS[language]
        article = articles["05-invoicing/issue-invoices"]
        subject, opened = f"article:{article.id}", {"query": means, "rank": 1}
        yield pen.fact("search.performed", at, user, data=_search(words, 0, language))
        at += timedelta(seconds=25)
        yield pen.fact("search.performed", at, user, data=_search(means, 6, language))
        at += timedelta(seconds=8)
        yield pen.fact("search.result_opened", at, user, subject=subject, data=opened)
        yield pen.fact("article.viewed", at, user, subject=subject, data={"language": language})
        yield pen.fact("article.read", at + timedelta(seconds=10), user, subject=subject)


def _first_weeks(
    members: Sequence[User], started: datetime, now: datetime, *, is_stuck: bool
) -> Iterator[Fact]:
    """What happens once, at the start: it is what the first checklist steps look for."""
    pen = Pen(f"start:{members[0].account_id}")
    for number, user in enumerate(members):
        yield pen.fact("user.signed_in", started + timedelta(days=1 + number, hours=1), user)
    for feature, day in FIRST_FEATURES[: 3 if is_stuck else None]:
        at = started + timedelta(days=day, hours=2)
        if at < now:
            yield pen.fact("feature.used", at, members[0], data={"feature": feature})


class _Life:
    """One person's days."""

    def __init__(
        self, user: User, habit: Habit, pages: Sequence[HelpPage], articles: dict[str, Article]
    ) -> None:
        self.user, self.habit, self.articles = user, habit, articles
        self.chance = Random(f"{SEED}:{user.email}")  # noqa: S311  # Chance, not secrecy.
        self.pages = [page for page in pages if page.language == user.language]
        self.pen = Pen(f"life:{user.email}")

    def days(self, first: datetime, last: datetime, now: datetime) -> Iterator[Fact]:
        """Yield a person's facts from one instant to another."""
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < last:
            if midnight.weekday() < 5:  # noqa: PLR2004  # Saturday is 5.
                vigour = self._vigour((now - midnight).days)
                facts = list(self._day(midnight, vigour))
                yield from (fact for fact in facts if first < fact.occurred_at < last)
            midnight += timedelta(days=1)

    def _vigour(self, days_ago: int) -> float:
        """Return how lively a day is: 1 before the account fades, then falling by half in a fortnight."""
        fades = self.habit.fades_days_ago
        if fades is None or days_ago >= fades:
            return 1.0
        return float(0.5 ** ((fades - days_ago) / 14))

    def _day(self, midnight: datetime, vigour: float) -> Iterator[Fact]:
        morning = midnight + timedelta(minutes=self.chance.randint(0, 240))
        uses = sum(self.chance.random() < self.habit.uses_a_day * vigour / 4 for _ in range(4))
        if uses:
            yield self.pen.fact("user.signed_in", morning, self.user)
        for number in range(uses):
            at = morning + timedelta(minutes=20 + 70 * number + self.chance.randint(0, 50))
            feature = self.chance.choice(self.habit.features)
            yield self.pen.fact("feature.used", at, self.user, data={"feature": feature})
        if self.chance.random() < self.habit.sessions_a_week * vigour / 5:
            at = morning + timedelta(minutes=self.chance.randint(30, 400))
            yield from _session(
                self.pen, self.chance, self.habit.failing, self.pages, self.articles, at, self.user
            )


def _session(
    pen: Pen,
    chance: Random,
    failing: float,
    pages: Sequence[HelpPage],
    articles: dict[str, Article],
    at: datetime,
    user: User | None,
    **who: Any,
) -> Iterator[Fact]:
    """One help session: it fails with the given chance, on words that no article answers."""

    def later(seconds: int) -> datetime:
        nonlocal at
        at += timedelta(seconds=seconds)
        return at

    page = chance.choice(pages)
    language = page.language
    if chance.random() < failing:
        query = chance.choice(MISSING[language])
        found = chance.choice((0, 0, 2))
        yield pen.fact("search.performed", at, user, data=_search(query, found, language), **who)
        again = _search(query.split(maxsplit=1)[0], found, language)
        yield pen.fact("search.performed", later(chance.randint(12, 50)), user, data=again, **who)
        return
    article = articles[page.key]
    subject = f"article:{article.id}"
    query = _words(page.title, chance)
    yield pen.fact("search.performed", at, user, data=_search(query, chance.randint(3, 14), language), **who)
    opened = {"query": query, "rank": chance.choice((1, 1, 1, 2, 2, 3, 5))}
    yield pen.fact(
        "search.result_opened", later(chance.randint(4, 20)), user, subject=subject, data=opened, **who
    )
    yield pen.fact("article.viewed", later(1), user, subject=subject, data={"language": language}, **who)
    if chance.random() < 0.85:  # noqa: PLR2004  # Most who open an article read it.
        yield pen.fact("article.read", later(10), user, subject=subject, **who)
    if chance.random() < 0.14:  # noqa: PLR2004  # Few say whether it helped; most of them that it did.
        vote = {"helpful": chance.random() < 0.8, "reason": "", "language": language}  # noqa: PLR2004
        yield pen.fact("article.voted", later(40), user, subject=subject, data=vote, **who)


def _search(query: str, results: int, language: str) -> dict[str, object]:
    return {"query": query, "results": results, "language": language}


def _words(title: str, chance: Random) -> str:
    """Return what someone types who looks for this title."""
    words = title.split()
    return " ".join(words[-min(len(words), chance.randint(2, 4)) :]).lower()


def _visitors(pages: Sequence[HelpPage], articles: dict[str, Article], now: datetime) -> Iterator[Fact]:
    pen = Pen("visitors")
    chance = Random(f"{SEED}:visitors")  # noqa: S311  # Chance, not secrecy.
    for day in range(1, DAYS):
        for number in range(chance.randint(0, 3)):
            at = now - timedelta(days=day, minutes=chance.randint(0, 600))
            person = f"visitor:demo-{day}-{number}"
            yield from _session(pen, chance, 0.25, pages, articles, at, None, person=person)


def hesitate(
    pen: Pen, user: User, title: str, at: datetime, *, form: str, solved_by: str | None = None
) -> Iterator[Fact]:
    """What comes before a question or a request: a search, the form, the answers it offered.

    `solved_by` is the subject of the suggestion that made the question unnecessary; None when it was sent.
    """
    language = user.language or "en"
    before = at - timedelta(minutes=3)
    yield pen.fact("search.performed", before, user, data=_search(title, 2, language))
    yield pen.fact(form, before + timedelta(seconds=45), user)
    yield pen.fact(
        "suggestion.shown", before + timedelta(seconds=70), user, data={"query": title, "results": 2}
    )
    if solved_by is not None:
        yield pen.fact("suggestion.opened", before + timedelta(seconds=80), user, subject=solved_by)
        yield pen.fact("suggestion.resolved", before + timedelta(seconds=130), user, subject=solved_by)
