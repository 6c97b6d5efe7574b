from typing import Final

import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR, Actor
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF, Audience
from portal.core.errors import NotFoundError
from portal.knowledge import queries
from portal.knowledge.models import ArticleStatus
from tests.factories import actor_of, make_customer
from tests.knowledge.factories import make_article, make_section, translate

DRAFT: Final = ArticleStatus.DRAFT


def names(nodes: object) -> object:
    return [(node.section.name("en"), node.count, names(node.children)) for node in nodes]  # type: ignore[attr-defined]  # Nodes all the way down.


def test_the_tree_counts_what_is_visible_in_and_below_each_section(session: Session) -> None:
    top = make_section(session, "Top")
    inner = make_section(session, "Inner", parent=top)
    make_section(session, "Empty")
    make_article(session, section=top)
    make_article(session, section=inner)
    make_article(session, section=inner, status=DRAFT)
    make_article(session, section=inner, audience=STAFF)
    assert names(queries.sections_for(session, VISITOR)) == [("Top", 2, [("Inner", 1, [])])]
    assert names(queries.sections_for(session, SYSTEM)) == [("Top", 4, [("Inner", 3, [])]), ("Empty", 0, [])]


def test_an_article_in_two_languages_counts_once(session: Session) -> None:
    translate(session, make_article(session, section=make_section(session, "Top")))
    assert names(queries.sections_for(session, VISITOR)) == [("Top", 1, [])]


def test_a_section_without_anything_to_read_is_not_there_for_readers(session: Session) -> None:
    section = make_section(session)
    make_article(session, section=section, audience=STAFF)
    with pytest.raises(NotFoundError):
        queries.section_for(session, VISITOR, section.slug, language="en")
    assert queries.section_for(session, SYSTEM, section.slug, language="en").node.count == 1


def test_a_section_knows_the_way_from_the_top(session: Session) -> None:
    top = make_section(session)
    middle = make_section(session, parent=top)
    bottom = make_section(session, parent=middle)
    make_article(session, section=bottom)
    page = queries.section_for(session, VISITOR, bottom.slug, language="en")
    assert list(page.trail) == [top, middle]
    assert page.node.section is bottom


def test_a_list_shows_each_article_once_and_in_the_readers_language_where_it_can(session: Session) -> None:
    section = make_section(session)
    translate(session, make_article(session, "Both", section=section), "両方")
    make_article(session, "English only", section=section)
    translate(session, make_article(session, "Draft in Japanese", section=section), "下書き", status=DRAFT)
    links = queries.articles_for(session, VISITOR, section.id, language="ja")
    assert [(link.title, link.language) for link in links] == [
        ("両方", "ja"),
        ("English only", "en"),
        ("Draft in Japanese", "en"),
    ]


@pytest.mark.parametrize(
    ("audience", "visitor", "customer"),
    [
        (PUBLIC, True, True),
        (SIGNED_IN, False, True),
        (STAFF, False, False),
        (frozenset({"plan:team"}), False, True),
    ],
)
def test_an_article_is_there_for_its_audience_and_staff_only(
    session: Session, audience: Audience, *, visitor: bool, customer: bool
) -> None:
    article_id = make_article(session, audience=audience).article_id

    def sees(actor: Actor) -> bool:
        try:
            queries.article_for(session, actor, article_id, language="en")
        except NotFoundError:
            return False
        return True

    person = actor_of(make_customer(session))
    assert (sees(VISITOR), sees(person), sees(SYSTEM)) == (visitor, customer, True)


def test_a_missing_or_unpublished_translation_falls_back_to_a_published_one(session: Session) -> None:
    english = make_article(session)
    assert queries.article_for(session, VISITOR, english.article_id, language="ja") is english
    japanese = translate(session, english, status=DRAFT)
    assert queries.article_for(session, VISITOR, english.article_id, language="ja") is english
    assert queries.article_for(session, SYSTEM, english.article_id, language="ja") is japanese


def test_a_draft_is_there_for_staff_only(session: Session) -> None:
    article_id = make_article(session, status=DRAFT).article_id
    with pytest.raises(NotFoundError):
        queries.article_for(session, VISITOR, article_id, language="en")
    assert queries.article_for(session, SYSTEM, article_id, language="en").title == "Print labels"


def test_only_those_who_write_get_what_they_could_change(session: Session) -> None:
    translation = make_article(session)
    customer = actor_of(make_customer(session))
    with pytest.raises(NotFoundError):
        queries.editable_article_for(session, customer, translation.article_id)
    with pytest.raises(NotFoundError):
        queries.editable_section_for(session, customer, translation.article.section_id)
    assert queries.editable_article_for(session, SYSTEM, translation.article_id).translations == [translation]
