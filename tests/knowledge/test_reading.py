from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.accounts.audience import PUBLIC, STAFF
from portal.accounts.models import User
from portal.knowledge.models import ArticleStatus, Freshness, RelatedArticle, Significance, Translation
from portal.knowledge.reading import queries as reading
from portal.knowledge.structure import see_also
from tests.factories import make_user
from tests.knowledge.factories import archive, make_article, make_section, rewrite, translate

Browser = Callable[[User], FlaskClient]


def test_a_page_knows_its_neighbours_and_other_languages(session: Session) -> None:
    section = make_section(session)
    first, second, third, fourth = (
        make_article(session, title, section=section) for title in ("First", "Second", "Third", "Fourth")
    )
    make_article(session, "Hidden", section=section, audience=STAFF)
    translate(session, second, "二番目")
    page = reading.article_page_for(session, VISITOR, second.article_id, language="en")
    assert page.previous is not None
    assert page.next is not None
    assert (page.previous.article_id, page.next.article_id) == (first.article_id, third.article_id)
    assert [link.article_id for link in page.related] == [fourth.article_id]
    assert [link.title for link in page.others] == ["二番目"]
    assert list(page.trail) == [section]


@pytest.mark.parametrize("size", [1, 5])
def test_a_page_costs_four_statements_whatever_it_shows(session: Session, size: int) -> None:
    section = make_section(session)
    for _ in range(size):
        section = make_section(session, parent=section)
    articles = [make_article(session, section=section) for _ in range(size)]
    translate(session, articles[0])
    session.expunge_all()
    statements: list[str] = []
    session.commit()
    listen = ("before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(session.get_bind(), *listen)
    page = reading.article_page_for(session, VISITOR, articles[0].article_id, language="ja")
    assert len(page.trail) == size + 1
    assert [page.translation.title, page.translation.article.audience] == ["ラベルを印刷する", PUBLIC]
    event.remove(session.get_bind(), *listen)
    assert len([statement for statement in statements if statement != "BEGIN"]) == 4


def relate(
    session: Session, one: Translation, other: Translation, content: float, together: float = 0
) -> None:
    row = RelatedArticle(
        article_id=one.article_id, other_id=other.article_id, content=content, together=together
    )
    session.add(row)
    session.commit()


def related(session: Session, text: Translation, language: str = "en") -> list[str]:
    page = reading.article_page_for(session, VISITOR, text.article_id, language=language)
    return [link.title for link in page.related]


def test_related_articles_are_the_nearest_four_by_what_they_say_or_by_who_reads_them(
    session: Session,
) -> None:
    text = make_article(session)
    for title, content, together in (
        ("Fifth", 0.3, 0.0),
        ("First", 0.7, 0.5),
        ("Third", 0.0, 0.6),
        ("Second", 0.8, 0.0),
        ("Fourth", 0.5, 0.0),
    ):
        relate(session, text, make_article(session, title), content, together)
    assert related(session, text) == ["First", "Second", "Third", "Fourth"]


def test_those_in_the_readers_language_come_first(session: Session) -> None:
    text = make_article(session)
    translate(session, text)
    near, far = make_article(session, "Near"), make_article(session, "Far")
    translate(session, far, "遠い")
    relate(session, text, near, 0.9)
    relate(session, text, far, 0.3)
    assert related(session, text) == ["Near", "Far"]
    assert related(session, text, "ja") == ["遠い", "Near"]


def test_nobody_is_led_to_what_they_may_not_see(session: Session) -> None:
    text = make_article(session)
    hidden = (
        make_article(session, "For staff", audience=STAFF),
        make_article(session, "Draft", status=ArticleStatus.DRAFT),
        make_article(session, "Archived"),
    )
    archive(session, hidden[-1])
    for other in hidden:
        relate(session, text, other, 0.9)
        point(session, text, other)
    relate(session, text, make_article(session, "Public"), 0.3)
    page = reading.article_page_for(session, VISITOR, text.article_id, language="en")
    assert ([link.title for link in page.related], page.see_also) == (["Public"], [])


def point(session: Session, one: Translation, other: Translation, *, both_ways: bool = False) -> None:
    see_also.point_to(
        session, actor=SYSTEM, article_id=one.article_id, other_id=other.article_id, both_ways=both_ways
    )
    session.commit()


def test_what_was_chosen_comes_in_its_order_and_is_not_named_again(session: Session) -> None:
    text = make_article(session)
    chosen = [make_article(session, title) for title in ("B", "A")]
    for other in chosen:
        point(session, text, other)
        relate(session, text, other, 0.9)
    translate(session, chosen[1], "甲")
    relate(session, text, make_article(session, "C"), 0.5)
    page = reading.article_page_for(session, VISITOR, text.article_id, language="ja")
    assert [link.title for link in page.see_also] == ["B", "甲"]
    assert [link.title for link in page.related] == ["C"]


def test_the_neighbours_stand_in_where_none_is_related(session: Session) -> None:
    section = make_section(session)
    texts = [make_article(session, str(number), section=section) for number in range(8)]
    assert related(session, texts[2]) == ["4", "5", "6", "0"]


def test_a_page_says_what_was_chosen_before_what_was_found(client: FlaskClient, session: Session) -> None:
    text, chosen, found = (make_article(session, title) for title in ("Text", "Chosen", "Found"))
    point(session, text, chosen)
    relate(session, text, found, 0.9)
    page = client.get(f"/help/en/articles/{text.article_id}-text").text
    assert (
        page.index(">See also<")
        < page.index(">Chosen<")
        < page.index(">Still looking?<")
        < page.index(">Found<")
    )


def test_a_page_says_when_it_was_verified_and_for_whom_it_is(browser_of: Browser, session: Session) -> None:
    text = make_article(session, audience=STAFF)
    page = browser_of(make_user(session)).get(f"/help/en/articles/{text.article_id}-{text.slug}").text
    assert "For staff only" in page
    assert "Verified" in page
    assert page.count("Nov 20, 2026") == 2


def test_readers_of_a_translation_hear_of_an_important_change(client: FlaskClient, session: Session) -> None:
    text = make_article(session)
    japanese = translate(session, text)
    path = f"/help/ja/articles/{japanese.article_id}-{japanese.slug}"
    rewrite(session, text, "Newer.")
    assert "flash warning" not in client.get(path).text
    rewrite(session, text, "Quite different.", significance=Significance.MAJOR)
    assert japanese.freshness is Freshness.OUTDATED
    page = client.get(path).text
    assert "flash warning" in page
    assert (
        page.index("flash warning")
        < page.index(f'href="/help/en/articles/{text.article_id}-')
        < page.index("<h1")
    )
