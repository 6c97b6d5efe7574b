"""The page of proposals, through the browser: what staff decide holds at once and is not asked again."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.search.curation.models import SearchSynonym
from portal.search.learning import service
from portal.search.learning.models import SynonymProposal
from portal.search.learning.rules import Replacement
from tests.factories import NOW, make_user
from tests.search.learning.conftest import Learn, Search
from tests.search.learning.test_learning import propose

Browse = Callable[[User], FlaskClient]
PAGE = "/staff/search/proposals/"


@pytest.fixture
def staff(session: Session, browser_of: Browse) -> FlaskClient:
    return browser_of(make_user(session))


@pytest.fixture
def proposal(session: Session, search: Search, learn: Learn) -> int:
    """A proposal that "tags" means "labels"."""
    propose(session, search, people=4, accounts=2)
    learn()
    return session.scalars(select(SynonymProposal.id)).one()


def test_a_proposal_shows_its_evidence_and_no_names(
    session: Session, staff: FlaskClient, proposal: int
) -> None:
    page = staff.get(PAGE).text

    assert "print tags → print labels" in page
    assert "It helped 4 of 4 people who used other words, from 2 accounts." in page
    people = set(session.scalars(select(User.name).where(User.account_id.is_not(None))))
    assert len(people) == 4
    assert not any(name in page for name in people)


@pytest.mark.parametrize("form", [{}, {"both_ways": "1"}])
def test_an_accepted_proposal_is_a_synonym_and_not_proposed_again(
    session: Session,
    staff: FlaskClient,
    proposal: int,
    learn: Learn,
    form: dict[str, str],
) -> None:
    answer = staff.post(f"{PAGE}{proposal}/acceptance", data=form)
    learn()

    assert answer.status_code == 303
    synonym = session.scalars(select(SearchSynonym)).one()
    assert (synonym.words, synonym.means, synonym.is_both_ways) == ("tags", "labels", bool(form))
    assert "Nothing is proposed" in staff.get(PAGE).text
    assert "print tags" in staff.get(f"{PAGE}?state=accepted").text
    assert staff.post(f"{PAGE}{proposal}/acceptance", data=form).status_code == 409
    assert staff.post(f"{PAGE}{proposal}/dismissal").status_code == 409
    assert staff.post(f"{PAGE}{proposal}/dismissal", data={"_method": "delete"}).status_code == 409


def test_what_is_a_rule_already_is_said_and_stays_open(
    session: Session, staff: FlaskClient, proposal: int
) -> None:
    session.add(SearchSynonym(words="labels", means="tags", is_both_ways=False, changed_at=NOW))
    session.commit()

    page = staff.post(f"{PAGE}{proposal}/acceptance", follow_redirects=True).text

    assert "There is a rule for these two already" in page
    assert "print tags → print labels" in page


def test_a_dismissal_lasts_until_it_is_taken_back(staff: FlaskClient, proposal: int, learn: Learn) -> None:
    staff.post(f"{PAGE}{proposal}/dismissal")
    learn()
    assert "Nothing is proposed" in staff.get(PAGE).text
    assert "print tags" in staff.get(f"{PAGE}?state=dismissed").text

    staff.post(f"{PAGE}{proposal}/dismissal", data={"_method": "delete"})

    assert "print tags" in staff.get(PAGE).text
    assert "Nothing was decided this way yet." in staff.get(f"{PAGE}?state=dismissed").text


def test_what_is_no_longer_found_is_no_longer_proposed(session: Session, proposal: int, learn: Learn) -> None:
    service.keep_proposals(session, [])

    assert session.scalars(select(SynonymProposal)).all() == []


def test_many_are_shown_page_by_page_and_given_as_a_file(session: Session, staff: FlaskClient) -> None:
    found = [
        Replacement(key=f"{n}", words=f"=word{n}", means="it", people=3, accounts=2, tried=3 + n, examples=[])
        for n in range(51)
    ]
    service.keep_proposals(session, found)
    session.commit()

    first, second = staff.get(PAGE).text, staff.get(f"{PAGE}?page=2").text
    assert ("=word0 →" in first, "=word50 →" in first) == (True, False)
    assert ("=word0 →" in second, "=word50 →" in second) == (False, True)
    lines = staff.get(f"{PAGE}?format=csv").text.splitlines()
    assert len(lines) == 52
    assert lines[1].startswith("'=word0,it,3,2,3,0.43")


@pytest.mark.parametrize(
    "query", ["?page=x", "?page=-1", "?page=99999999999999999999", "?state=gone", "?format=x"]
)
def test_the_page_always_answers(staff: FlaskClient, proposal: int, query: str) -> None:
    assert staff.get(f"{PAGE}{query}").status_code == 200
    assert staff.post(f"{PAGE}99999999999999999999/acceptance").status_code == 404
