"""What a reader may not see exists nowhere for them, whatever the audiences and whoever reads."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count, permutations
from typing import Final

import html5lib
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.accounts.audience import Audience
from portal.accounts.models import User
from portal.core import revisions
from portal.knowledge import workflow
from portal.knowledge.models import ArticleStatus, RelatedArticle, SeeAlso
from portal.knowledge.paths import path_of_article, path_of_section, path_of_section_feed
from portal.knowledge.queries import article_with_texts
from tests.factories import NOW, make_account, make_user
from tests.knowledge.factories import make_article, make_section, translate

NAMES: Final = ("visitor", "customer", "champion", "peer", "staff")
TOKENS: Final = ("public", "signed-in", "staff", "plan:team", "plan:business", "account:{0}", "account:{1}")
STATUSES: Final = st.sampled_from([*ArticleStatus, ArticleStatus.PUBLISHED])
SEARCHES: Final = (
    "/search?q=",
    "/search?in=articles&q=",
    "/search/suggestions?q=",
    "/search/similar?title=",
)
_numbers = count(1)


@dataclass(frozen=True)
class Reader:
    """Someone who looks; `tokens` are None for staff, who see all that is not archived."""

    browser: FlaskClient
    tokens: frozenset[str] | None
    account_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """An article to write: for whom, in which of three sections, and the status of each text."""

    tokens: frozenset[str]
    place: int
    english: ArticleStatus
    japanese: ArticleStatus | None


@dataclass(frozen=True)
class Written:
    """An article that was written; `texts` are the status and the only such word of each language."""

    article_id: int
    audience: Audience
    place: int
    texts: Mapping[str, tuple[ArticleStatus, str]]

    def words_for(self, tokens: frozenset[str] | None) -> set[str]:
        """Return the words of the texts that a reader may see."""
        if tokens is None:
            return {word for status, word in self.texts.values() if status != "archived"}
        published = {word for status, word in self.texts.values() if status == "published"}
        return published if tokens & self.audience else set()


PLANS: Final = st.builds(
    Plan,
    tokens=st.frozensets(st.sampled_from(TOKENS), min_size=1, max_size=3),
    place=st.integers(0, 2),
    english=STATUSES,
    japanese=st.none() | STATUSES,
)


@pytest.fixture
def readers(
    session: Session, client: FlaskClient, browser_of: Callable[[User], FlaskClient]
) -> dict[str, Reader]:
    first, second = make_account(session, plan="team"), make_account(session, plan="business")
    third = make_account(session, plan="team")

    def member(account_id: int, plan: str, user: User) -> Reader:
        tokens = {"public", "signed-in", f"plan:{plan}", f"account:{account_id}"}
        return Reader(browser_of(user), frozenset(tokens), account_id)

    return {
        "visitor": Reader(client, frozenset({"public"})),
        "customer": member(first.id, "team", make_user(session, account=first)),
        "champion": member(second.id, "business", make_user(session, account=second, role=Role.CHAMPION)),
        "peer": member(third.id, "team", make_user(session, account=third)),
        "staff": Reader(browser_of(make_user(session)), None),
    }


class Shelf:
    """Three sections, the second below the first, and the articles of one example in them."""

    def __init__(self, session: Session, plans: list[Plan], accounts: tuple[int, ...]) -> None:
        self.name = f"shelf{next(_numbers)}end"
        top = make_section(session, f"{self.name}top")
        inner = make_section(session, f"{self.name}inner", parent=top)
        self.sections = (top, inner, make_section(session, f"{self.name}other"))
        self.articles = [self._write(session, plan, accounts) for plan in plans]
        self._join(session)

    def _write(self, session: Session, plan: Plan, accounts: tuple[int, ...]) -> Written:
        audience = frozenset(token.format(*accounts) for token in plan.tokens)
        words = {language: f"word{next(_numbers)}end" for language in ("en", "ja")}
        section = self.sections[plan.place]
        title = f"{self.name} {words['en']}"
        text = make_article(
            session, title, section=section, audience=audience, status=_before_archiving(plan.english)
        )
        texts = {"en": (plan.english, words["en"])}
        if plan.japanese:
            title, status = f"{self.name} {words['ja']}", _before_archiving(plan.japanese)
            translate(session, text, title, status=status)
            texts["ja"] = (plan.japanese, words["ja"])
        for language, (status, _word) in texts.items():
            if status is ArticleStatus.ARCHIVED:
                article = article_with_texts(session, text.article_id)
                workflow.archive(session, actor=SYSTEM, article=article, language=language, now=NOW)
        session.commit()
        return Written(text.article_id, audience, plan.place, texts)

    def _join(self, session: Session) -> None:
        """Let each article point to all others, and be near them."""
        for one, other in permutations((item.article_id for item in self.articles), 2):
            session.add(SeeAlso(article_id=one, other_id=other))
            session.add(RelatedArticle(article_id=one, other_id=other, content=0.5, together=0.5))
        revisions.bump(session, "knowledge")
        session.commit()

    def at(self, *places: int) -> list[Written]:
        """Return the articles directly in some sections."""
        return [article for article in self.articles if article.place in places]

    def below(self, place: int) -> list[Written]:
        """Return the articles in a section and below it."""
        return self.at(0, 1) if place == 0 else self.at(place)


def _before_archiving(status: ArticleStatus) -> ArticleStatus:
    return ArticleStatus.PUBLISHED if status is ArticleStatus.ARCHIVED else status


def ids_of(articles: list[Written], tokens: frozenset[str] | None) -> set[int]:
    """Return the ids of those that a reader may see."""
    return {article.article_id for article in articles if article.words_for(tokens)}


class Look:
    """What one reader finds on a shelf."""

    def __init__(self, shelf: Shelf, reader: Reader) -> None:
        self.shelf, self.reader, self.tokens = shelf, reader, reader.tokens
        self.allowed = {word for article in shelf.articles for word in article.words_for(reader.tokens)}
        self.owner = {word: item.article_id for item in shelf.articles for _, word in item.texts.values()}

    def page(self, path: str, *, asked: str = "") -> str | None:
        """Return what an address tells; None if it is not there. Nothing hidden may be told either way.

        `asked` is a word that the page repeats because the reader typed it.
        """
        answer = self.reader.browser.get(path, headers={"Accept-Language": "en"}, follow_redirects=True)
        text = answer.text.replace(path, "")
        words = set(re.findall(r"word\d+end", text)) - {asked}
        ids = {int(number) for number in re.findall(r"/articles/(\d+)-", text)}
        hidden = {item.article_id for item in self.shelf.articles} - ids_of(self.shelf.articles, self.tokens)
        assert not words & (self.owner.keys() - self.allowed), f"{path} tells of what is hidden"
        assert not ids & hidden, f"{path} leads to what is hidden"
        return answer.text if answer.status_code == 200 else None

    def articles_on(self, path: str) -> set[int]:
        """Return the ids of the articles that an address tells of; none if it is not there."""
        return self.articles_in(self.page(path))

    def articles_in(self, page: str | None) -> set[int]:
        """Return the ids of the articles that a page tells of."""
        words = re.findall(r"word\d+end", page or "")
        return {self.owner[word] for word in words if word in self.owner}

    def counts_in(self, page: str | None) -> dict[str, int]:
        """Return the sections of the shelf on a page, each with how many articles it says to hold."""
        tree = html5lib.parse(page or "", namespaceHTMLElements=False)
        cards = [card for card in tree.iter() if "card" in card.get("class", "").split()]
        told = (" ".join(" ".join(card.itertext()).split()) for card in cards)
        found = (re.search(rf"{self.shelf.name}(\w+?) .*?(\d+) articles?", text) for text in told)
        return {match[1]: int(match[2]) for match in found if match}

    def check_sections(self) -> None:
        """Lists, trees and their counts hold exactly what the reader may see."""
        tree = {"top": self.shelf.below(0), "other": self.shelf.at(2)}
        counts = {name: len(ids_of(articles, self.tokens)) for name, articles in tree.items()}
        expected = counts if self.tokens is None else {name: n for name, n in counts.items() if n}
        for path in ("/help/en/", "/"):
            assert self.counts_in(self.page(path)) == expected, path
        for place, section in enumerate(self.shelf.sections):
            path = path_of_section(section.slug, language="en")
            page = self.page(path)
            assert self.articles_in(page) == ids_of(self.shelf.at(place), self.tokens)
            is_there = self.tokens is None or bool(ids_of(self.shelf.below(place), self.tokens))
            assert (page is not None) == is_there
            inner = len(ids_of(self.shelf.at(1), self.tokens)) if place == 0 else 0
            assert self.counts_in(page).get("inner", 0) == inner

    def check_articles(self) -> None:
        """An article's page, its neighbours and what it tells machines are there for its readers only."""
        for article in self.shelf.articles:
            may_see = bool(article.words_for(self.tokens))
            for language in ("en", "ja"):
                path = path_of_article(article.article_id, "any-name", language=language)
                assert (self.page(path) is not None) == may_see
            assert (self.page(f"/help/articles/{article.article_id}") is not None) == may_see

    def check_search(self) -> None:
        """Results, suggestions and likely answers are those that the reader may see."""
        live = [item for item in self.shelf.articles if "published" in dict(item.texts.values())]
        for path in SEARCHES:
            assert self.articles_on(path + self.shelf.name) == ids_of(live, self.tokens), path
        for word in self.owner.keys() - self.allowed:
            self.page(f"/search?q={word}", asked=word)
            self.page(f"/search/suggestions?q={word}", asked=word)

    def check_machines(self) -> None:
        """Feeds and the sitemap tell everyone the same: what visitors may see."""
        public = frozenset({"public"})
        for language in ("en", "ja"):
            spoken = {
                item.article_id
                for item in self.shelf.articles
                if item.texts.get(language, ("", ""))[1] in item.words_for(public)
            }
            assert self.articles_on(f"/help/{language}/feed.atom") == spoken
            for place, section in enumerate(self.shelf.sections):
                path = path_of_section_feed(section.slug, language=language)
                assert self.articles_on(path) == spoken & ids_of(self.shelf.below(place), public)
        listed = self.page("/sitemap.xml") or ""
        assert self.articles_in(listed) == ids_of(self.shelf.articles, public)
        for place, section in enumerate(self.shelf.sections):
            is_listed = path_of_section(section.slug, language="en") in listed
            assert is_listed == bool(ids_of(self.shelf.below(place), public))

    def check_preview(self, staff: FlaskClient) -> None:
        """Staff who look as this reader are shown exactly what this reader sees."""
        account = self.reader.account_id or "visitor"
        for article in self.shelf.articles:
            page = staff.get(f"/staff/articles/{article.article_id}/as?account={account}").text
            is_hidden = "They do not see this page" in page
            assert is_hidden != bool(article.words_for(self.tokens))


