"""Texts made by chance, what was made remembered in plain values, and what a filter should find of it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.adoption.service import Fact, record
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, ArticleStatus, ArticleVote, Freshness, Stage, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.upkeep.models import BrokenLink, Fault
from tests.factories import make_user
from tests.knowledge.factories import make_article, make_section, translate

DAY: Final = timedelta(days=1)
STATES: Final = ("draft", "in_review", "changes_asked", "published", "published", "published", "archived")
VOTES: Final = ((0, 0), (5, 1), (20, 0), (30, 5), (40, 30))


@dataclass(frozen=True)
class Made:
    """A text as it was made."""

    article_id: int
    language: str
    title: str
    section_ids: tuple[int, ...]
    verifier_id: int | None
    due_in_days: int | None
    views: int
    state: str = ""
    is_changed: bool = False
    freshness: str = ""
    votes: int = 0
    complaints: int = 0
    broken: int = 0


class Maker:
    """Makes articles in one language or two, in each state, judged and read by chance."""

    def __init__(self, session: Session, *, seed: int) -> None:
        self.session = session
        self.chance = Random(seed)  # noqa: S311  # Chance, not secrecy.
        self.now = datetime.now(UTC)
        self.staff = [make_user(session), make_user(session)]
        top, other = make_section(session), make_section(session)
        inner = make_section(session, parent=top)
        self.sections = {(top.id,): top, (other.id,): other, (top.id, inner.id): inner}
        self.texts: list[Made] = []

    def make(self, articles: int) -> Sequence[Made]:
        """Make so many articles; return their texts."""
        for number in range(articles):
            self._article(number)
        return self.texts

    def _article(self, number: int) -> None:
        session, chance = self.session, self.chance
        trail, section = chance.choice(list(self.sections.items()))
        title = chance.choice(["Print labels", "Ｐｒｉｎｔ an invoice", "Count stock 100%"])
        english = make_article(session, f"{title} {number}", section=section, status=ArticleStatus.DRAFT)
        verifier_id, due = self._duty(english.article)
        views = chance.choice([0, 0, 3, 12, 101])
        self._view(english.article_id, views)
        made = Made(english.article_id, "en", english.title, trail, verifier_id, due, views)
        texts = [(english, made)]
        if chance.random() < 0.7:
            japanese = translate(session, english, f"印刷 {number}", status=ArticleStatus.DRAFT)
            texts.append((japanese, replace(made, language="ja", title=japanese.title)))
        self.texts += [self._written(text, made) for text, made in texts]

    def _duty(self, article: Article) -> tuple[int | None, int | None]:
        person, due = self.chance.choice([None, *self.staff]), self.chance.choice([None, -3, 7, 100])
        article.verifier_id = person.id if person else None
        if due is not None:
            article.verify_every_days = 200
            article.verified_at = self.now - (200 - due) * DAY
        self.session.commit()
        return article.verifier_id, due

    def _view(self, article_id: int, times: int) -> None:
        """Let an article be viewed lately, and before what counts."""
        facts = [
            Fact(
                kind="article.viewed",
                key=f"{article_id}:{number}",
                occurred_at=at,
                person=f"visitor:{number}",
                subject=f"article:{article_id}",
            )
            for number, at in enumerate([*[self.now - 29 * DAY] * 5, *[self.now - DAY] * times])
        ]
        record(self.session, facts, now=self.now)
        self.session.commit()

    def _written(self, text: Translation, made: Made) -> Made:
        chance, state = self.chance, self.chance.choice(STATES)
        is_changed = state == "published" and chance.random() < 0.3
        self._bring(text, state, is_changed=is_changed)
        freshness = text.freshness = chance.choice(list(Freshness))
        votes, complaints = chance.choice(VOTES)
        broken = chance.choice([0, 0, 2]) if state == "published" else 0
        self._judge(text, votes, complaints, broken)
        return replace(
            made,
            state=state,
            is_changed=is_changed,
            freshness=str(freshness),
            votes=votes,
            complaints=complaints,
            broken=broken,
        )

    def _bring(self, text: Translation, state: str, *, is_changed: bool) -> None:
        """Bring a draft into a state."""
        article = article_with_texts(self.session, text.article_id)
        about: dict[str, Any] = {"actor": SYSTEM, "article": article, "language": text.language}
        if state in {"in_review", "changes_asked"}:
            text.stage = Stage(state)
        if state == "published":
            workflow.publish(self.session, now=self.now, **about)
        if state == "archived":
            workflow.archive(self.session, now=self.now, **about)
        if is_changed:
            newer = Text(title=text.title, body="Newer.")
            service.save_text(self.session, text=newer, now=self.now, **about)
        self.session.commit()

    def _judge(self, text: Translation, votes: int, complaints: int, broken: int) -> None:
        self.session.add_all(
            ArticleVote(
                article_id=text.article_id,
                language=text.language,
                voter=f"visitor:{number}",
                is_helpful=number >= complaints,
                voted_at=self.now,
                revision_number=1,
            )
            for number in range(votes)
        )
        found = {"fault": Fault.MISSING, "place": "", "found_at": self.now}
        self.session.add_all(
            BrokenLink(translation_id=text.id, target=f"/{number}", **found) for number in range(broken)
        )
        self.session.commit()


def should_show(made: Made, everything: Sequence[Made], name: str, value: str) -> bool:
    """Tell whether a list with this filter alone should show a text, from what was made and nothing else."""
    shows = {
        "q": lambda: all(word in _plain(made.title) for word in _plain(value).split()),
        "language": lambda: made.language == value,
        "state": lambda: value in _states(made),
        "translation": lambda: made.state == "published" and value in _translation(made, everything),
        "section": lambda: int(value) in made.section_ids,
        "verifier": lambda: str(made.verifier_id or "none") == value,
        "due": lambda: made.state == "published" and _due(made) == value,
        "helpfulness": lambda: _helps(made) == value,
        "views": lambda: {"none": 0, "few": 3, "some": 12, "many": 101}[value] == made.views,
        "trouble": lambda: bool({"feedback": made.complaints, "links": made.broken}[value]),
    }
    return shows[name]()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _translation(made: Made, everything: Sequence[Made]) -> set[str]:
    kept = [text for text in everything if text.state != "archived"]
    there = {text.language for text in kept if text.article_id == made.article_id}
    return {made.freshness, *(f"missing-{language}" for language in {"en", "ja"} - there)}


def _states(made: Made) -> set[str]:
    if made.state == "published":
        return {"published", "changed"} if made.is_changed else {"published"}
    return {"archived"} if made.state == "archived" else {"unpublished", made.state}


def _due(made: Made) -> str:
    return {None: "not_asked", -3: "overdue", 7: "due_soon", 100: "fresh"}[made.due_in_days]


def _helps(made: Made) -> str:
    if made.votes < 20:
        return "too_few"
    z, n = 1.96, made.votes
    share = 1 - made.complaints / n
    centre = share + z * z / (2 * n)
    low = (centre - z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return "low" if low < 0.5 else "high" if low >= 0.7 else "middle"
