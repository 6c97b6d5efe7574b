"""Topics are gathered under tags, whatever word people know them by."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import STAFF
from portal.accounts.models import User
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.forum import queries, tags
from portal.forum.models import Tag, Topic
from portal.forum.paths import path_of_topic
from portal.forum.tags import TagDraft
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_board, make_customer, make_reply, make_topic, make_user
from tests.forum.reading import read_topic

Browse = Callable[[User], FlaskClient]


@pytest.fixture
def staff(session: Session) -> Actor:
    return actor_of(make_user(session))


@pytest.fixture
def invoices(session: Session, staff: Actor) -> Tag:
    draft = TagDraft(names={"en": "Invoices", "ja": "請求書"}, synonyms=("Bills", "ｲﾝﾎﾞｲｽ"))
    tag = tags.add_tag(session, actor=staff, draft=draft)
    session.commit()
    return tag


@pytest.fixture
def topic(session: Session) -> Topic:
    return make_topic(session, author=make_customer(session))


def tag_it(session: Session, actor: Actor, topic: Topic, *names: str) -> None:
    tags.set_tags(session, actor=actor, topic_id=topic.id, names=names, now=NOW)
    session.flush()


def words(session: Session) -> list[list[str]]:
    return list(session.scalars(select(SearchDocument.tags).order_by(SearchDocument.id)))


@pytest.mark.parametrize("written", ["invoices", " INVOICES ", "請求書", "bills", "インボイス"])
def test_any_word_for_a_tag_means_it(
    session: Session, staff: Actor, invoices: Tag, topic: Topic, written: str
) -> None:
    tag_it(session, staff, topic, written, "Invoices")

    assert queries.tags_of(session, topic) == [invoices]
    assert words(session) == [["bills", "invoices", "インボイス", "請求書"]]


def test_replies_are_found_by_the_tags_of_their_topic(
    session: Session, staff: Actor, invoices: Tag, topic: Topic
) -> None:
    make_reply(session, author=make_customer(session), topic=topic)
    tag_it(session, staff, topic, "bills")
    make_reply(session, author=make_customer(session), topic=topic)

    assert [len(found) for found in words(session)] == [4, 4, 4]
    tag_it(session, staff, topic)
    assert words(session) == [[], [], []]


def test_an_unknown_word_is_told(session: Session, staff: Actor, invoices: Tag, topic: Topic) -> None:
    with pytest.raises(InvalidError, match="There is no tag “Taxes”"):
        tag_it(session, staff, topic, "bills", "Taxes")


def test_only_the_author_and_moderators_tag(session: Session, invoices: Tag) -> None:
    author = make_customer(session)
    topic = make_topic(session, author=author)
    with pytest.raises(ForbiddenError):
        tag_it(session, actor_of(make_customer(session)), topic, "bills")
    tag_it(session, actor_of(author), topic, "bills")
    with pytest.raises(ForbiddenError):
        tags.add_tag(session, actor=actor_of(author), draft=TagDraft(names={"en": "Mine"}))


def test_a_synonym_reaches_every_topic_at_once(
    session: Session, staff: Actor, invoices: Tag, topic: Topic
) -> None:
    tag_it(session, staff, topic, "invoices")

    draft = TagDraft(names={"en": "Invoices"}, synonyms=("Statements",))
    tags.update_tag(session, actor=staff, slug="invoices", draft=draft, now=NOW)
    session.flush()

    assert words(session) == [["invoices", "statements"]]
    assert tags.synonyms_of(session, invoices) == ["statements"]


def test_one_word_means_one_tag(session: Session, staff: Actor, invoices: Tag) -> None:
    with pytest.raises(InvalidError, match="means another tag"):
        tags.add_tag(session, actor=staff, draft=TagDraft(names={"en": "Bills"}))


def test_merged_tags_are_one(session: Session, staff: Actor, invoices: Tag, topic: Topic) -> None:
    other = tags.add_tag(session, actor=staff, draft=TagDraft(names={"en": "Taxes"}))
    both = make_topic(session, author=make_customer(session))
    tag_it(session, staff, topic, "taxes")
    tag_it(session, staff, both, "taxes", "bills")

    tags.merge_tag(session, actor=staff, slug=other.slug, into="invoices", now=NOW)
    session.flush()

    assert tags.counts_for(session, VISITOR) == {invoices.id: 2}
    assert "taxes" in topic.tag_words
    assert tags.tags_named(session, ["Taxes"]) == [invoices]
    with pytest.raises(NotFoundError):
        tags.tag_at(session, "taxes")


def test_a_removed_tag_is_gone_from_its_topics(
    session: Session, staff: Actor, invoices: Tag, topic: Topic
) -> None:
    tag_it(session, staff, topic, "bills")
    tags.remove_tag(session, actor=staff, slug="invoices", now=NOW)
    session.flush()
    assert (topic.tag_words, words(session), tags.all_tags(session)) == ([], [[]], [])


def test_counts_and_pages_show_what_one_may_see(
    session: Session, staff: Actor, invoices: Tag, topic: Topic, client: FlaskClient
) -> None:
    hidden = make_topic(
        session, author=make_user(session), board=make_board(session, audience=STAFF), title="Secret"
    )
    tag_it(session, staff, topic, "bills")
    tag_it(session, staff, hidden, "bills")
    session.commit()

    assert tags.counts_for(session, VISITOR) == {invoices.id: 1}
    assert tags.counts_for(session, staff) == {invoices.id: 2}
    page = client.get("/community/tags/invoices").text
    assert path_of_topic(topic) in page
    assert "Secret" not in page


def test_a_question_comes_with_its_tags(session: Session, browser_of: Browse, invoices: Tag) -> None:
    browser, board = browser_of(make_customer(session)), make_board(session)
    form = {"title": "Where?", "body": "Where is it?", "board": board.slug, "kind": "question"}

    refused = browser.post("/community/topics/new", data=form | {"tags": "bills, taxes"})
    assert refused.status_code == 422
    assert "There is no tag “taxes”." in refused.text
    assert 'value="bills, taxes"' in refused.text

    path = browser.post("/community/topics/new", data=form | {"tags": "請求書"}).location
    page = browser.get(path).text
    assert 'href="/community/tags/invoices"' in page

    session.rollback()
    opening = read_topic(session, VISITOR, session.scalars(select(Topic.id)).one()).opening
    text = f"/community/posts/{opening.id}/text"
    assert 'value="Invoices"' in browser.get(text).text
    changed = {"title": "Where?", "body": "Where is it?", "edition": "1", "tags": ""}
    assert browser.post(text, data=changed).status_code == 303
    assert 'href="/community/tags/invoices"' not in browser.get(path).text


def test_the_pages_on_which_staff_keep_tags(session: Session, browser_of: Browse) -> None:
    browser = browser_of(make_user(session))
    assert browser.post("/staff/tags/", data={"name_en": " "}).status_code == 422
    assert browser.post("/staff/tags/", data={"name_en": "Bills", "synonyms": "Invoices"}).status_code == 303
    assert ">\ninvoices</textarea>" in browser.get("/staff/tags/bills").text.replace("\r", "")
    assert browser.post("/staff/tags/bills/merger", data={"into": "bills"}).status_code == 422
    assert browser.post("/staff/tags/bills/removal").status_code == 303
    assert browser.get("/staff/tags/bills").status_code == 404