def test_what_is_kept_of_a_page_is_not_shown_to_others(session: Session, readers: dict[str, Reader]) -> None:
    accounts = tuple(reader.account_id or 0 for reader in readers.values())[1:3]
    plans = [Plan(frozenset({token}), 0, ArticleStatus.PUBLISHED, None) for token in TOKENS]
    shelf = Shelf(session, plans, accounts)
    for name in (*reversed(NAMES), *NAMES):
        look = Look(shelf, readers[name])
        look.check_sections()
        look.check_articles()


@pytest.mark.slow
@settings(max_examples=10)
@given(
    plans=st.lists(PLANS, min_size=1, max_size=4),
    names=st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True),
)
def test_what_is_hidden_from_a_reader_is_nowhere(
    session: Session,
    readers: dict[str, Reader],
    work: Callable[[], None],
    plans: list[Plan],
    names: list[str],
) -> None:
    accounts = tuple(reader.account_id or 0 for reader in readers.values())[1:3]
    shelf = Shelf(session, plans, accounts)
    random.seed()  # Whoosh names its files by chance, and Hypothesis lets chance repeat itself.
    work()
    for name in names:
        look = Look(shelf, readers[name])
        look.check_sections()
        look.check_articles()
        look.check_search()
        if name != "staff":
            look.check_preview(readers["staff"].browser)
    look.check_machines()
