from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.accounts.models import User
from portal.core.paging import Cursor
from portal.core.statistics import wilson_interval
from portal.knowledge import queries
from portal.knowledge.feedback import queries as feedback
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.queries import FeedbackFilter
from portal.knowledge.feedback.service import Ballot
from portal.knowledge.models import ArticleVote, Translation
from portal.knowledge.structure import merging
from tests.factories import NOW, actor_of, make_account, make_customer, make_user
from tests.knowledge.factories import make_article, make_section, rewrite, translate

Browser = Callable[[User], FlaskClient]


def say(
    session: Session,
    text: Translation,
    *,
    reason: str = "",
    comment: str = "",
    helpful: bool = False,
    voter: str = "visitor:a",
    person: User | None = None,
    at: datetime = NOW,
) -> None:
    votes.vote(
        session,
        actor=actor_of(person) if person else VISITOR,
        voter=f"user:{person.id}" if person else voter,
        article_id=text.article_id,
        language=text.language,
        ballot=Ballot(is_helpful=helpful, reason=reason, comment=comment),
        now=at,
    )
    session.commit()


def listed(session: Session, **wanted: object) -> list[str]:
    page = feedback.feedback_for(session, SYSTEM, FeedbackFilter(**wanted))  # type: ignore[arg-type]  # Its fields.
    return [row.vote.voter for row in page.rows]


def test_complaints_and_comments_are_listed_the_newest_first(session: Session) -> None:
    text = make_article(session)
    say(session, text, helpful=True, voter="pleased")
    say(session, text, helpful=True, comment="Thanks!", voter="grateful", at=NOW + timedelta(hours=2))
    say(session, text, reason="wrong", voter="annoyed", at=NOW + timedelta(hours=1))
    say(session, text, voter="silent")
    assert listed(session) == ["grateful", "annoyed", "silent"]


def test_only_staff_get_them(session: Session) -> None:
    say(session, make_article(session), reason="wrong")
    customer = actor_of(make_customer(session))
    assert not feedback.feedback_for(session, customer, FeedbackFilter()).rows


def test_each_tells_who_said_it_of_which_text(session: Session) -> None:
    account = make_account(session, name="Kingfisher Foods")
    person = make_user(session, account=account, name="Ana Lima")
    text = make_article(session)
    say(session, text, reason="wrong")
    rewrite(session, text, "New.")
    say(session, text, reason="wrong", person=person, at=NOW + timedelta(hours=1))
    say(session, text, reason="wrong", voter="visitor:b")
    rows = feedback.feedback_for(session, SYSTEM, FeedbackFilter()).rows
    assert [(row.name, row.account) for row in rows] == [
        ("Ana Lima", "Kingfisher Foods"),
        (None, None),
        (None, None),
    ]
    assert [(row.is_of_live_text, row.unresolved) for row in rows] == [(True, 2), (True, 2), (False, 1)]
    assert {row.text.title for row in rows} == {"Print labels"}


def test_the_list_can_be_narrowed(session: Session) -> None:
    top = make_section(session)
    english = make_article(session, section=make_section(session, parent=top))
    japanese = translate(session, english)
    say(session, english, reason="wrong", voter="en")
    say(session, japanese, reason="unclear", voter="ja")
    say(session, make_article(session), reason="unclear", voter="elsewhere")
    vote_id = session.scalars(select(ArticleVote.id).where(ArticleVote.voter == "en")).one()
    votes.resolve(session, actor=SYSTEM, vote_id=vote_id, note="", now=NOW)
    node = next(node for node in queries.sections_for(session, SYSTEM) if node.section is top)
    assert listed(session) == ["elsewhere", "ja"]
    assert listed(session, is_resolved=True) == ["en"]
    assert listed(session, language="ja") == ["ja"]
    assert listed(session, section=node) == ["ja"]
    assert listed(session, reason="unclear") == ["elsewhere", "ja"]
    assert listed(session, reason="wrong") == []


def test_the_list_goes_on_from_a_cursor(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "ROWS_A_PAGE", 2)
    text = make_article(session)
    for voter in ("one", "two", "three"):
        say(session, text, reason="wrong", voter=voter)
    first = feedback.feedback_for(session, SYSTEM, FeedbackFilter())
    after = Cursor.decode(first.next_cursor or "")
    second = feedback.feedback_for(session, SYSTEM, FeedbackFilter(), after=after)
    assert [row.vote.voter for row in (*first.rows, *second.rows)] == ["three", "two", "one"]
    assert second.next_cursor is None


