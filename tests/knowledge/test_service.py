from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.knowledge import queries, service
from portal.knowledge.models import ArticleStatus, ArticleVote, Section, Translation
from portal.knowledge.service import Ballot, Place, Text
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, make_section, translate

LATER = NOW + timedelta(hours=1)
DRAFT, PUBLISHED = ArticleStatus.DRAFT, ArticleStatus.PUBLISHED


@pytest.fixture
def section(session: Session) -> Section:
    return make_section(session)


def write(session: Session, section: Section, *, actor: Actor = SYSTEM, **values: str) -> Translation:
    text = Text(**({"title": "Print labels", "body": "Choose **Print**."} | values))
    place = Place(section_id=section.id)
    return service.create_article(
        session, actor=actor, place=place, language="en", text=text, status=PUBLISHED, now=NOW
    )


def change(
    session: Session, translation: Translation, *, actor: Actor = SYSTEM, **values: object
) -> Translation:
    article = translation.article
    given = {
        "version": translation.version,
        "place": Place(section_id=article.section_id, audience=article.audience),
        "language": translation.language,
        "text": Text(title=translation.title, body=translation.body),
        "status": translation.status,
        "now": LATER,
    }
    return service.update_article(session, actor=actor, article_id=article.id, **(given | values))  # type: ignore[arg-type]  # Its parameters.


def findable(session: Session) -> dict[str, tuple[str, str]]:
    rows = session.scalars(select(SearchDocument).where(~SearchDocument.is_removed))
    return {row.key: (row.title, "|".join(sorted(row.audience))) for row in rows}


def test_saving_renders_and_makes_the_address(session: Session, section: Section) -> None:
    author = actor_of(make_user(session))
    text = write(
        session, section, actor=author, title="  Print\n labels ", body="# Labels\n\nChoose **Print**."
    )
    assert (text.title, text.slug, text.author_id) == ("Print labels", "print-labels", author.user_id)
    assert "<strong>Print</strong>" in text.body_html
    assert "Choose Print." in text.body_text
    assert [(level, heading) for level, _, heading in text.headings] == [(2, "Labels")]


def test_articles_line_up_in_their_section(session: Session, section: Section) -> None:
    assert [write(session, section).article.position for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(("field", "title", "body"), [("title", " ", "Words."), ("body", "Title", "\n")])
def test_an_article_needs_title_and_text(
    session: Session, section: Section, field: str, title: str, body: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        write(session, section, title=title, body=body)
    assert caught.value.field == field


def test_an_article_needs_a_section_that_exists(session: Session, section: Section) -> None:
    section.id = 10_000
    session.expunge(section)
    with pytest.raises(InvalidError) as caught:
        write(session, section)
    assert caught.value.field == "section_id"


def test_only_staff_write(session: Session, section: Section) -> None:
    customer, text = actor_of(make_customer(session)), make_article(session)
    with pytest.raises(ForbiddenError):
        write(session, section, actor=customer)
    with pytest.raises(NotFoundError):
        change(session, text, actor=customer)
    with pytest.raises(ForbiddenError):
        service.publish(session, actor=customer, article=text.article, language="en", now=NOW)


def test_only_published_texts_are_found(session: Session) -> None:
    english = make_article(session)
    japanese = translate(session, english, status=DRAFT)
    key = f"article:{english.article_id}"
    assert findable(session) == {f"{key}:en": ("Print labels", "public")}
    article = queries.editable_article_for(session, SYSTEM, english.article_id)
    assert service.publish(session, actor=SYSTEM, article=article, language="ja", now=LATER)
    assert not service.publish(session, actor=SYSTEM, article=article, language="ja", now=LATER)
    assert japanese.published_at == LATER
    assert findable(session).keys() == {f"{key}:en", f"{key}:ja"}
    change(session, english, status=DRAFT)
    assert findable(session).keys() == {f"{key}:ja"}


def test_publishing_what_is_not_written_is_refused(session: Session) -> None:
    article = make_article(session).article
    with pytest.raises(NotFoundError):
        service.publish(session, actor=SYSTEM, article=article, language="ja", now=NOW)


def test_search_follows_text_address_and_audience_in_every_language(
    session: Session, section: Section
) -> None:
    english = make_article(session)
    translate(session, english)
    place = Place(section_id=section.id, audience=STAFF)
    change(session, english, text=Text(title="Print slips", body="New."), place=place)
    key = f"article:{english.article_id}"
    assert findable(session) == {
        f"{key}:en": ("Print slips", "staff"),
        f"{key}:ja": ("ラベルを印刷する", "staff"),
    }
    document = session.scalars(select(SearchDocument).where(SearchDocument.key == f"{key}:en")).one()
    assert document.path == f"/help/en/articles/{english.article_id}-print-slips"
    assert (document.group, document.body, document.stale_since) == (key, "New.", LATER)
    assert english.article.section_id == section.id


def test_the_summary_can_be_found_too(session: Session) -> None:
    make_article(session)
    assert session.scalars(select(SearchDocument.body)).one() == "What you can do then.\nChoose Print."


def test_a_stale_save_is_a_conflict_and_changes_nothing(session: Session) -> None:
    text = make_article(session)
    read = text.version
    change(session, text, text=Text(title="Mine", body="Mine"))
    session.commit()
    with pytest.raises(ConflictError):
        change(session, text, version=read, text=Text(title="Yours", body="Yours"))
    with pytest.raises(ConflictError):
        change(session, text, version=None)
    assert text.title == "Mine"


def test_changing_only_the_audience_makes_older_forms_stale(session: Session) -> None:
    text = make_article(session)
    read = text.version
    change(session, text, place=Place(section_id=text.article.section_id, audience=SIGNED_IN))
    assert text.version > read


def test_translating_twice_from_an_empty_form_is_a_conflict(session: Session) -> None:
    english = make_article(session)
    translate(session, english)
    with pytest.raises(ConflictError):
        translate(session, english)


def vote(
    session: Session, text: Translation, ballot: Ballot, *, actor: Actor = VISITOR, voter: str = "visitor:a"
) -> None:
    service.vote(
        session, actor=actor, voter=voter, article_id=text.article_id, language="en", ballot=ballot, now=NOW
    )


def votes(session: Session) -> list[tuple[str, bool, str, str]]:
    rows = session.scalars(
        select(ArticleVote).order_by(ArticleVote.id).execution_options(populate_existing=True)
    )
    return [(row.voter, row.is_helpful, row.reason, row.comment) for row in rows]


def test_a_vote_counts_once_a_reader_and_can_be_changed(session: Session) -> None:
    text = make_article(session)
    vote(session, text, Ballot(is_helpful=False, reason="unclear", comment="Which printer?"))
    vote(session, text, Ballot(is_helpful=True), voter="visitor:b")
    vote(session, text, Ballot(is_helpful=True))
    assert votes(session) == [("visitor:a", True, "", ""), ("visitor:b", True, "", "")]


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
    assert not votes(session)
