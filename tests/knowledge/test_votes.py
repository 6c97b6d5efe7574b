from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN
from portal.accounts.models import User
from portal.core.errors import NotFoundError
from portal.core.outbox import OutboxEvent
from portal.knowledge import service
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.service import Ballot
from portal.knowledge.models import ArticleStatus, ArticleVote, Translation
from portal.knowledge.service import Place
from portal.notifications.models import Notice
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, rewrite

DRAFT = ArticleStatus.DRAFT
LATER = NOW + timedelta(hours=1)
UNCLEAR = Ballot(is_helpful=False, reason="unclear", comment="Which printer?")


def vote(
    session: Session,
    text: Translation,
    ballot: Ballot,
    *,
    actor: Actor = VISITOR,
    voter: str = "visitor:a",
    now: datetime = NOW,
) -> None:
    votes.vote(
        session, actor=actor, voter=voter, article_id=text.article_id, language="en", ballot=ballot, now=now
    )
    session.commit()


def cast(session: Session) -> list[tuple[str, bool, str, str]]:
    rows = session.scalars(
        select(ArticleVote).order_by(ArticleVote.id).execution_options(populate_existing=True)
    )
    return [(row.voter, row.is_helpful, row.reason, row.comment) for row in rows]


def test_a_vote_counts_once_a_reader_and_can_be_changed(session: Session) -> None:
    text = make_article(session)
    vote(session, text, Ballot(is_helpful=False, reason="unclear", comment="Which printer?"))
    vote(session, text, Ballot(is_helpful=True), voter="visitor:b")
    vote(session, text, Ballot(is_helpful=True))
    assert cast(session) == [("visitor:a", True, "", ""), ("visitor:b", True, "", "")]


def test_each_revision_can_be_voted_on(session: Session) -> None:
    text = make_article(session)
    vote(session, text, Ballot(is_helpful=False))
    rewrite(session, text, "New.")
    vote(session, text, Ballot(is_helpful=True))
    rows = session.execute(
        select(ArticleVote.revision_number, ArticleVote.is_helpful).order_by(ArticleVote.id)
    )
    assert [tuple(row) for row in rows] == [(1, False), (2, True)]


def test_each_vote_is_told_with_who_said_it_of_which_text(session: Session) -> None:
    text, person = make_article(session), make_customer(session)
    vote(session, text, Ballot(is_helpful=True), actor=actor_of(person), voter=f"user:{person.id}")
    vote(session, text, Ballot(is_helpful=False), actor=actor_of(person), voter=f"user:{person.id}")
    stored = session.scalars(select(ArticleVote)).one()
    told = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "ArticleVoted")).all()
    assert [event.payload for event in told] == [{"vote_id": stored.id}] * 2
    assert (stored.user_id, stored.language) == (person.id, "en")


def test_a_vote_is_of_the_language_that_was_read(session: Session) -> None:
    text = make_article(session, "ラベル", language="ja")
    vote(session, text, Ballot(is_helpful=True))
    assert session.scalars(select(ArticleVote.language)).one() == "ja"


def test_nobody_votes_on_what_they_cannot_see(session: Session) -> None:
    for text in (
        make_article(session, audience=SIGNED_IN),
        make_article(session, status=DRAFT, audience=PUBLIC),
    ):
        with pytest.raises(NotFoundError):
            vote(session, text, Ballot(is_helpful=True))
    assert not cast(session)


def test_a_reason_is_kept_of_what_did_not_help_only(session: Session) -> None:
    text = make_article(session)
    vote(session, text, UNCLEAR)
    vote(session, text, Ballot(is_helpful=True, reason="unclear", comment="Now I see."))
    assert cast(session) == [("visitor:a", True, "", "Now I see.")]


def settle(session: Session, actor: Actor, text: Translation, *, with_others: bool = False) -> int:
    first = session.scalars(
        select(ArticleVote.id).where(ArticleVote.article_id == text.article_id).order_by(ArticleVote.id)
    ).first()
    count = votes.resolve(
        session, actor=actor, vote_id=first or 0, note="It says so now.", with_others=with_others, now=LATER
    )
    session.commit()
    return count


