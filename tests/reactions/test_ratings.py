from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import VISITOR
from portal.core.statistics import wilson_lower_bound
from portal.knowledge.feedback import service as votes
from portal.knowledge.feedback.service import Ballot
from portal.search.models import SearchDocument
from tests.factories import NOW
from tests.knowledge.factories import make_article


def test_an_article_is_found_the_easier_the_more_readers_it_helped(
    session: Session, work: Callable[[], None]
) -> None:
    text = make_article(session)
    for voter, is_helpful in (("visitor:a", True), ("visitor:b", True), ("visitor:c", False)):
        votes.vote(
            session,
            actor=VISITOR,
            voter=voter,
            article_id=text.article_id,
            language="en",
            ballot=Ballot(is_helpful=is_helpful),
            now=NOW,
        )
    session.commit()
    work()
    session.rollback()
    found = session.scalars(select(SearchDocument.helpfulness)).one()
    assert found == wilson_lower_bound(2, 3) > 0
