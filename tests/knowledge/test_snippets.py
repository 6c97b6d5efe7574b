from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portal.core.outbox import OutboxEvent
from portal.knowledge import rendering
from portal.knowledge.models import Translation
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets.models import Snippet
from portal.search.models import SearchDocument
from tests.knowledge.factories import make_article, make_section, translate

Work = Callable[[], None]


def make_snippet(session: Session, name: str = "refund-days", **bodies: str) -> Snippet:
    snippet = snippets.add_snippet(session, actor=SYSTEM, name=name, bodies=bodies or {"en": "30 days"})
    session.commit()
    return snippet


def change(session: Session, snippet: Snippet, **bodies: str) -> None:
    snippets.update_snippet(session, actor=SYSTEM, snippet_id=snippet.id, bodies=bodies)
    session.commit()


def shown(session: Session) -> list[str]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Translation.body_text).order_by(Translation.id)))


def test_a_change_reaches_every_article_that_uses_it(session: Session, work: Work) -> None:
    snippet, section = make_snippet(session), make_section(session)
    count = 2 * rendering.A_FEW + 1
    for number in range(count):
        make_article(session, body=f"{number}: {{{{snippet:refund-days}}}}", section=section)
    make_article(session, body="{{snippet:refund-days-2}}", section=section)
    assert shown(session)[0] == "0: 30 days"
    change(session, snippet, en="14 days")
    work()
    assert shown(session) == [f"{number}: 14 days" for number in range(count)] + ["{{snippet:refund-days-2}}"]
    bodies = session.scalars(select(SearchDocument.body).order_by(SearchDocument.id)).all()
    assert all(body.endswith("14 days") for body in bodies[:count])
    assert session.scalar(select(OutboxEvent.id).where(OutboxEvent.finished_at.is_(None))) is None


def test_each_reader_sees_it_in_the_language_of_the_text(session: Session) -> None:
    make_snippet(session, en="30 days", ja="30日間")
    english = make_article(session, body="{{snippet:refund-days}}")
    japanese = translate(session, english)
    assert snippets.expanded(session, "{{snippet:refund-days}}", "ja") == "30日間"
    assert english.body_text == "30 days"
    assert japanese.body_text == "印刷 を選びます。"


def test_a_snippet_in_one_language_serves_both(session: Session) -> None:
    make_snippet(session)
    assert snippets.expanded(session, "{{snippet:refund-days}}", "ja") == "30 days"


def test_a_name_that_was_used_before_is_filled_once_it_exists(session: Session, work: Work) -> None:
    make_article(session, body="After {{snippet:refund-days}}.")
    assert shown(session) == ["After {{snippet:refund-days}}."]
    make_snippet(session)
    work()
    assert shown(session) == ["After 30 days."]


def test_a_page_that_was_kept_follows(client: FlaskClient, session: Session, work: Work) -> None:
    snippet = make_snippet(session)
    text = make_article(session, body="{{snippet:refund-days}}")
    path = f"/help/en/articles/{text.article_id}-{text.slug}"
    assert "30 days" in client.get(path).text
    change(session, snippet, en="14 days")
    work()
    assert "14 days" in client.get(path).text


@pytest.mark.parametrize("name", ["", "Refund", "refund days", "-a", "a_b", "x" * 61, "返金"])
def test_a_name_has_to_be_simple(session: Session, name: str) -> None:
    with pytest.raises(InvalidError) as error:
        snippets.add_snippet(session, actor=SYSTEM, name=name, bodies={"en": "a"})
    assert error.value.field == "name"


def test_a_name_is_taken_once(session: Session) -> None:
    make_snippet(session)
    with pytest.raises(InvalidError):
        make_snippet(session)


def test_a_snippet_says_something(session: Session) -> None:
    with pytest.raises(InvalidError) as error:
        make_snippet(session, en=" ", ja="")
    assert error.value.field == "body"


def test_what_is_used_cannot_be_removed(session: Session) -> None:
    snippet = make_snippet(session)
    text = make_article(session, body="{{snippet:refund-days}}")
    assert [use.id for use in snippets.uses_for(session, SYSTEM, snippet)] == [text.id]
    with pytest.raises(ConflictError):
        snippets.remove_snippet(session, actor=SYSTEM, snippet_id=snippet.id)
    text.body = "none"
    snippets.remove_snippet(session, actor=SYSTEM, snippet_id=snippet.id)
    session.commit()
    assert session.scalars(select(Snippet)).all() == []


def test_names_without_a_text_are_told(session: Session) -> None:
    make_snippet(session)
    make_article(session, body="{{snippet:refund-days}} {{snippet:gone}}")
    make_article(session, body="{{snippet:gone}}")
    assert snippets.counts_for(session, SYSTEM) == {"refund-days": 1, "gone": 2}


def test_only_who_may_write_sees_and_changes_them(session: Session) -> None:
    snippet = make_snippet(session)
    make_article(session, body="{{snippet:refund-days}}")
    assert snippets.snippets_for(session, VISITOR) == ()
    assert snippets.counts_for(session, VISITOR) == {}
    assert snippets.uses_for(session, VISITOR, snippet) == ()
    with pytest.raises(ForbiddenError):
        snippets.add_snippet(session, actor=VISITOR, name="a", bodies={"en": "a"})
    with pytest.raises(NotFoundError):
        snippets.update_snippet(session, actor=VISITOR, snippet_id=snippet.id, bodies={"en": "a"})
    with pytest.raises(NotFoundError):
        snippets.remove_snippet(session, actor=VISITOR, snippet_id=snippet.id)
