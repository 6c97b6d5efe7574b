"""One act on many articles: each works, says why where it does not, is undone, and is for staff alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.audience import PUBLIC, STAFF
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.knowledge import service, workflow
from portal.knowledge.batches import service as batches
from portal.knowledge.batches.models import Act, ArticleBatch, Result
from portal.knowledge.batches.orders import Archive, Assign, BringBack, Move, Order, Publish, Readers, Verify
from portal.knowledge.batches.service import Pick
from portal.knowledge.models import Article, ArticleRevision, ArticleStatus, Section, Stage, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts, sections_needing_review
from portal.knowledge.structure import merging
from portal.knowledge.upkeep.duties import Duty
from portal.knowledge.upkeep.models import ArticleVerification
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import archive, make_article, make_section, translate
from tests.statements import statements

DRAFT: Final = ArticleStatus.DRAFT
LATER: Final = NOW + timedelta(hours=1)


@pytest.fixture
def editor(session: Session) -> Actor:
    return actor_of(make_user(session))


def article_of(session: Session, text: Translation) -> Article:
    return session.get_one(Article, text.article_id)


def picked(session: Session, *texts: Translation) -> list[Pick]:
    articles = session.scalars(select(Article)).all()  # Held, so that each text finds its own.
    return [Pick.of(text) for text in texts if articles]


def carry_out(session: Session, editor: Actor, order: Order, picks: list[Pick]) -> ArticleBatch:
    session.commit()
    session.expire_all()
    batch = batches.carry_out(session, actor=editor, order=order, picks=picks, now=LATER)
    session.commit()
    session.expire_all()
    return batch


def undo(session: Session, editor: Actor, batch: ArticleBatch) -> ArticleBatch:
    undone = batches.undo(session, actor=editor, batch_id=batch.id, now=LATER)
    session.commit()
    session.expire_all()
    return undone


def results(batch: ArticleBatch) -> list[Result]:
    return [outcome.result for outcome in batch.outcomes]


def titles(batch: ArticleBatch) -> list[str]:
    return [outcome.title for outcome in batch.outcomes]


def act_on(session: Session, text: Translation, act: Callable[..., Any]) -> None:
    article = article_with_texts(session, text.article_id)
    act(session, actor=SYSTEM, article=article, language=text.language, now=NOW)
    session.commit()


def needs_review(session: Session, text: Translation) -> None:
    session.get_one(Section, article_of(session, text).section_id).needs_review = True
    session.commit()


def findable(session: Session) -> set[str]:
    return set(session.scalars(select(SearchDocument.key).where(~SearchDocument.is_removed)))


def test_publishing_goes_ahead_where_it_may_and_says_why_where_not(session: Session, editor: Actor) -> None:
    draft, live = make_article(session, "Draft", status=DRAFT), make_article(session, "Live")
    reviewed = make_article(session, "Reviewed", status=DRAFT)
    needs_review(session, reviewed)
    waiting, refused = make_article(session, "Waits", status=DRAFT), make_article(session, "No", status=DRAFT)
    act_on(session, waiting, workflow.ask_for_review)
    refused.stage = Stage.CHANGES_ASKED
    timed, old = make_article(session, "Timed", status=DRAFT), make_article(session, "Old")
    timed.stage, timed.publish_at = Stage.SCHEDULED, LATER
    archive(session, old)
    texts = (draft, live, reviewed, waiting, refused, timed, old)
    batch = carry_out(session, editor, Publish(), picked(session, *texts))
    assert dict(zip(titles(batch), results(batch), strict=True)) == {
        "Draft": Result.DONE,
        "Live": Result.AS_IT_WAS,
        "Reviewed": Result.SENT,
        "Waits": Result.IN_REVIEW,
        "No": Result.CHANGES_ASKED,
        "Timed": Result.SCHEDULED,
        "Old": Result.ARCHIVED,
    }
    assert (batch.done, batch.left_alone) == (2, 5)
    assert draft.is_published
    assert f"article:{draft.article_id}:en" in findable(session)
    assert (reviewed.status, reviewed.stage) == (DRAFT, Stage.IN_REVIEW)
    assert (waiting.stage, refused.stage, timed.stage) == (
        Stage.IN_REVIEW,
        Stage.CHANGES_ASKED,
        Stage.SCHEDULED,
    )
    assert old.status is ArticleStatus.ARCHIVED
    assert not batches.may_undo(batch)


def test_the_plan_is_what_is_then_done(session: Session, editor: Actor) -> None:
    draft, live = make_article(session, status=DRAFT), make_article(session)
    reviewed = make_article(session, status=DRAFT)
    needs_review(session, reviewed)
    picks = [*picked(session, draft, live, reviewed), Pick(article_id=424242, language="en")]
    session.expunge_all()
    plan = batches.plan_for(session, editor, Publish(), picks)
    session.expunge_all()
    batch = carry_out(session, editor, Publish(), picks)
    assert [outcome.result for outcome in plan] == results(batch)
    assert results(batch) == [Result.DONE, Result.AS_IT_WAS, Result.SENT, Result.GONE]


def test_what_needs_a_review_above_needs_it_below(session: Session) -> None:
    top, other = make_section(session), make_section(session)
    inner = make_section(session, parent=make_section(session, parent=top))
    top.needs_review = True
    session.commit()
    assert sections_needing_review(session) == {top.id, inner.parent_id, inner.id}
    assert other.id not in sections_needing_review(session)


def test_archiving_and_bringing_back(session: Session, editor: Actor) -> None:
    live, draft, old = make_article(session), make_article(session, status=DRAFT), make_article(session)
    japanese = translate(session, live)
    archive(session, old)
    batch = carry_out(session, editor, Archive(), picked(session, live, draft, old))
    assert results(batch) == [Result.DONE, Result.DONE, Result.AS_IT_WAS]
    assert findable(session) == {f"article:{japanese.article_id}:ja"}
    undone = undo(session, editor, batch)
    assert results(undone) == [Result.DONE, Result.DONE]
    assert (live.status, draft.status, old.status) == (
        ArticleStatus.PUBLISHED,
        DRAFT,
        ArticleStatus.ARCHIVED,
    )
    back = carry_out(session, editor, BringBack(), picked(session, live, old))
    assert results(back) == [Result.AS_IT_WAS, Result.DONE]
    assert old.is_published
    undo(session, editor, back)
    assert (live.status, old.status) == (ArticleStatus.PUBLISHED, ArticleStatus.ARCHIVED)


def test_moving_takes_an_article_in_all_its_languages_once(session: Session, editor: Actor) -> None:
    english, target = make_article(session, audience=STAFF), make_section(session)
    japanese, there = translate(session, english), make_article(session, section=target)
    before = article_of(session, english).section_id
    batch = carry_out(session, editor, Move(target.id), picked(session, english, japanese, there))
    assert results(batch) == [Result.DONE, Result.AS_IT_WAS]
    assert (article_of(session, english).section_id, article_of(session, english).audience) == (
        target.id,
        STAFF,
    )
    undone = undo(session, editor, batch)
    assert results(undone) == [Result.DONE]
    assert (article_of(session, english).section_id, article_of(session, there).section_id) == (
        before,
        target.id,
    )


def test_choosing_readers(session: Session, editor: Actor) -> None:
    public, hidden = make_article(session), make_article(session, audience=STAFF)
    before = article_of(session, public).section_id
    batch = carry_out(session, editor, Readers(STAFF), picked(session, public, hidden))
    assert results(batch) == [Result.DONE, Result.AS_IT_WAS]
    assert (article_of(session, public).audience, article_of(session, public).section_id) == (STAFF, before)
    document = select(SearchDocument.audience).where(SearchDocument.key == f"article:{public.article_id}:en")
    assert session.scalar(document) == STAFF
    undo(session, editor, batch)
    assert article_of(session, public).audience == PUBLIC


def test_saying_who_verifies(session: Session, editor: Actor) -> None:
    first, second, anna = make_article(session), make_article(session), make_user(session)
    article_of(session, first).verify_every_days = 9
    article_of(session, second).verifier_id, article_of(session, second).verify_every_days = anna.id, 30
    order = Assign(Duty(verifier_id=anna.id, every_days=30))
    session.commit()
    batch = carry_out(session, editor, order, picked(session, first, second))
    assert results(batch) == [Result.DONE, Result.AS_IT_WAS]
    assert (article_of(session, first).verifier_id, article_of(session, first).verify_every_days) == (
        anna.id,
        30,
    )
    undo(session, editor, batch)
    assert (article_of(session, first).verifier_id, article_of(session, first).verify_every_days) == (None, 9)


def test_noting_that_articles_are_true(session: Session, editor: Actor) -> None:
    english, draft = make_article(session), make_article(session, status=DRAFT)
    japanese, archived = translate(session, english), make_article(session)
    archive(session, archived)
    batch = carry_out(session, editor, Verify(), picked(session, english, japanese, draft, archived))
    assert results(batch) == [Result.DONE, Result.UNPUBLISHED, Result.UNPUBLISHED]
    assert (article_of(session, english).verified_at, article_of(session, english).verified_by_id) == (
        LATER,
        editor.user_id,
    )
    assert results(undo(session, editor, batch)) == [Result.DONE]
    assert (article_of(session, english).verified_at, article_of(session, english).verified_by_id) == (
        NOW,
        None,
    )
    assert session.scalars(select(ArticleVerification)).all() == []


def test_what_someone_has_verified_since_stays_verified(session: Session, editor: Actor) -> None:
    text = make_article(session)
    batch = carry_out(session, editor, Verify(), picked(session, text))
    article_of(session, text).verified_at = LATER + timedelta(minutes=1)
    session.commit()
    undone = undo(session, editor, batch)
    assert results(undone) == [Result.REFUSED]
    assert undone.outcomes[0].message == "Someone has verified it again since."
    assert article_of(session, text).verified_at == LATER + timedelta(minutes=1)


def write(session: Session, text: Translation, words: str = "Newer words.") -> None:
    article = article_with_texts(session, text.article_id)
    newer = Text(title=text.title, body=words)
    service.save_text(session, actor=SYSTEM, article=article, language="en", text=newer, now=NOW)


def write_again(session: Session, text: Translation) -> None:
    write(session, text, "Newest words.")


def move_away(session: Session, text: Translation) -> None:
    article_of(session, text).section_id = make_section(session).id


def merge_away(session: Session, text: Translation) -> None:
    target = make_article(session)
    merging.merge(session, actor=SYSTEM, article_id=text.article_id, target_id=target.article_id, now=NOW)


def delete(session: Session, text: Translation) -> None:
    session.delete(session.get_one(Translation, text.id))


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (write_again, Result.CHANGED),
        (move_away, Result.CHANGED),
        (merge_away, Result.MERGED),
        (delete, Result.GONE),
    ],
)
@pytest.mark.parametrize("order", [Publish(), Archive(), Verify(), Readers(STAFF)])
def test_what_changed_since_it_was_chosen_is_left_alone(
    session: Session,
    editor: Actor,
    order: Order,
    change: Callable[[Session, Translation], None],
    result: Result,
) -> None:
    stale, other = make_article(session, "Stale"), make_article(session, "Other")
    write(session, stale)
    write(session, other)
    session.commit()
    article, picks = article_of(session, stale), picked(session, stale, other)
    change(session, stale)
    session.commit()
    before = (article.audience, article.verified_at, article.section_id)
    batch = carry_out(session, editor, order, picks)
    assert results(batch) == [result, Result.DONE]
    assert (article.audience, article.verified_at, article.section_id) == before


def test_one_language_that_changed_holds_the_whole_article(session: Session, editor: Actor) -> None:
    english = make_article(session)
    japanese = translate(session, english)
    picks = picked(session, english, japanese)
    archive(session, japanese)
    assert results(carry_out(session, editor, Verify(), picks)) == [Result.CHANGED]


def test_undoing_leaves_alone_what_was_changed_since(session: Session, editor: Actor) -> None:
    moved, again, target = make_article(session), make_article(session), make_section(session)
    batch = carry_out(session, editor, Move(target.id), picked(session, moved, again))
    elsewhere = make_section(session)
    article_of(session, again).section_id = elsewhere.id
    session.commit()
    assert results(undo(session, editor, batch)) == [Result.DONE, Result.CHANGED]
    assert article_of(session, moved).section_id != target.id
    assert article_of(session, again).section_id == elsewhere.id


def test_undoing_is_done_once_and_not_itself_undone(session: Session, editor: Actor) -> None:
    batch = carry_out(session, editor, Archive(), picked(session, make_article(session)))
    assert batches.may_undo(batch)
    undone = undo(session, editor, batch)
    assert (undone.act, undone.undoes_id, batch.undone_at) == (Act.BRING_BACK, batch.id, LATER)
    for done in (batch, undone):
        assert not batches.may_undo(done)
        with pytest.raises(ConflictError):
            undo(session, editor, done)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Move(), "section_id"),
        (Move(424242), "section_id"),
        (Readers(), "audience"),
        (Assign(Duty(verifier_id=424242)), "verifier_id"),
        (Assign(Duty(every_days=0)), "verify_every_days"),
    ],
)
def test_what_cannot_be_chosen_changes_nothing(
    session: Session, editor: Actor, order: Order, field: str
) -> None:
    text = make_article(session)
    with pytest.raises(InvalidError) as error:
        carry_out(session, editor, order, picked(session, text))
    assert error.value.field == field
    assert session.scalars(select(ArticleBatch)).all() == []


ORDERS: Final = (Publish(), Archive(), BringBack(), Move(1), Readers(STAFF), Assign(Duty()), Verify())


@pytest.mark.parametrize("order", ORDERS)
def test_only_staff_may(session: Session, editor: Actor, order: Order) -> None:
    customer, text = actor_of(make_customer(session)), make_article(session)
    with pytest.raises(ForbiddenError):
        carry_out(session, customer, order, picked(session, text))
    with pytest.raises(ForbiddenError):
        batches.plan_for(session, customer, order, picked(session, text))
    batch = carry_out(session, editor, Archive(), picked(session, text))
    with pytest.raises(NotFoundError):
        batches.undo(session, actor=customer, batch_id=batch.id, now=LATER)
    assert batches.batches_for(session, customer) == []
    assert [found.id for found in batches.batches_for(session, editor)] == [batch.id]


def test_an_article_that_cannot_follow_stops_no_other(session: Session, editor: Actor) -> None:
    long, good = make_article(session, "Too long"), make_article(session, status=DRAFT)
    write(session, long)
    newest = select(ArticleRevision).where(ArticleRevision.body == "Newer words.")
    session.scalars(newest).one().body = "x" * 200_001
    session.commit()
    batch = carry_out(session, editor, Publish(), picked(session, long, good))
    assert results(batch) == [Result.REFUSED, Result.DONE]
    assert "longer than 200,000 characters" in batch.outcomes[0].message
    assert (long.live_number, long.stage, long.body) == (1, Stage.DRAFT, "Choose **Print**.")
    assert good.is_published


class Halfway(Archive):
    """Archives, and then finds that it should not have."""

    def do(self, session: Session, *, actor: Actor, text: Translation, result: Result, now: datetime) -> None:
        super().do(session, actor=actor, text=text, result=result, now=now)
        if text.title == "Unfit":
            raise ConflictError("not this one, %(title)s", title=text.title)


def test_nothing_is_done_by_half(session: Session, editor: Actor) -> None:
    unfit, fit = make_article(session, "Unfit"), make_article(session)
    batch = carry_out(session, editor, Halfway(), picked(session, unfit, fit))
    assert results(batch) == [Result.REFUSED, Result.DONE]
    assert (unfit.is_published, fit.is_published) == (True, False)
    assert findable(session) == {f"article:{unfit.article_id}:en"}
    assert batch.outcomes[0].params == {"title": "Unfit"}


def test_plans_cost_the_same_whatever_is_chosen(session: Session, editor: Actor) -> None:
    texts = [make_article(session) for _ in range(12)]
    picks = picked(session, *texts)
    session.expunge_all()
    session.connection()
    with statements() as few:
        batches.plan_for(session, editor, Verify(), picks[:1])
    session.expunge_all()
    with statements() as many:
        batches.plan_for(session, editor, Verify(), picks)
    assert len(few) == len(many) == 3
