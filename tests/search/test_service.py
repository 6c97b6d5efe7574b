from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import STAFF
from portal.search import service
from portal.search.models import SearchDocument
from tests.factories import NOW
from tests.search.conftest import Put

LATER = NOW + timedelta(minutes=1)


def rows(session: Session) -> dict[str, SearchDocument]:
    session.rollback()
    session.expire_all()
    return {row.key: row for row in session.scalars(select(SearchDocument))}


def test_what_is_put_waits_for_the_index(session: Session, put: Put) -> None:
    put()

    row = rows(session)["article:1"]
    assert (row.title, row.stale_since, row.is_removed) == ("Print labels", NOW, False)


def test_putting_it_again_replaces_it(session: Session, put: Put) -> None:
    put()
    put(title="Print invoices", audience=STAFF, now=LATER)

    (row,) = rows(session).values()
    assert (row.title, row.audience, row.stale_since) == ("Print invoices", STAFF, LATER)


def test_a_removed_text_may_come_back(session: Session, put: Put) -> None:
    put()
    service.remove(session, key="article:1", now=LATER)
    session.commit()
    assert rows(session)["article:1"].is_removed

    put(now=LATER)
    assert not rows(session)["article:1"].is_removed


@pytest.mark.parametrize("is_solved", [True, False])
def test_a_whole_group_is_solved_or_not(
    session: Session, put: Put, put_post: Put, *, is_solved: bool
) -> None:
    put("topic:1", is_solved=not is_solved)
    put("topic:2", is_solved=not is_solved)
    put_post("post:2", group="topic:1", body="Turn it off.")

    service.mark_solved(session, group="topic:1", is_solved=is_solved, now=LATER)
    session.commit()

    found = rows(session)
    assert {found[key].is_solved for key in ("topic:1", "post:2")} == {is_solved}
    assert (found["topic:1"].stale_since, found["topic:2"].stale_since) == (LATER, NOW)
    assert found["topic:2"].is_solved is not is_solved


def test_what_readers_said_stays_when_the_text_changes(session: Session, put: Put) -> None:
    put()
    service.rate(session, key="article:1", helpfulness=0.75, now=LATER)
    session.commit()
    put(title="Print invoices", verified_at=NOW, now=LATER + timedelta(minutes=1))

    (row,) = rows(session).values()
    assert (row.title, row.helpfulness, row.verified_at) == ("Print invoices", 0.75, NOW)


def test_a_rated_text_waits_for_the_index(session: Session, put: Put) -> None:
    put()
    put("article:2")
    service.rate(session, key="article:1", helpfulness=0.75, now=LATER)
    session.commit()

    found = rows(session)
    assert {key: row.stale_since for key, row in found.items()} == {"article:1": LATER, "article:2": NOW}
    assert found["article:2"].helpfulness == 0
