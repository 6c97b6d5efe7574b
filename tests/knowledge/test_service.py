from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.audience import STAFF, Audience
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.knowledge import queries, service
from portal.knowledge.models import ArticleRevision, ArticleStatus, Section, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.service import Edit, Place
from portal.knowledge.structure.sections import SectionDraft, update_section
from portal.search.models import SearchDocument
from portal.search.places import Places
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
    session: Session,
    translation: Translation,
    *,
    actor: Actor = SYSTEM,
    base: int | None = 0,
    body: str = "New.",
) -> Translation:
    return service.save_article(
        session,
        actor=actor,
        article_id=translation.article_id,
        base_number=translation.newest_number if base == 0 else base,
        language=translation.language,
        text=Text(title=translation.title, body=body),
        edit=Edit(),
        now=LATER,
    )


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
    with pytest.raises(NotFoundError):
        move(session, text, actor=customer)


def move(session: Session, text: Translation, *, actor: Actor = SYSTEM, audience: Audience = STAFF) -> None:
    place = Place(section_id=make_section(session).id, audience=audience)
    service.move_article(session, actor=actor, article_id=text.article_id, place=place, now=LATER)


def test_moving_holds_at_once_in_every_language(session: Session) -> None:
    english = make_article(session)
    translate(session, english)
    move(session, english)
    key = f"article:{english.article_id}"
    assert findable(session) == {
        f"{key}:en": ("Print labels", "staff"),
        f"{key}:ja": ("ラベルを印刷する", "staff"),
    }


def test_a_new_text_waits_while_readers_see_the_old_one(session: Session) -> None:
    text = make_article(session)
    change(session, text, body="Newer words.")
    assert (text.body, text.live_number, text.newest_number) == ("Choose **Print**.", 1, 2)
    assert text.has_changes
    assert "Newer" not in session.scalars(select(SearchDocument.body)).one()


def test_the_same_text_again_is_no_new_revision(session: Session) -> None:
    text = make_article(session)
    article = queries.article_with_texts(session, text.article_id)
    same = Text(title=f" {text.title}", body=text.body, summary=text.summary)
    service.save_text(session, actor=SYSTEM, article=article, language="en", text=same, now=LATER)
    assert (text.newest_number, text.has_changes) == (1, False)


def test_every_save_is_a_revision_with_its_author(session: Session) -> None:
    text, author = make_article(session, status=DRAFT), make_user(session)
    change(session, text, actor=actor_of(author), body="Second.")
    rows = session.scalars(select(ArticleRevision).order_by(ArticleRevision.number)).all()
    assert [(row.number, row.body, row.author_id) for row in rows] == [
        (1, "Choose **Print**.", None),
        (2, "Second.", author.id),
    ]
    assert text.body == "Second."


def test_the_summary_can_be_found_too(session: Session) -> None:
    make_article(session)
    assert session.scalars(select(SearchDocument.body)).one() == "What you can do then.\nChoose Print."


def test_a_stale_save_is_a_conflict_and_changes_nothing(session: Session) -> None:
    text = make_article(session, status=DRAFT)
    change(session, text, body="Mine")
    session.commit()
    with pytest.raises(ConflictError):
        change(session, text, base=1, body="Yours")
    with pytest.raises(ConflictError):
        change(session, text, base=None)
    assert text.body == "Mine"


def test_search_knows_where_an_article_stands(session: Session, section: Section) -> None:
    article_id = write(session, section).article_id
    place_now, other = select(SearchDocument.section), make_section(session)
    assert session.scalars(place_now).all() == [section.place]

    service.move_article(
        session,
        actor=SYSTEM,
        article_id=article_id,
        place=Place(section_id=other.id),
        now=LATER,
    )

    assert session.scalars(place_now).all() == [other.place]


def test_a_section_that_moves_takes_its_results_along(session: Session, section: Section) -> None:
    """Without a document being written."""
    inner = make_section(session, parent=section)
    other = make_section(session)
    draft = SectionDraft(names=inner.names, parent_id=other.id)
    assert inner.place in Places(queries.places(session)).within(section.slug)

    update_section(session, actor=SYSTEM, section_id=inner.id, draft=draft)

    assert inner.place in Places(queries.places(session)).within(other.slug)
    assert inner.place not in Places(queries.places(session)).within(section.slug)
