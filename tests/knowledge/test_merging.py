from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, VISITOR
from portal.accounts.audience import SIGNED_IN, STAFF
from portal.accounts.models import User
from portal.core.errors import ConflictError, InvalidError, NotFoundError
from portal.knowledge import queries
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.service import Ballot
from portal.knowledge.models import ArticleRevision, ArticleStatus, ArticleVote, Translation
from portal.knowledge.reading import publication
from portal.knowledge.reading import queries as reading
from portal.knowledge.structure import merging, see_also
from portal.search.models import SearchDocument
from tests.factories import NOW, actor_of, make_customer, make_user
from tests.knowledge.factories import make_article, rewrite, translate

Browser = Callable[[User], FlaskClient]


def merge(session: Session, old: Translation, stays: Translation) -> None:
    merging.merge(session, actor=SYSTEM, article_id=old.article_id, target_id=stays.article_id, now=NOW)
    session.commit()


def part(session: Session, text: Translation) -> None:
    merging.part(session, actor=SYSTEM, article_id=text.article_id, now=NOW)
    session.commit()


def addresses_of(text: Translation) -> list[str]:
    return [
        f"/help/articles/{text.article_id}",
        f"/help/en/articles/{text.article_id}-{text.slug}",
        f"/help/en/articles/{text.article_id}-any-slug",
        f"/help/ja/articles/{text.article_id}-any-slug",
    ]


def answers(browser: FlaskClient, text: Translation) -> list[tuple[int, str | None]]:
    return [((answer := browser.get(path)).status_code, answer.location) for path in addresses_of(text)]


@pytest.fixture
def old(session: Session) -> Translation:
    return make_article(session, "Old")


@pytest.fixture
def stays(session: Session) -> Translation:
    text = make_article(session, "Stays")
    translate(session, text, "残る")
    return text


def test_every_address_leads_to_the_one_that_stays(
    client: FlaskClient, session: Session, old: Translation, stays: Translation
) -> None:
    merge(session, old, stays)
    english = f"/help/en/articles/{stays.article_id}-stays"
    japanese = quote(f"/help/ja/articles/{stays.article_id}-残る")
    assert answers(client, old) == [
        (301, f"/help/articles/{stays.article_id}"),
        (301, english),
        (301, english),
        (301, japanese),
    ]


def test_the_addresses_lead_nowhere_for_those_who_may_not_see_the_other(
    client: FlaskClient, browser_of: Browser, session: Session, old: Translation
) -> None:
    merge(session, old, make_article(session, "Stays", audience=SIGNED_IN))
    assert {status for status, _ in answers(client, old)} == {404}
    assert {status for status, _ in answers(browser_of(make_customer(session)), old)} == {301}


def test_the_one_taken_over_is_in_no_list_search_or_feed(
    session: Session, old: Translation, stays: Translation
) -> None:
    other = make_article(session, "Other", section=old.article.section)
    merge(session, old, stays)
    section = old.article.section
    for actor in (VISITOR, SYSTEM):
        page = queries.section_for(session, actor, section.slug, language="en")
        assert ([link.title for link in page.articles], page.node.count) == (["Other"], 1)
        neighbours = reading.article_page_for(session, actor, other.article_id, language="en")
        assert (neighbours.previous, neighbours.related) == (None, [])
    assert old.title not in {
        text.title for text in publication.newest_texts(session, language="en", section_ids=None)
    }
    listed = publication.listed_articles(session, ["en"], offset=0, limit=10)
    assert [page.path.rpartition("-")[2] for page in listed] == ["stays", "other"]
    assert publication.count_articles(session, ["en"]) == 2
    found = session.scalars(select(SearchDocument.title).where(~SearchDocument.is_removed))
    assert set(found) == {"Stays", "残る", "Other"}


def test_a_later_publication_does_not_bring_it_back(
    session: Session, old: Translation, stays: Translation
) -> None:
    merge(session, old, stays)
    rewrite(session, old, "New.")
    assert "Old" not in set(session.scalars(select(SearchDocument.title).where(~SearchDocument.is_removed)))


def test_parting_brings_everything_back(
    client: FlaskClient, session: Session, old: Translation, stays: Translation
) -> None:
    before = answers(client, old)
    merge(session, old, stays)
    part(session, old)
    assert answers(client, old) == before
    assert "Old" in set(session.scalars(select(SearchDocument.title).where(~SearchDocument.is_removed)))


def test_its_history_stays(session: Session, old: Translation, stays: Translation) -> None:
    rewrite(session, old, "New.")
    merge(session, old, stays)
    article = queries.editable_article_for(session, SYSTEM, old.article_id)
    numbers = select(ArticleRevision.number).where(ArticleRevision.translation_id == old.id)
    assert (article.translations, list(session.scalars(numbers))) == ([old], [1, 2])


