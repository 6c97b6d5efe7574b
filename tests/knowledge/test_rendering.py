from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.content.guard import MAX_SOURCE_CHARS
from portal.content.markdown import RENDERER_VERSION
from portal.knowledge import rendering
from portal.knowledge.models import ArticleStatus, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.service import Edit, save_article
from portal.knowledge.snippets import service as snippets
from portal.search.models import SearchDocument
from tests.factories import NOW
from tests.knowledge.factories import make_article

Work = Callable[[], None]


def make_stale(session: Session, text: Translation, html: str = "<p>old</p>") -> None:
    session.execute(
        update(Translation)
        .where(Translation.id == text.id)
        .values(body_html=html, body_text="old", renderer_version=RENDERER_VERSION - 1)
    )
    session.commit()


def fresh(session: Session, text: Translation) -> Translation:
    session.rollback()
    session.expire_all()
    return session.get_one(Translation, text.id)


def found(session: Session, text: Translation) -> str | None:
    key = f"article:{text.article_id}:{text.language}"
    return session.scalar(select(SearchDocument.body).where(SearchDocument.key == key))


def test_what_an_earlier_renderer_made_is_made_again(session: Session, work: Work) -> None:
    texts = [make_article(session, body=f"## Step {number}") for number in range(3)]
    work()
    for text in texts[:2]:
        make_stale(session, text)
    assert [rendering.rerender_stale(limit=1) for _ in range(3)] == [1, 1, 0]
    for number, text in enumerate(texts):
        now = fresh(session, text)
        assert now.body_html == f'<h2 id="h-step-{number}">Step {number}</h2>'
        assert now.headings == [[2, f"h-step-{number}", f"Step {number}"]]
        assert now.renderer_version == RENDERER_VERSION
        assert found(session, text) == f"What you can do then.\nStep {number}"


def test_whoever_writes_meanwhile_meets_no_conflict(session: Session) -> None:
    text = make_article(session)
    version, updated_at = text.version, text.updated_at
    make_stale(session, text)
    rendering.rerender_stale()
    now = fresh(session, text)
    assert (now.version, now.updated_at) == (version, updated_at)
    save_article(
        session,
        actor=SYSTEM,
        article_id=text.article_id,
        base_number=text.newest_number,
        language="en",
        text=Text(title="Print labels", body="Something else."),
        edit=Edit(),
        now=NOW + timedelta(days=1),
    )


def test_a_text_that_was_saved_meanwhile_is_left_alone(session: Session) -> None:
    text = make_article(session, body="Old")
    stale = session.get_one(Translation, text.id)
    session.expunge(stale)
    session.execute(
        update(Translation)
        .where(Translation.id == text.id)
        .values(body="New", body_html="<p>New</p>", version=Translation.version + 1)
    )
    rendering.rerender(session, stale, now=NOW)
    session.commit()
    assert fresh(session, text).body_html == "<p>New</p>"


def test_a_draft_stays_unfindable(session: Session) -> None:
    text = make_article(session, status=ArticleStatus.DRAFT)
    make_stale(session, text)
    rendering.rerender_stale()
    assert "Choose" in fresh(session, text).body_html
    assert found(session, text) is None


def test_what_has_grown_too_long_goes_on_showing_what_it_shows(session: Session) -> None:
    snippets.add_snippet(session, actor=SYSTEM, name="long", bodies={"en": "x" * 5000})
    text = make_article(session, body="a")
    make_stale(session, text)
    session.execute(update(Translation).values(body="{{snippet:long}}\n" * (MAX_SOURCE_CHARS // 5000 + 1)))
    session.commit()
    assert [rendering.rerender_stale(), rendering.rerender_stale()] == [1, 0]
    assert fresh(session, text).body_html == "<p>old</p>"


@pytest.mark.parametrize("body", ["Choose **Print**.", "{{snippet:a}}"])
def test_a_text_is_rendered_with_its_snippets(session: Session, body: str) -> None:
    snippets.add_snippet(session, actor=SYSTEM, name="a", bodies={"en": "Choose **Print**."})
    expected = "<p>Choose <strong>Print</strong>.</p>"
    assert rendering.rendered_text(session, body, "en").html == expected
    assert make_article(session, body=body).body_html == expected
