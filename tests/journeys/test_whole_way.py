"""The whole way through, over HTTP: from a search in Japanese to two health scores that moved."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.adoption.models import PersonDay, Signal
from portal.core.clock import utc_now
from portal.forum.models import Topic
from portal.health.models import HealthScore
from portal.health.service import rebuild_scores
from tests.factories import make_account, make_board, make_user
from tests.knowledge.factories import make_article, translate

SignIn = Callable[[User], FlaskClient]


def links(page: str, pattern: str) -> list[str]:
    document = html5lib.parse(page, namespaceHTMLElements=False)
    found = [item.get("href", "") for item in document.iter("a")]
    return [href for href in found if re.search(pattern, href)]


def shown_scores(page: str) -> tuple[float, list[float]]:
    """Read the score on an account's page, and what its components add to it."""
    document = html5lib.parse(page, namespaceHTMLElements=False)
    (table,) = (table for table in document.iter("table") if table.find("tfoot") is not None)
    parts = [row for body in table.findall("tbody") for row in body if row.get("class") != "part-of"]

    def points(row: Element) -> float:
        return float(next(row.iter("data")).findtext("strong", ""))

    (total,) = table.iterfind("tfoot/tr")
    return points(total), [points(row) for row in parts]


def test_from_a_search_to_scores_that_moved(
    app: Flask, session: Session, browser_of: SignIn, work: Callable[[], None]
) -> None:
    ours, theirs = make_account(session, name="Ours"), make_account(session, name="Theirs")
    asker_row, peer_row = make_user(session, account=ours), make_user(session, account=theirs)
    staff_row = make_user(session)
    board = make_board(session)
    article = make_article(session, "Print delivery slips", body="Choose **Print** on the delivery.")
    translate(session, article, "納品書を印刷する")
    session.commit()
    work()
    for account in (ours, theirs):
        rebuild_scores(session, account_id=account.id, now=utc_now())
    session.commit()

    asker, peer, staff = browser_of(asker_row), browser_of(peer_row), browser_of(staff_row)
    asker.post("/language", data={"language": "ja"})

    results = asker.get("/search?q=納品書の印刷").text
    (path, *_rest) = links(results, "^/help/ja/articles/")
    assert "を選びます" in asker.get(path).text
    vote = asker.post(f"/help/articles/{article.article_id}/votes", data={"helpful": "yes"})
    assert vote.status_code == 303

    nothing = asker.get("/search?q=QQZ-991 白紙").text
    (ask, *_more) = links(nothing, "^/community/topics/new")
    assert "QQZ-991" in asker.get(ask).text
    asked = asker.post(
        "/community/topics/new",
        data={"title": "QQZ-991 で白紙になる", "body": "二枚目が白紙です。", "board": board.slug},
    )
    topic_path = asked.headers["Location"]
    session.rollback()
    topic = session.scalars(select(Topic)).one()

    answered = peer.post(f"/community/topics/{topic.id}/posts", data={"body": "用紙の高さを合わせます。"})
    post_id = int(answered.headers["Location"].partition("#post-")[2])
    accepted = asker.post(f"/community/posts/{post_id}/acceptance")
    assert accepted.status_code == 303
    assert asker.get(topic_path).text.count("用紙の高さを合わせます。") == 1
    work()

    kinds = {
        account.name: set(session.scalars(select(Signal.kind).where(Signal.account_id == account.id)))
        for account in (ours, theirs)
    }
    assert kinds["Ours"] >= {
        "search.performed",
        "search.result_opened",
        "article.viewed",
        "article.voted",
        "ask_form.opened",
        "question.asked",
        "answer.accepted",
    }
    assert kinds["Theirs"] >= {"answer.posted", "answer.was_accepted"}
    counted = select(PersonDay.signals).where(
        PersonDay.account_id == theirs.id, PersonDay.kind == "answer.was_accepted"
    )
    assert session.scalars(counted).one() == 1

    for account in (ours, theirs):
        score = session.scalars(
            select(HealthScore).where(HealthScore.account_id == account.id).order_by(HealthScore.day.desc())
        ).first()
        assert score is not None
        assert score.points_e4
        parts = sum(part["contribution_e4"] or 0 for part in score.components)
        assert parts == score.points_e4
        shown, contributions = shown_scores(staff.get(f"/staff/accounts/{account.id}").text)
        assert round(sum(contributions), 1) == shown

    assert links(peer.get("/me/notifications/").text, f"#post-{post_id}")


@pytest.mark.parametrize("visitor_sees", ["/", "/help/ja/", "/community/", "/search?q=%00%ff"])
def test_a_visitor_meets_no_error(client: FlaskClient, visitor_sees: str) -> None:
    assert client.get(visitor_sees).status_code == 200