def test_see_also_links_go_on_from_the_one_that_stays(
    session: Session, old: Translation, stays: Translation
) -> None:
    to, elsewhere = make_article(session, "To"), make_article(session, "Elsewhere")
    for one, other in ((old, to), (elsewhere, old), (elsewhere, stays), (old, stays)):
        see_also.point_to(session, actor=SYSTEM, article_id=one.article_id, other_id=other.article_id)
    merge(session, old, stays)

    def chosen(text: Translation) -> list[str]:
        page = reading.article_page_for(session, VISITOR, text.article_id, language="en")
        return [link.title for link in page.see_also]

    assert (chosen(stays), chosen(elsewhere)) == (["To"], ["Stays"])
    part(session, old)
    assert (chosen(stays), chosen(elsewhere), chosen(old)) == ([], ["Old", "Stays"], ["To", "Stays"])


def test_what_is_said_at_an_old_address_is_said_of_the_one_that_stays(
    client: FlaskClient, session: Session, old: Translation, stays: Translation
) -> None:
    merge(session, old, stays)
    answer = client.post(f"/help/articles/{old.article_id}/votes", data={"helpful": "yes", "language": "en"})
    assert answer.location == f"/help/en/articles/{stays.article_id}-stays#helpful"
    session.rollback()
    assert session.scalars(select(ArticleVote.article_id)).one() == stays.article_id


def test_what_was_merged_before_goes_along(
    client: FlaskClient, session: Session, old: Translation, stays: Translation
) -> None:
    oldest = make_article(session, "Oldest")
    merge(session, oldest, old)
    merge(session, old, stays)
    assert answers(client, oldest)[1] == (301, f"/help/en/articles/{stays.article_id}-stays")
    part(session, old)
    assert answers(client, oldest)[1] == (301, f"/help/en/articles/{stays.article_id}-stays")


def test_what_cannot_be_merged(session: Session, old: Translation, stays: Translation) -> None:
    draft = make_article(session, "Draft", status=ArticleStatus.DRAFT)
    for other in (old, draft):
        with pytest.raises(InvalidError):
            merge(session, old, other)
    merge(session, old, stays)
    with pytest.raises(InvalidError):
        merge(session, make_article(session), old)
    with pytest.raises(ConflictError):
        merge(session, old, make_article(session))
    merge(session, draft, make_article(session, status=ArticleStatus.DRAFT))


def test_only_staff_merge_and_part(session: Session, old: Translation, stays: Translation) -> None:
    customer = actor_of(make_customer(session))
    ids = {"article_id": old.article_id, "target_id": stays.article_id}
    with pytest.raises(NotFoundError):
        merging.merge(session, actor=customer, now=NOW, **ids)
    merge(session, old, stays)
    with pytest.raises(NotFoundError):
        merging.part(session, actor=customer, article_id=old.article_id, now=NOW)
    assert old.article.merged_into_id == stays.article_id


def test_what_comes_of_it_is_told_before(session: Session, old: Translation) -> None:
    japanese = translate(session, old, "古い")
    stays = make_article(session, "Stays", audience=STAFF)
    for voter in ("visitor:a", "visitor:b"):
        votes.vote(
            session,
            actor=VISITOR,
            voter=voter,
            article_id=old.article_id,
            language="en",
            ballot=Ballot(is_helpful=False),
            now=NOW,
        )
    see_also.point_to(session, actor=SYSTEM, article_id=old.article_id, other_id=stays.article_id)
    here = f"/help/en/articles/{old.article_id}"
    linking = [
        make_article(session, body=f"[a]({here}-old)"),
        make_article(session, body=f"[a](/help/articles/{old.article_id})."),
    ]
    make_article(session, body=f"[a]({here}1-another) [b](https://example.test/articles/{old.article_id})")
    make_article(session, body="Nothing.")
    plan = merging.merger_for(session, SYSTEM, old.article_id, stays.article_id)
    assert (plan.votes, plan.see_also, plan.lost_languages) == (2, 1, [japanese.language])
    assert list(plan.linking) == linking


def test_staff_merge_on_a_page_and_undo_it(
    browser_of: Browser, session: Session, old: Translation, stays: Translation
) -> None:
    staff, url = browser_of(make_user(session)), f"/staff/articles/{old.article_id}/merge"
    make_article(session, "Leads there", body=f"[it](/help/en/articles/{old.article_id}-old)")
    make_article(session, "Stays a draft", status=ArticleStatus.DRAFT)
    offered = staff.get(f"{url}?q=stay").text
    assert f"target={stays.article_id}" in offered
    assert offered.count("merge?target=") == 1
    plan = staff.get(f"{url}?target={stays.article_id}").text
    assert "0 votes will count" in plan
    assert "Leads there" in plan
    links = f"/staff/articles/{stays.article_id}/links"
    assert staff.post(url, data={"other_id": str(stays.article_id)}).location == links
    page = staff.get(links).text
    assert "Merged from" in page
    assert f"/staff/articles/{old.article_id}/en/revisions/" in page
    assert "This article was merged" in staff.get(f"/staff/articles/{old.article_id}/links").text
    assert staff.get(f"/staff/articles/{old.article_id}/en").status_code == 200
    staff.post(url, data={"_method": "delete"})
    assert "Merged from" not in staff.get(links).text
