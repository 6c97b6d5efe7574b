from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.knowledge import queries, service, workflow
from portal.knowledge.models import (
    Article,
    ArticleReview,
    ArticleStatus,
    Freshness,
    Significance,
    Stage,
    Translation,
    Verdict,
)
from portal.knowledge.publishing import Text, revision_of
from portal.knowledge.service import Edit
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

LATER = NOW + timedelta(hours=1)
DRAFT = ArticleStatus.DRAFT


@pytest.fixture
def author(session: Session) -> Actor:
    return actor_of(make_user(session))


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return actor_of(make_user(session))


def article_of(session: Session, text: Translation) -> Article:
    return queries.article_with_texts(session, text.article_id)


def save(session: Session, text: Translation, actor: Actor, body: str, **edit: object) -> None:
    service.save_article(
        session,
        actor=actor,
        article_id=text.article_id,
        base_number=text.newest_number,
        language=text.language,
        text=Text(title=text.title, body=body),
        edit=Edit(**edit),  # type: ignore[arg-type]  # Its fields.
        now=NOW,
    )


def reviewed(session: Session, author: Actor) -> Translation:
    """A draft in a section whose texts a second person has to see."""
    section = make_section(session)
    section.needs_review = True
    text = make_article(session, status=DRAFT, section=section)
    save(session, text, author, "Waiting words.")
    return text


def ask(session: Session, text: Translation, author: Actor, **when: object) -> None:
    workflow.ask_for_review(
        session,
        actor=author,
        article=article_of(session, text),
        language=text.language,
        now=NOW,
        **when,  # type: ignore[arg-type]  # publish_at.
    )


def give(session: Session, text: Translation, actor: Actor, verdict: Verdict, comment: str = "") -> None:
    workflow.review(
        session,
        actor=actor,
        article=article_of(session, text),
        language=text.language,
        number=text.newest_number,
        verdict=verdict,
        comment=comment,
        now=LATER,
    )


def publish(session: Session, text: Translation, actor: Actor = SYSTEM, **when: object) -> bool:
    return workflow.publish(
        session,
        actor=actor,
        article=article_of(session, text),
        language=text.language,
        now=LATER,
        **when,  # type: ignore[arg-type]  # publish_at.
    )


def found(session: Session) -> list[str]:
    return list(session.scalars(select(SearchDocument.body).where(~SearchDocument.is_removed)))


def test_publishing_shows_and_finds_the_newest_text(session: Session, author: Actor) -> None:
    text = make_article(session)
    save(session, text, author, "Newer words.")
    assert publish(session, text, author)
    assert (text.body, text.live_number, text.stage) == ("Newer words.", 2, Stage.PUBLISHED)
    assert found(session) == ["Newer words."]
    assert not publish(session, text, author)


def test_the_time_of_the_first_publication_stays(session: Session, author: Actor) -> None:
    text = make_article(session)
    save(session, text, author, "Newer words.")
    publish(session, text)
    assert text.published_at == NOW


def test_what_is_not_written_is_not_published(session: Session) -> None:
    article = article_of(session, make_article(session))
    with pytest.raises(NotFoundError):
        workflow.publish(session, actor=SYSTEM, article=article, language="ja", now=NOW)


def test_where_a_review_is_needed_nobody_publishes_alone(session: Session, author: Actor) -> None:
    text = reviewed(session, author)
    with pytest.raises(ForbiddenError):
        publish(session, text, author)
    assert not text.is_published


def test_a_section_below_one_that_needs_reviews_needs_them_too(session: Session, author: Actor) -> None:
    text = reviewed(session, author)
    below = make_section(session)
    below.parent_id = text.article.section_id
    text.article.section_id = below.id
    session.commit()
    with pytest.raises(ForbiddenError):
        publish(session, text, author)


def test_a_second_person_approves_and_the_text_goes_live(
    session: Session, author: Actor, reviewer: Actor
) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    assert text.stage is Stage.IN_REVIEW
    give(session, text, reviewer, Verdict.APPROVED)
    assert text.is_published
    assert (text.stage, text.body) == (Stage.PUBLISHED, "Waiting words.")
    assert found(session) == ["Waiting words."]
    told = session.scalars(select(OutboxEvent.name).where(OutboxEvent.name.startswith("Review")))
    assert sorted(told) == ["ReviewAsked", "ReviewGiven"]


def test_nobody_reviews_their_own_text(session: Session, author: Actor) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    with pytest.raises(ForbiddenError):
        give(session, text, author, Verdict.APPROVED)


def test_changes_are_asked_for_with_a_word(session: Session, author: Actor, reviewer: Actor) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    with pytest.raises(InvalidError):
        give(session, text, reviewer, Verdict.CHANGES_ASKED, " ")
    give(session, text, reviewer, Verdict.CHANGES_ASKED, "Name the printer.")
    assert text.stage is Stage.CHANGES_ASKED
    assert not text.is_published
    assert session.scalars(select(ArticleReview.comment)).one() == "Name the printer."


def test_a_text_changed_under_review_has_to_be_asked_for_again(
    session: Session, author: Actor, reviewer: Actor
) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    number = text.newest_number
    save(session, text, author, "Other words.")
    assert text.stage is Stage.DRAFT
    with pytest.raises(ConflictError):
        workflow.review(
            session,
            actor=reviewer,
            article=article_of(session, text),
            language="en",
            number=number,
            verdict=Verdict.APPROVED,
            comment="",
            now=LATER,
        )


