"""Who verifies which article, and when it is due."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.models import User
from portal.knowledge.models import Article, ArticleStatus, Section
from portal.knowledge.rules import DueState, due_at, due_state
from portal.knowledge.structure import merging
from portal.knowledge.upkeep.queries import Standing, standings_of
from tests.factories import NOW, make_user
from tests.knowledge.factories import archive, make_article, make_section
from tests.statements import statements

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (None, DueState.NOT_ASKED),
        (15 * DAY, DueState.FRESH),
        (14 * DAY, DueState.DUE_SOON),
        (timedelta(seconds=1), DueState.DUE_SOON),
        (timedelta(), DueState.OVERDUE),
        (-DAY, DueState.OVERDUE),
    ],
)
def test_two_weeks_before_an_article_is_due_that_is_told(left: timedelta | None, state: DueState) -> None:
    assert due_state(left if left is None else NOW + left, now=NOW) is state


def test_only_an_interval_after_a_verification_makes_due() -> None:
    assert due_at(NOW, 90) == NOW + 90 * DAY
    assert due_at(NOW, None) is None
    assert due_at(None, 90) is None


def standing_of(session: Session, article: Article) -> Standing:
    session.commit()
    return standings_of(session, [article.id], now=NOW)[article.id]


def ask(thing: Article | Section, *, of: User | None = None, every_days: int | None = None) -> None:
    thing.verifier_id, thing.verify_every_days = of.id if of else None, every_days


def test_verifier_and_interval_come_each_from_the_nearest_that_names_one(session: Session) -> None:
    anna, ben = make_user(session), make_user(session)
    top = make_section(session)
    middle = make_section(session, parent=top)
    bottom = make_section(session, parent=middle)
    article = make_article(session, section=bottom).article
    ask(top, of=anna, every_days=365)
    ask(middle, every_days=30)
    standing = standing_of(session, article)
    assert (standing.verifier_id, standing.every_days) == (anna.id, 30)
    ask(article, of=ben)
    standing = standing_of(session, article)
    assert (standing.verifier_id, standing.every_days) == (ben.id, 30)
    ask(article, every_days=7)
    standing = standing_of(session, article)
    assert (standing.due_at, standing.state) == (NOW + 7 * DAY, DueState.DUE_SOON)


def test_nothing_is_due_where_nothing_is_asked(session: Session) -> None:
    article = make_article(session).article
    ask(article, of=make_user(session))
    standing = standing_of(session, article)
    assert (standing.every_days, standing.due_at, standing.state) == (None, None, DueState.NOT_ASKED)


def test_an_article_that_was_never_verified_is_due_from_its_first_publication(session: Session) -> None:
    article = make_article(session).article
    ask(article, every_days=10)
    article.verified_at = None
    assert standing_of(session, article).due_at == NOW + 10 * DAY


def test_a_verification_counts_from_its_day(session: Session) -> None:
    article, anna = make_article(session).article, make_user(session)
    ask(article, every_days=10)
    article.verified_at, article.verified_by_id = NOW - 11 * DAY, anna.id
    standing = standing_of(session, article)
    assert (standing.due_at, standing.verified_by_id) == (NOW - DAY, anna.id)
    assert standing.state is DueState.OVERDUE


def test_what_readers_do_not_see_is_not_due(session: Session) -> None:
    section = make_section(session)
    ask(section, every_days=1)
    draft = make_article(session, section=section, status=ArticleStatus.DRAFT).article
    archived = make_article(session, section=section)
    archive(session, archived)
    merged, target = make_article(session, section=section), make_article(session, section=section)
    merging.merge(session, actor=SYSTEM, article_id=merged.article_id, target_id=target.article_id, now=NOW)
    session.commit()
    found = standings_of(session, None, now=NOW + 2 * DAY)
    due = {article_id for article_id, standing in found.items() if standing.due_at}
    assert due == {target.article_id}
    assert {draft.id, archived.article_id, merged.article_id} <= found.keys()


def test_the_number_of_articles_costs_no_statement(session: Session) -> None:
    section = make_section(session, parent=make_section(session))
    ids = [make_article(session, section=section).article_id for _ in range(3)]
    session.connection()
    with statements() as few:
        standings_of(session, ids[:1], now=NOW)
    with statements() as many:
        found = standings_of(session, ids, now=NOW)
    assert set(found) == set(ids)
    assert len(many) == len(few) == 2
