import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, Audience
from portal.accounts.models import Account, User
from portal.core.outbox import OutboxEvent
from portal.knowledge.models import ArticleStatus, Translation
from tests.architecture.test_statements import statements_of
from tests.factories import make_account, make_user
from tests.knowledge.factories import make_article, make_section, translate


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, name="Kingfisher Foods", plan="business")


@pytest.fixture
def staff(session: Session, browser_of: Callable[[User], FlaskClient]) -> FlaskClient:
    return browser_of(make_user(session))


def seen(browser: FlaskClient, text: Translation, reader: object, **wanted: str) -> str:
    answer = browser.get(
        f"/staff/articles/{text.article_id}/as", query_string={"account": str(reader), **wanted}
    )
    assert answer.status_code == 200
    return answer.text


def readers_of(browser: FlaskClient, text: Translation, *readers: object) -> list[bool]:
    return ["Choose <strong>Print</strong>" in seen(browser, text, reader) for reader in readers]


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        (PUBLIC, [True, True, True, True]),
        (SIGNED_IN, [False, True, True, True]),
        (frozenset({"plan:business"}), [False, False, True, False]),
        (STAFF, [False, False, False, False]),
    ],
)
def test_an_article_is_shown_to_those_it_is_for(
    session: Session, staff: FlaskClient, account: Account, audience: Audience, who: list[bool]
) -> None:
    other = make_account(session, plan="team")
    text = make_article(session, audience=audience)
    assert readers_of(staff, text, "visitor", "signed-in", account.id, other.id) == who


def test_the_page_says_whose_view_it_is_and_offers_others(
    session: Session, staff: FlaskClient, account: Account
) -> None:
    page = " ".join(seen(staff, make_article(session), account.id).split())
    assert "This is what people of Kingfisher Foods see (plan: business)." in page
    assert f'<option value="{account.id}" selected>Kingfisher Foods</option>' in page
    assert re.search('<option value="visitor" ?>Visitors</option>', page)


@pytest.mark.parametrize(
    ("audience", "reason"),
    [
        (STAFF, "It is only for: staff."),
        (SIGNED_IN, "It is only for: everyone who is signed in."),
        (
            frozenset({"plan:team", "account:424242"}),
            "an account that is not there any more or customers with",
        ),
    ],
)
def test_why_someone_does_not_see_an_article_is_said(
    session: Session, staff: FlaskClient, audience: Audience, reason: str
) -> None:
    page = seen(staff, make_article(session, "Print labels", audience=audience), "visitor")
    assert reason in page
    assert "<h1>Print labels</h1>" in page
    assert "Choose" not in page


def test_accounts_are_named(session: Session, staff: FlaskClient, account: Account) -> None:
    text = make_article(session, audience=frozenset({f"account:{account.id}"}))
    assert "It is only for: Kingfisher Foods." in seen(staff, text, "signed-in")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ArticleStatus.DRAFT, "No text of it is published."),
        (ArticleStatus.ARCHIVED, "It was archived."),
    ],
)
def test_a_text_that_is_not_live_is_said_to_be_that(
    session: Session, staff: FlaskClient, account: Account, status: ArticleStatus, reason: str
) -> None:
    text = make_article(session)
    text.status = status
    session.commit()
    page = seen(staff, text, account.id)
    assert reason in page
    assert "It is only for" not in page


def test_an_article_that_was_taken_over_shows_the_other(
    session: Session, staff: FlaskClient, account: Account
) -> None:
    old, new = make_article(session), make_article(session, "The new one", audience=SIGNED_IN)
    old.article.merged_into_id = new.article_id
    session.commit()
    assert "<h1 >The new one</h1>" in seen(staff, old, account.id)
    assert "Another article took it over" in seen(staff, old, "visitor")


def test_the_text_is_in_the_language_of_the_reader(session: Session, staff: FlaskClient) -> None:
    text = translate(session, make_article(session))
    page = seen(staff, text, "visitor", language="ja")
    assert '<html lang="ja">' in page
    assert "<strong>印刷</strong>" in page


def test_links_stay_within_the_view(session: Session, staff: FlaskClient, account: Account) -> None:
    top = make_section(session, "Top")
    section = make_section(session, "Inner", parent=top)
    texts = [make_article(session, f"Article {number}", section=section) for number in range(3)]
    translate(session, texts[1])
    page = seen(staff, texts[1], account.id)
    main = page[page.index("<main") : page.index("</main>")]
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"#]+)"', main)]
    inside = [link for link in links if not link.startswith("/community/")]
    assert len(inside) >= 6
    for link in inside:
        assert link.startswith("/staff/articles/"), link
        assert f"account={account.id}" in link
        assert "This is what people of Kingfisher Foods see" in staff.get(link).text or "language=ja" in link


def test_the_tree_holds_what_the_reader_sees(session: Session, staff: FlaskClient, account: Account) -> None:
    make_article(session, section=make_section(session, "Public"))
    room = make_section(session, "Room")
    make_article(session, section=room, audience=frozenset({"plan:business"}))
    make_article(session, section=make_section(session, "Internal"), audience=STAFF)

    def shown(**wanted: object) -> list[str]:
        page = staff.get("/staff/articles/as", query_string={name: str(wanted[name]) for name in wanted}).text
        return [name for name in ("Public", "Room", "Internal") if f"{name}</a>" in page]

    assert shown() == ["Public"]
    assert shown(account=account.id) == ["Public", "Room"]
    inside = staff.get(f"/staff/articles/as?account={account.id}&section=room").text
    assert "Print labels" in inside
    assert "It holds nothing for them." in staff.get("/staff/articles/as?section=room").text


def test_looking_leaves_no_trace_and_gives_nothing_to_write_with(
    session: Session, staff: FlaskClient, account: Account, work: Callable[[], None]
) -> None:
    text = make_article(session)
    before = session.scalar(select(func.count(OutboxEvent.id)))
    page = seen(staff, text, account.id)
    main = page[page.index("<main") : page.index("</main>")]
    work()
    assert session.scalar(select(func.count(OutboxEvent.id))) == before
    assert 'method="post"' not in main
    assert "data-dwell-url" not in page


def test_looking_costs_the_same_however_much_there_is(
    app: Flask, session: Session, staff: FlaskClient, account: Account
) -> None:
    section = make_section(session)
    text = make_article(session, section=section)
    path = f"/staff/articles/{text.article_id}/as?account={account.id}"
    cost = statements_of(app, staff, path)
    for _ in range(12):
        make_article(session, section=section)
        make_account(session)
    assert cost == statements_of(app, staff, path)