def test_an_approved_text_waits_for_its_time(session: Session, author: Actor, reviewer: Actor) -> None:
    text = reviewed(session, author)
    ask(session, text, author, publish_at=LATER + timedelta(days=1))
    give(session, text, reviewer, Verdict.APPROVED)
    assert (text.stage, text.is_published) == (Stage.SCHEDULED, False)
    assert workflow.publish_due(session, now=LATER) == []
    assert workflow.publish_due(session, now=LATER + timedelta(days=1)) == [text.article_id]
    assert text.is_published
    assert workflow.publish_due(session, now=LATER + timedelta(days=2)) == []


def test_saving_takes_a_scheduled_text_back(session: Session, author: Actor) -> None:
    text = make_article(session, status=DRAFT)
    publish(session, text, author, publish_at=LATER + timedelta(days=1))
    save(session, text, author, "Not yet.")
    assert workflow.publish_due(session, now=LATER + timedelta(days=2)) == []
    assert not text.is_published


def test_an_archived_text_is_gone_and_comes_back(session: Session, author: Actor) -> None:
    text = make_article(session)
    save(session, text, author, "Newer words.")
    article = article_of(session, text)
    workflow.archive(session, actor=author, article=article, language="en", now=LATER)
    assert found(session) == []
    with pytest.raises(NotFoundError):
        queries.article_for(session, actor_of(make_customer(session)), text.article_id, language="en")
    workflow.bring_back(session, actor=author, article=article, language="en", now=LATER)
    assert (text.is_published, text.has_changes) == (True, True)
    assert found(session) == ["What you can do then.\nChoose Print."]


def test_what_readers_see_already_is_not_sent_for_review(session: Session, author: Actor) -> None:
    text = make_article(session)
    article = article_of(session, text)
    assert not workflow.ask_for_review(session, actor=author, article=article, language="en", now=NOW)
    assert text.stage is Stage.PUBLISHED


def test_a_review_remembers_who_asked_and_when(session: Session, author: Actor) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    revision = revision_of(session, text, text.newest_number)
    assert (revision.review_asked_at, revision.review_asked_by_id) == (NOW, author.user_id)


def test_a_text_that_waits_can_be_taken_back(session: Session, author: Actor, reviewer: Actor) -> None:
    text = reviewed(session, author)
    article = article_of(session, text)
    with pytest.raises(ConflictError):
        workflow.take_back(actor=author, article=article, language="en")
    ask(session, text, author, publish_at=LATER)
    workflow.take_back(actor=author, article=article, language="en")
    assert (text.stage, text.publish_at) == (Stage.DRAFT, None)
    with pytest.raises(ConflictError):
        give(session, text, reviewer, Verdict.APPROVED)


def test_an_archived_text_waits_for_nothing(session: Session, author: Actor, reviewer: Actor) -> None:
    text = reviewed(session, author)
    ask(session, text, author)
    workflow.archive(session, actor=author, article=article_of(session, text), language="en", now=LATER)
    with pytest.raises(ConflictError):
        give(session, text, reviewer, Verdict.APPROVED)
    assert text.status is ArticleStatus.ARCHIVED


def test_an_archived_draft_comes_back_as_a_draft(session: Session, author: Actor) -> None:
    text = make_article(session, status=DRAFT)
    article = article_of(session, text)
    workflow.archive(session, actor=author, article=article, language="en", now=LATER)
    workflow.bring_back(session, actor=author, article=article, language="en", now=LATER)
    assert text.status is DRAFT


@pytest.mark.parametrize(
    "act",
    [
        lambda session, article, actor: workflow.archive(
            session, actor=actor, article=article, language="en", now=NOW
        ),
        lambda session, article, actor: workflow.bring_back(
            session, actor=actor, article=article, language="en", now=NOW
        ),
        lambda session, article, actor: workflow.ask_for_review(
            session, actor=actor, article=article, language="en", now=NOW
        ),
        lambda _session, article, actor: workflow.take_back(actor=actor, article=article, language="en"),
        lambda session, article, actor: workflow.publish(
            session, actor=actor, article=article, language="en", now=NOW
        ),
    ],
)
def test_customers_decide_nothing(session: Session, act: Callable[[Session, Article, Actor], object]) -> None:
    article = article_of(session, make_article(session))
    with pytest.raises(ForbiddenError):
        act(session, article, actor_of(make_customer(session)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([Significance.TYPO], Freshness.FRESH),
        ([Significance.TYPO, Significance.NORMAL], Freshness.TO_UPDATE),
        ([Significance.MAJOR, Significance.NORMAL], Freshness.OUTDATED),
    ],
)
def test_a_translation_follows_what_changes_in_its_source(
    session: Session, author: Actor, changes: list[Significance], expected: Freshness
) -> None:
    english = make_article(session)
    japanese = translate(session, english)
    for number, significance in enumerate(changes):
        save(session, english, author, f"Words {number}.", significance=significance)
    assert japanese.freshness is Freshness.FRESH, "readers do not see the change yet"
    publish(session, english, author)
    assert japanese.freshness is expected
    save(session, japanese, author, "新しい文章です。", source_number=english.live_number)
    publish(session, japanese, author)
    assert japanese.freshness is Freshness.FRESH


def test_mending_a_translation_does_not_make_it_fresh(session: Session, author: Actor) -> None:
    english = make_article(session)
    japanese = translate(session, english)
    save(session, english, author, "Other words.", significance=Significance.MAJOR)
    publish(session, english, author)
    save(session, japanese, author, "誤字を直しました。", source_number=1)
    publish(session, japanese, author)
    assert japanese.freshness is Freshness.OUTDATED
