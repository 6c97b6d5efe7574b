from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.core.errors import InvalidError, NotFoundError
from portal.knowledge.models import SeeAlso, Translation
from portal.knowledge.structure import see_also
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import archive, make_article, translate

Browser = Callable[[User], FlaskClient]


def point(session: Session, one: Translation, other: Translation, *, both_ways: bool = False) -> None:
    see_also.point_to(
        session, actor=SYSTEM, article_id=one.article_id, other_id=other.article_id, both_ways=both_ways
    )


def others_of(session: Session, text: Translation) -> list[str]:
    links = see_also.see_also_of(session, SYSTEM, text.article_id, language="en")
    return [link.title for link in links]


def test_links_are_named_in_the_order_in_which_they_were_chosen(session: Session) -> None:
    text, second, first = (make_article(session, title) for title in ("Text", "Second", "First"))
    point(session, text, first)
    point(session, text, second)
    point(session, text, first)
    assert others_of(session, text) == ["First", "Second"]
    assert others_of(session, first) == []


def test_a_link_can_lead_both_ways(session: Session) -> None:
    text, other = make_article(session, "Text"), make_article(session, "Other")
    point(session, text, other, both_ways=True)
    assert (others_of(session, text), others_of(session, other)) == (["Other"], ["Text"])


def test_an_article_does_not_point_to_itself(session: Session) -> None:
    text = make_article(session)
    with pytest.raises(InvalidError):
        point(session, text, text)


def test_links_are_put_in_order_and_removed(session: Session) -> None:
    text, *others = (make_article(session, title) for title in ("Text", "A", "B", "C"))
    for other in others:
        point(session, text, other)
    a, b, c = (other.article_id for other in others)
    see_also.put_before(session, actor=SYSTEM, article_id=text.article_id, other_id=c, before_id=a)
    assert others_of(session, text) == ["C", "A", "B"]
    see_also.put_before(session, actor=SYSTEM, article_id=text.article_id, other_id=c, before_id=None)
    assert others_of(session, text) == ["A", "B", "C"]
    see_also.point_no_more(session, actor=SYSTEM, article_id=text.article_id, other_id=b)
    assert others_of(session, text) == ["A", "C"]
    with pytest.raises(NotFoundError):
        see_also.put_before(session, actor=SYSTEM, article_id=text.article_id, other_id=b, before_id=None)


def test_only_staff_choose(session: Session) -> None:
    text, other, customer = make_article(session), make_article(session), actor_of(make_customer(session))
    article_id, other_id = text.article_id, other.article_id
    with pytest.raises(NotFoundError):
        see_also.point_to(session, actor=customer, article_id=article_id, other_id=other_id)
    with pytest.raises(NotFoundError):
        see_also.point_no_more(session, actor=customer, article_id=article_id, other_id=other_id)
    with pytest.raises(NotFoundError):
        see_also.put_before(session, actor=customer, article_id=article_id, other_id=other_id, before_id=None)
    assert session.scalars(select(SeeAlso)).first() is None


def test_articles_are_found_by_a_title_in_any_language(session: Session) -> None:
    text = make_article(session, "Print labels")
    translate(session, text, "ラベルを印刷する")
    other = make_article(session, "100% labels")
    archive(session, make_article(session, "Old labels"))

    def found(words: str, besides: int = 0) -> list[str]:
        links = see_also.articles_named(session, SYSTEM, words, language="en", besides=besides)
        return [link.title for link in links]

    assert found("LABEL") == ["100% labels", "Print labels"]
    assert found("印刷") == ["Print labels"]
    assert found("%") == ["100% labels"]
    assert found("label", besides=other.article_id) == ["Print labels"]


def test_staff_choose_on_a_page(browser_of: Browser, session: Session) -> None:
    staff, text = browser_of(make_user(session)), make_article(session, "Text")
    first, second = make_article(session, "First label"), make_article(session, "Second label")
    url = f"/staff/articles/{text.article_id}/links"
    assert "None was chosen yet" in staff.get(url).text
    assert staff.get(f"{url}?q=label").text.count("Both ways") == 2
    for other in (first, second):
        sent = {"other_id": str(other.article_id), "both_ways": "yes"}
        assert staff.post(url, data=sent).status_code == 303
    assert f'value="{second.article_id}:{first.article_id}"' in staff.get(url).text
    move = {"move": f"{second.article_id}:{first.article_id}"}
    piece = staff.post(f"{url}/order", data=move, headers={"HX-Request": "true"}).text
    assert piece.lstrip().startswith("<form")
    assert piece.index("Second label") < piece.index("First label")
    assert staff.post(f"{url}/order", data=move).location == f"{url}#item-{second.article_id}"
    staff.post(url, data={"_method": "delete", "other_id": str(second.article_id)})
    session.rollback()
    assert others_of(session, text) == ["First label"]
    assert others_of(session, second) == ["Text"]


@pytest.mark.parametrize("move", ["", "x", "1:x", ":1", "99999999999:1"])
def test_a_nonsense_move_is_refused(browser_of: Browser, session: Session, move: str) -> None:
    url = f"/staff/articles/{make_article(session).article_id}/links/order"
    assert browser_of(make_user(session)).post(url, data={"move": move}).status_code == 422


def test_an_article_that_is_not_there_cannot_be_chosen(browser_of: Browser, session: Session) -> None:
    staff, url = browser_of(make_user(session)), f"/staff/articles/{make_article(session).article_id}/links"
    assert [staff.post(url, data={"other_id": other}).status_code for other in ("", "x", "4242")] == [404] * 3
