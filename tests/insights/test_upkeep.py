"""The list of articles that someone has to look at, and what can be done there."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import html5lib
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.adoption.service import Fact, record
from portal.core.errors import NotFoundError
from portal.core.statistics import Rate
from portal.insights.upkeep import Matter, upkeep_for, upkeep_of_article_for
from portal.knowledge.models import Article, ArticleStatus, Translation
from portal.knowledge.structure import merging
from portal.knowledge.upkeep.models import BrokenLink, Fault
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section, rewrite, translate

DAY = timedelta(days=1)
PAGE = "/staff/articles/upkeep/"
VERIFICATIONS = "/staff/articles/upkeep/verifications"
Browse = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(session: Session) -> User:
    return make_user(session, name="Anna")


@pytest.fixture
def browser(browser_of: Browse, staff: User) -> FlaskClient:
    return browser_of(staff)


def article(
    session: Session, title: str, *, days_ago: int = 0, every: int | None = None, of: User | None = None
) -> Translation:
    """Write an article that was verified some days ago."""
    text = make_article(session, title, section=make_section(session, f"About {title}"))
    row = session.get_one(Article, text.article_id)
    row.verify_every_days, row.verifier_id = every, of.id if of else None
    row.verified_at = NOW - days_ago * DAY
    text.updated_at = NOW - 400 * DAY
    session.commit()
    return text


def happen(session: Session, kind: str, text: Translation, who: object, at: datetime, **data: object) -> None:
    """Record what a visitor did with an article."""
    fact = Fact(
        kind=kind,
        key=f"{kind}:{text.article_id}:{who}:{at}",
        occurred_at=at,
        person=f"visitor:{who}",
        subject=f"article:{text.article_id}",
        data=data,
    )
    record(session, [fact], now=NOW)


def vote(session: Session, text: Translation, helpful: int, votes: int, *, days_ago: int) -> None:
    for number in range(votes):
        at = NOW - days_ago * DAY - timedelta(minutes=number)
        happen(session, "article.voted", text, f"{days_ago}-{number}", at, helpful=number < helpful)
    session.commit()


def visit(session: Session, text: Translation, asking: int, visits: int, *, days_ago: int = 5) -> None:
    for number in range(visits):
        who = f"{text.article_id}-{days_ago}-{number}"
        at = NOW - days_ago * DAY - timedelta(minutes=number)
        happen(session, "article.viewed", text, who, at, language="en")
        if number < asking:
            happen(session, "request.opened", text, who, at + timedelta(minutes=3))
    session.commit()


def found(session: Session) -> dict[str, list[Matter]]:
    items = upkeep_for(session, SYSTEM, language="en", now=NOW)
    return {item.title: list(item.matters) for item in items}


def test_the_most_pressing_comes_first(session: Session) -> None:
    article(session, "fresh", days_ago=10, every=100)
    article(session, "never asked", days_ago=1000)
    article(session, "soon", days_ago=90, every=100)
    article(session, "late", days_ago=110, every=100)
    article(session, "later", days_ago=150, every=100)
    make_article(session, "a draft", status=ArticleStatus.DRAFT)
    assert list(found(session).items()) == [
        ("later", [Matter.OVERDUE]),
        ("late", [Matter.OVERDUE]),
        ("soon", [Matter.DUE_SOON]),
    ]


def test_an_article_that_helps_less_than_before_is_contradicted(session: Session) -> None:
    worse, same, few = (article(session, title, days_ago=300) for title in ("worse", "same", "few"))
    for text in (worse, same, few):
        vote(session, text, 90, 100, days_ago=60)
    vote(session, worse, 8, 20, days_ago=3)
    vote(session, same, 18, 20, days_ago=3)
    vote(session, few, 0, 19, days_ago=3)
    assert found(session) == {"worse": [Matter.CONTRADICTED]}
    item = upkeep_of_article_for(session, SYSTEM, few.article_id, language="en", now=NOW)
    assert (item.doubts.helping.lately, item.doubts.helping.before) == (Rate(0, 19), Rate(90, 100))
    assert item.doubts.helping.too_few


def test_votes_of_another_year_are_forgotten(session: Session) -> None:
    text = article(session, "old", days_ago=1000)
    vote(session, text, 100, 100, days_ago=500)
    vote(session, text, 0, 30, days_ago=3)
    assert found(session) == {}


def test_an_article_after_which_many_ask_is_contradicted(session: Session) -> None:
    useless, useful = article(session, "useless", days_ago=300), article(session, "useful", days_ago=300)
    visit(session, useless, 15, 20)
    visit(session, useful, 5, 100)
    assert found(session) == {"useless": [Matter.CONTRADICTED]}
    item = upkeep_of_article_for(session, SYSTEM, useless.article_id, language="en", now=NOW)
    assert (item.doubts.asking.own, item.doubts.asking.overall) == (Rate(15, 20), Rate(20, 120))
    assert len(item.doubts.asking.session_ids) == 15


def test_what_the_verifier_could_see_does_not_contradict(session: Session) -> None:
    text, other = article(session, "useless", days_ago=4), article(session, "useful", days_ago=300)
    visit(session, text, 20, 20, days_ago=5)
    visit(session, other, 0, 100)
    vote(session, text, 90, 100, days_ago=60)
    vote(session, text, 0, 30, days_ago=5)
    assert found(session) == {}
    session.get_one(Article, text.article_id).verified_at = NOW - 6 * DAY
    session.commit()
    assert found(session) == {"useless": [Matter.CONTRADICTED]}


def test_what_staff_do_says_nothing(session: Session, staff: User) -> None:
    text = article(session, "print", days_ago=300)
    vote(session, text, 90, 100, days_ago=60)
    facts = [
        Fact(
            kind="article.voted",
            key=f"staff:{number}",
            occurred_at=NOW - DAY,
            user_id=staff.id,
            person=f"user:{staff.id + number}",
            subject=f"article:{text.article_id}",
            data={"helpful": False},
        )
        for number in range(30)
    ]
    record(session, facts, now=NOW)
    session.commit()
    assert found(session) == {}


def test_votes_of_a_merged_article_count_for_the_one_that_took_it_over(session: Session) -> None:
    old, kept = article(session, "old", days_ago=300), article(session, "kept", days_ago=300)
    vote(session, old, 90, 100, days_ago=60)
    vote(session, kept, 0, 20, days_ago=3)
    assert found(session) == {}
    merging.merge(session, actor=SYSTEM, article_id=old.article_id, target_id=kept.article_id, now=NOW)
    session.commit()
    assert found(session) == {"kept": [Matter.CONTRADICTED]}


def break_link(session: Session, text: Translation) -> None:
    link = BrokenLink(
        translation_id=text.id, target="/nowhere", fault=Fault.MISSING, place="h-paper", found_at=NOW
    )
    session.add(link)
    session.commit()


def test_a_broken_link_in_any_language_contradicts(session: Session) -> None:
    text = article(session, "print", days_ago=1)
    break_link(session, translate(session, text))
    assert found(session) == {"print": [Matter.CONTRADICTED]}


def test_only_staff_see_it(session: Session, browser_of: Browse) -> None:
    customer = make_customer(session)
    text = article(session, "print")
    with pytest.raises(NotFoundError):
        upkeep_for(session, actor_of(customer), language="en", now=NOW)
    for path in (PAGE, f"/staff/articles/{text.article_id}/upkeep"):
        assert browser_of(customer).get(path).status_code == 403
    assert browser_of(customer).post(VERIFICATIONS, data={"article_id": text.article_id}).status_code == 403


def titles(browser: FlaskClient, query: str = "") -> list[str]:
    page = html5lib.parse(browser.get(PAGE + query).data, namespaceHTMLElements=False)
    return ["".join(cell.itertext()).split("\n")[1].strip() for cell in page.iterfind(".//tbody/tr/th")]


@pytest.fixture
def three(session: Session, staff: User) -> list[Translation]:
    """An overdue article of Anna's, one of Ben's that is due soon, one of nobody's that is contradicted."""
    ben = make_user(session, name="Ben")
    texts = [
        article(session, "mine", days_ago=200, every=100, of=staff),
        article(session, "Ben’s", days_ago=90, every=100, of=ben),
        article(session, "nobody’s"),
    ]
    break_link(session, texts[2])
    return texts


