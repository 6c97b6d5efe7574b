"""Saying that articles are still true, taking that back, and what publishing says of it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.errors import ForbiddenError
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, ArticleStatus, Significance, Translation, Verdict
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Edit
from portal.knowledge.upkeep import service as verification
from portal.knowledge.upkeep.models import ArticleVerification
from portal.knowledge.upkeep.queries import verifications_for
from portal.knowledge.upkeep.service import Verified
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import archive, make_article, rewrite, translate

DAY = timedelta(days=1)
LATER = NOW + DAY


@pytest.fixture
def anna(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def ben(session: Session) -> User:
    return make_user(session)


def verify(
    session: Session, who: User, *texts: Translation, seen_at: datetime = NOW, now: datetime = LATER
) -> Verified:
    ids = [text.article_id for text in texts]
    verified = verification.verify(session, actor=actor_of(who), article_ids=ids, seen_at=seen_at, now=now)
    session.commit()
    return verified


def said(session: Session, text: Translation) -> tuple[datetime | None, int | None]:
    article = session.get_one(Article, text.article_id, populate_existing=True)
    return article.verified_at, article.verified_by_id


def test_one_click_says_when_and_who(session: Session, anna: User) -> None:
    text, other = make_article(session), make_article(session)
    verified = verify(session, anna, text)
    assert (len(verified.verification_ids), verified.changed) == (1, 0)
    assert said(session, text) == (LATER, anna.id)
    assert said(session, other) == (NOW, None)
    found = select(SearchDocument.verified_at).order_by(SearchDocument.id)
    assert session.scalars(found).all() == [LATER, NOW]
    [row] = verifications_for(session, actor_of(anna), text.article_id)
    assert (row.verified_at, row.verified_by) == (LATER, anna)


def test_what_changed_since_it_was_seen_is_not_verified(session: Session, anna: User) -> None:
    text, other = make_article(session), make_article(session)
    verified = verify(session, anna, text, other, seen_at=NOW - DAY)
    assert (verified.verification_ids, verified.changed) == ([], 2)
    assert said(session, text) == (NOW, None)


def test_what_nobody_reads_is_left_out(session: Session, anna: User) -> None:
    draft, archived = make_article(session, status=ArticleStatus.DRAFT), make_article(session)
    archive(session, archived)
    assert verify(session, anna, draft, archived) == Verified(verification_ids=[], changed=0)
    assert said(session, draft) == (None, None)


def test_customers_verify_nothing(session: Session) -> None:
    text, customer = make_article(session), make_customer(session)
    with pytest.raises(ForbiddenError):
        verify(session, customer, text)
    with pytest.raises(ForbiddenError):
        verification.take_back(session, actor=actor_of(customer), verification_ids=[1], now=NOW)
    assert verifications_for(session, actor_of(customer), text.article_id) == []


def test_taken_back_an_article_says_what_it_said_before(session: Session, anna: User, ben: User) -> None:
    text, other = make_article(session), make_article(session)
    verify(session, anna, text)
    verified = verify(session, ben, text, other, now=LATER + DAY)
    ids = verified.verification_ids
    assert verification.take_back(session, actor=actor_of(ben), verification_ids=ids, now=NOW) == 2
    assert said(session, text) == (LATER, anna.id)
    assert said(session, other) == (NOW, None)
    found = select(SearchDocument.verified_at).order_by(SearchDocument.id)
    assert session.scalars(found).all() == [LATER, NOW]
    assert len(session.scalars(select(ArticleVerification)).all()) == 1
    assert verification.take_back(session, actor=actor_of(ben), verification_ids=ids, now=NOW) == 0


def test_what_someone_else_verified_since_cannot_be_taken_back(
    session: Session, anna: User, ben: User
) -> None:
    text = make_article(session)
    first = verify(session, anna, text)
    verify(session, ben, text, now=LATER + DAY)
    ids = first.verification_ids
    assert verification.take_back(session, actor=actor_of(anna), verification_ids=ids, now=NOW) == 0
    assert said(session, text) == (LATER + DAY, ben.id)


def publish(session: Session, text: Translation, author: User, body: str, significance: Significance) -> None:
    article = article_with_texts(session, text.article_id)
    service.save_text(
        session,
        actor=actor_of(author),
        article=article,
        language=text.language,
        text=Text(title=text.title, body=body),
        edit=Edit(significance=significance),
        now=LATER,
    )
    workflow.publish(session, actor=actor_of(author), article=article, language=text.language, now=LATER)
    session.commit()


@pytest.mark.parametrize(
    ("significance", "counts"),
    [(Significance.TYPO, False), (Significance.NORMAL, True), (Significance.MAJOR, True)],
)
def test_what_the_verifier_changes_is_verified_by_that(
    session: Session, anna: User, significance: Significance, *, counts: bool
) -> None:
    text = make_article(session)
    session.get_one(Article, text.article_id).verifier_id = anna.id
    publish(session, text, anna, "New.", significance)
    assert said(session, text) == ((LATER, anna.id) if counts else (NOW, None))


def test_what_someone_else_changes_is_not(session: Session, anna: User, ben: User) -> None:
    text = make_article(session)
    session.get_one(Article, text.article_id).verifier_id = anna.id
    publish(session, text, ben, "New.", Significance.MAJOR)
    assert said(session, text) == (NOW, None)


def test_without_a_verifier_anyone_has_looked(session: Session, ben: User) -> None:
    text = make_article(session)
    publish(session, text, ben, "New.", Significance.NORMAL)
    assert said(session, text) == (LATER, ben.id)


def test_a_translation_says_nothing_of_the_original(session: Session, anna: User) -> None:
    text = make_article(session)
    translated = translate(session, text)
    publish(session, translated, anna, "新しい。", Significance.MAJOR)
    assert said(session, text) == (NOW, None)


def test_nobody_has_looked_at_what_an_import_brings(session: Session) -> None:
    text = make_article(session)
    rewrite(session, text, "New.", significance=Significance.MAJOR)
    assert said(session, text) == (NOW, None)


def test_a_verifier_who_approves_has_looked(session: Session, anna: User, ben: User) -> None:
    text = make_article(session)
    session.get_one(Article, text.article_id).verifier_id = anna.id
    article = article_with_texts(session, text.article_id)
    service.save_text(
        session,
        actor=actor_of(ben),
        article=article,
        language="en",
        text=Text(title=text.title, body="New."),
        now=LATER,
    )
    workflow.ask_for_review(session, actor=actor_of(ben), article=article, language="en", now=LATER)
    workflow.review(
        session,
        actor=actor_of(anna),
        article=article,
        language="en",
        number=2,
        verdict=Verdict.APPROVED,
        comment="",
        now=LATER,
    )
    session.commit()
    assert said(session, text) == (LATER, anna.id)