def open_votes(session: Session) -> list[str]:
    waiting = select(ArticleVote.voter).where(ArticleVote.resolved_at.is_(None))
    return list(session.scalars(waiting.order_by(ArticleVote.id)))


def test_staff_settle_what_one_reader_said(session: Session) -> None:
    text, staff = make_article(session), make_user(session)
    vote(session, text, UNCLEAR)
    vote(session, text, UNCLEAR, voter="visitor:b")
    assert settle(session, actor_of(staff), text) == 1
    assert open_votes(session) == ["visitor:b"]
    settled = session.scalars(select(ArticleVote).where(ArticleVote.voter == "visitor:a")).one()
    assert (settled.resolved_at, settled.resolved_by_id) == (LATER, staff.id)
    assert settled.resolution == "It says so now."
    assert settle(session, actor_of(staff), text) == 0


def test_staff_settle_at_once_what_waits_of_one_text(session: Session) -> None:
    text, other = make_article(session), make_article(session)
    for voter in ("visitor:a", "visitor:b"):
        vote(session, text, UNCLEAR, voter=voter)
    vote(session, text, Ballot(is_helpful=True), voter="visitor:pleased")
    vote(session, other, UNCLEAR, voter="visitor:c")
    rewrite(session, text, "New.")
    vote(session, text, UNCLEAR, voter="visitor:d")
    assert settle(session, actor_of(make_user(session)), text, with_others=True) == 2
    assert open_votes(session) == ["visitor:pleased", "visitor:c", "visitor:d"]


def test_saying_it_again_opens_it_again(session: Session) -> None:
    text = make_article(session)
    vote(session, text, UNCLEAR)
    settle(session, SYSTEM, text)
    vote(session, text, Ballot(is_helpful=False, reason="wrong"))
    again = session.scalars(select(ArticleVote).execution_options(populate_existing=True)).one()
    assert (again.reason, again.resolved_at, again.resolution) == ("wrong", None, "")


def test_settling_can_be_undone(session: Session) -> None:
    text = make_article(session)
    vote(session, text, UNCLEAR)
    settle(session, actor_of(make_user(session)), text)
    said = session.scalars(select(ArticleVote)).one()
    votes.reopen(session, actor=SYSTEM, vote_id=said.id)
    assert (said.resolved_at, said.resolved_by_id, said.resolution) == (None, None, "")


def test_only_staff_settle(session: Session) -> None:
    text = make_article(session)
    vote(session, text, UNCLEAR)
    with pytest.raises(NotFoundError):
        settle(session, actor_of(make_customer(session)), text)
    with pytest.raises(NotFoundError):
        votes.reopen(session, actor=actor_of(make_customer(session)), vote_id=1)
    assert open_votes(session) == ["visitor:a"]


def said_by(session: Session, person: User, text: Translation) -> None:
    vote(session, text, UNCLEAR, actor=actor_of(person), voter=f"user:{person.id}")


def test_who_said_it_hears_of_it_and_a_visitor_cannot(session: Session, work: Callable[[], None]) -> None:
    text, person = make_article(session), make_customer(session)
    said_by(session, person, text)
    vote(session, text, UNCLEAR)
    settle(session, SYSTEM, text, with_others=True)
    work()
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.kind) == (person.id, "feedback_resolved")
    assert notice.params == {"title": "Print labels", "note": "It says so now."}
    assert notice.path == f"/help/en/articles/{text.article_id}-print-labels"


def test_nobody_hears_of_what_they_may_not_read_any_more(session: Session, work: Callable[[], None]) -> None:
    text = make_article(session)
    said_by(session, make_customer(session), text)
    place = Place(section_id=text.article.section_id, audience=frozenset({"staff"}))
    service.move_article(session, actor=SYSTEM, article_id=text.article_id, place=place, now=NOW)
    settle(session, SYSTEM, text)
    work()
    assert session.scalars(select(Notice)).first() is None


def test_nobody_hears_of_what_was_opened_again(session: Session, work: Callable[[], None]) -> None:
    text = make_article(session)
    said_by(session, make_customer(session), text)
    settle(session, SYSTEM, text)
    votes.reopen(session, actor=SYSTEM, vote_id=session.scalars(select(ArticleVote.id)).one())
    session.commit()
    work()
    assert session.scalars(select(Notice)).first() is None