def test_one_sees_ones_own_first_and_can_ask_for_others(
    session: Session, browser: FlaskClient, three: list[Translation]
) -> None:
    ben_id = session.get_one(Article, three[1].article_id).verifier_id
    section_id = session.get_one(Article, three[2].article_id).section_id
    assert titles(browser) == titles(browser, "?verifier=mine") == ["mine"]
    assert titles(browser, "?verifier=all") == ["mine", "nobody’s", "Ben’s"]
    assert titles(browser, "?verifier=none") == ["nobody’s"]
    assert titles(browser, f"?verifier={ben_id}") == ["Ben’s"]
    assert titles(browser, "?verifier=all&state=due_soon") == ["Ben’s"]
    assert titles(browser, "?verifier=all&state=no-such") == ["mine", "nobody’s", "Ben’s"]
    assert titles(browser, f"?verifier=all&section={section_id}") == ["nobody’s"]
    assert titles(browser, f"?verifier=all&section={2**70}&page=-3") == ["mine", "nobody’s", "Ben’s"]


def test_who_verifies_nothing_sees_all(
    session: Session, browser_of: Browse, three: list[Translation]
) -> None:
    assert titles(browser_of(make_user(session))) == ["mine", "nobody’s", "Ben’s"]


def test_each_row_says_why(browser: FlaskClient, three: list[Translation]) -> None:
    text = browser.get(f"{PAGE}?verifier=all").text
    assert "Due since Aug 12, 2026." in text
    assert "Due on Nov 30, 2026." in text
    assert "1 link leads nowhere: /nowhere, nothing is there." in text
    assert "1 link leads nowhere" not in browser.get(f"{PAGE}?verifier=mine").text


