"""Who looks whether articles are still true."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.core.errors import InvalidError, NotFoundError
from portal.knowledge.models import Article
from portal.knowledge.upkeep import duties as upkeep
from portal.knowledge.upkeep.duties import Duty
from tests.factories import actor_of, make_customer, make_user
from tests.knowledge.factories import make_article


def assign(session: Session, actor: User, duty: Duty) -> Article:
    article_id = make_article(session).article_id
    return upkeep.assign(session, actor=actor_of(actor), article_id=article_id, duty=duty)


def test_someone_of_the_staff_verifies_every_so_often(session: Session) -> None:
    verifier = make_user(session)
    article = assign(session, make_user(session), Duty(verifier_id=verifier.id, every_days=90))
    assert (article.verifier_id, article.verify_every_days) == (verifier.id, 90)


@pytest.mark.parametrize(
    "verifier",
    [make_customer, lambda session: make_user(session, is_active=False), lambda _session: User(id=424242)],
    ids=["a customer", "someone who left", "nobody"],
)
def test_nobody_else_does(session: Session, verifier: Callable[[Session], User]) -> None:
    with pytest.raises(InvalidError):
        assign(session, make_user(session), Duty(verifier_id=verifier(session).id))


@pytest.mark.parametrize("days", [0, -1, upkeep.LONGEST_INTERVAL_DAYS + 1])
def test_an_interval_is_some_days(session: Session, days: int) -> None:
    with pytest.raises(InvalidError):
        assign(session, make_user(session), Duty(every_days=days))


def test_customers_assign_nobody(session: Session) -> None:
    with pytest.raises(NotFoundError):
        assign(session, make_customer(session), Duty(every_days=90))