def test_helpfulness_counts_each_reader_once_with_the_newest_vote(session: Session) -> None:
    text = make_article(session)
    say(session, text, voter="changed their mind")
    rewrite(session, text, "New.")
    say(session, text, helpful=True, voter="changed their mind", at=NOW + timedelta(hours=1))
    say(session, text, helpful=True, voter="pleased")
    say(session, text, voter="annoyed")
    say(session, translate(session, text), voter="pleased")
    other = make_article(session)
    found = feedback.helpfulness_of(session, SYSTEM, [text.article_id, other.article_id])
    english, japanese = found[text.article_id, "en"], found[text.article_id, "ja"]
    assert (english.helpful, english.votes) == (2, 3)
    assert (japanese.helpful, japanese.votes) == (0, 1)
    assert english.at_least == wilson_interval(2, 3).low
    assert len(found) == 2
    assert not feedback.helpfulness_of(session, VISITOR, [text.article_id])


def test_votes_on_a_merged_article_count_for_the_one_that_stays(session: Session) -> None:
    old, stays = make_article(session), make_article(session)
    say(session, old, voter="both")
    say(session, stays, helpful=True, voter="both", at=NOW + timedelta(hours=1))
    say(session, old, voter="old only")
    merging.merge(session, actor=SYSTEM, article_id=old.article_id, target_id=stays.article_id, now=NOW)
    found = feedback.helpfulness_of(session, SYSTEM, [stays.article_id])
    assert [(key, value.helpful, value.votes) for key, value in found.items()] == [
        ((stays.article_id, "en"), 1, 2)
    ]
    merging.part(session, actor=SYSTEM, article_id=old.article_id, now=NOW)
    found = feedback.helpfulness_of(session, SYSTEM, [old.article_id, stays.article_id])
    assert {key[0]: (value.helpful, value.votes) for key, value in found.items()} == {
        old.article_id: (0, 2),
        stays.article_id: (1, 1),
    }


def test_the_page_shows_settles_and_opens_again(browser_of: Browser, session: Session) -> None:
    staff, text = browser_of(make_user(session)), make_article(session)
    say(session, text, reason="unclear", comment="Which printer?", person=make_customer(session, name="Ana"))
    say(session, text, reason="unclear", voter="visitor:b")
    page = staff.get("/staff/articles/feedback/").text
    assert "It is hard to understand" in page
    assert "Which printer?" in page
    assert "Ana" in page
    assert "Settle all 2 of this text" in page
    vote_id = session.scalars(select(ArticleVote.id).order_by(ArticleVote.id)).first()
    url = f"/staff/articles/feedback/{vote_id}/resolution"
    answer = staff.post(
        url,
        data={"note": "Any of them.", "scope": "text"},
        headers={"Referer": "http://localhost/staff/articles/feedback/?language=en"},
    )
    assert (answer.status_code, answer.location) == (303, "/staff/articles/feedback/?language=en")
    assert "Which printer?" not in staff.get("/staff/articles/feedback/").text
    settled = staff.get("/staff/articles/feedback/?status=resolved").text
    assert settled.count("Any of them.") == 2
    staff.post(url, data={"_method": "delete"})
    assert "Which printer?" in staff.get("/staff/articles/feedback/").text


def test_the_next_page_keeps_the_filters(
    browser_of: Browser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "ROWS_A_PAGE", 1)
    text = make_article(session)
    for voter in ("one", "two"):
        say(session, text, reason="wrong", voter=voter)
    page = browser_of(make_user(session)).get("/staff/articles/feedback/?reason=wrong").text
    assert "/staff/articles/feedback/?reason=wrong&amp;after=" in page


def test_staff_see_on_the_article_how_much_it_helps(
    browser_of: Browser, session: Session, client: FlaskClient
) -> None:
    text = make_article(session)
    say(session, text, helpful=True)
    path = f"/help/en/articles/{text.article_id}-{text.slug}"
    assert "Helped 1 of 1, surely at least 20 %" in browser_of(make_user(session)).get(path).text
    assert "Helped" not in client.get(path).text