def test_the_file_holds_what_is_shown(browser: FlaskClient, three: list[Translation]) -> None:
    answer = browser.get(f"{PAGE}?verifier=all&state=overdue&format=csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1:] == [
        [
            "mine",
            "About mine",
            "Overdue",
            "Due since Aug 12, 2026.",
            "2026-08-12",
            "2026-05-04",
            "",
            "Anna",
        ]
    ]


def test_an_empty_list_says_what_to_do(browser: FlaskClient, three: list[Translation]) -> None:
    page = browser.get(f"{PAGE}?verifier=none&state=due_soon").text
    assert "Show all that have to be looked at" in page


def test_when_all_is_well_that_is_said(browser: FlaskClient) -> None:
    assert "No article is due" in browser.get(PAGE).text


def post(browser: FlaskClient, **form: object) -> str:
    answer = browser.post(
        VERIFICATIONS, data=form, headers={"Referer": f"http://localhost{PAGE}?verifier=all"}
    )
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?verifier=all")
    return browser.get(PAGE).text


def verified_by(session: Session, text: Translation) -> int | None:
    session.rollback()
    return session.get_one(Article, text.article_id, populate_existing=True).verified_by_id


def test_one_click_verifies_and_another_takes_it_back(
    session: Session, browser: FlaskClient, staff: User, three: list[Translation]
) -> None:
    page = post(browser, article_id=[three[0].article_id, three[1].article_id], seen_at=NOW.isoformat())
    assert "Noted: 2 articles are still true." in page
    assert [verified_by(session, text) for text in three] == [staff.id, staff.id, None]
    form = html5lib.parse(page, namespaceHTMLElements=False).find(".//form[@class='flash success']")
    assert form is not None
    fields = [(item.get("name"), item.get("value")) for item in form.iter("input")]
    undo = {
        "_method": "delete",
        "verification_id": [value for name, value in fields if name == "verification_id"],
    }
    assert len(undo["verification_id"]) == 2
    assert "Taken back for 2 articles." in post(browser, **undo)
    assert [verified_by(session, text) for text in three] == [None, None, None]
    assert "stays as it is" in post(browser, **undo)


def test_a_text_that_changed_meanwhile_is_left_alone(
    session: Session, browser: FlaskClient, three: list[Translation]
) -> None:
    rewrite(session, three[0], "Something else.")
    seen_at = (NOW - timedelta(seconds=1)).isoformat()
    page = post(browser, article_id=[three[0].article_id, three[1].article_id], seen_at=seen_at)
    assert "Noted: it is still true." in page
    assert "One article has changed since you looked" in page
    assert verified_by(session, three[0]) is None


@pytest.mark.parametrize(
    "form", [{}, {"article_id": "x"}, {"article_id": str(2**70), "seen_at": "yesterday"}]
)
def test_what_makes_no_sense_verifies_nothing(browser: FlaskClient, form: dict[str, str]) -> None:
    assert "Tick the articles that are still true first." in post(browser, **form)


def test_an_instant_without_a_zone_is_utc(
    session: Session, browser: FlaskClient, staff: User, three: list[Translation]
) -> None:
    post(browser, article_id=three[0].article_id, seen_at=NOW.replace(tzinfo=None).isoformat())
    assert verified_by(session, three[0]) == staff.id


def test_the_page_of_an_article_tells_everything(
    session: Session, browser: FlaskClient, three: list[Translation]
) -> None:
    text = three[2]
    visit(session, text, 1, 2)
    post(browser, article_id=text.article_id, seen_at=NOW.isoformat())
    page = browser.get(f"/staff/articles/{text.article_id}/upkeep").text
    for words in ("Nobody asks for it", "Too few to tell", "0 of 0", "/nowhere", "#h-paper", "Anna"):
        assert words in page
    assert "Not verified after all" in page
    assert browser.get("/staff/articles/424242/upkeep").status_code == 404


def test_staff_verify_where_they_read(
    browser: FlaskClient, client: FlaskClient, three: list[Translation]
) -> None:
    path = f"/help/en/articles/{three[0].article_id}-{three[0].slug}"
    assert "To be verified since Aug 12, 2026" in browser.get(path).text
    assert "Still true" not in client.get(path).text
    assert "Verified" in client.get(path).text


def test_the_first_page_of_staff_counts_them(browser: FlaskClient, three: list[Translation]) -> None:
    page = html5lib.parse(browser.get("/staff/").data, namespaceHTMLElements=False)
    heading = page.find(".//h2[@id='upkeep']")
    assert heading is not None
    assert "".join(heading.itertext()).split() == ["Articles", "to", "look", "at", "3"]
