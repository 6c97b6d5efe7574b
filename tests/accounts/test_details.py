"""What staff decide about an account."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.accounts import service
from portal.accounts.actors import VISITOR
from portal.accounts.models import AccountStatus, TouchTier
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from tests.factories import NOW, actor_of, make_account, make_customer, make_user

DETAILS = service.AccountDetails(
    name="Initech",
    plan="team",
    seats=3,
    touch_tier=TouchTier.LOW,
    status=AccountStatus.ACTIVE,
    started_on=date(2026, 1, 31),
    renews_on=None,
    churned_on=None,
    monthly_revenue=900,
    manager_id=None,
)


def test_staff_open_and_change_an_account(session: Session) -> None:
    staff = make_user(session)
    account = service.open_account(session, actor=actor_of(staff), external_id=" initech ", details=DETAILS)

    changed = replace(DETAILS, seats=4, manager_id=staff.id)
    service.update_account(session, actor=actor_of(staff), account_id=account.id, details=changed, now=NOW)
    session.commit()

    assert (account.external_id, account.seats, account.manager_id) == ("initech", 4, staff.id)


def test_a_customer_can_change_neither_their_own_account_nor_see_another(session: Session) -> None:
    customer = make_customer(session)
    actor, own = actor_of(customer), customer.account_id or 0

    with pytest.raises(ForbiddenError):
        service.update_account(session, actor=actor, account_id=own, details=DETAILS, now=NOW)
    with pytest.raises(ForbiddenError):
        service.open_account(session, actor=actor, external_id="x", details=DETAILS)
    with pytest.raises(NotFoundError):
        service.update_account(
            session, actor=actor, account_id=make_account(session).id, details=DETAILS, now=NOW
        )
    with pytest.raises(NotFoundError):
        service.update_account(session, actor=VISITOR, account_id=own, details=DETAILS, now=NOW)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (replace(DETAILS, plan="free"), "plan"),
        (replace(DETAILS, renews_on=date(2026, 1, 30)), "renews_on"),
        (replace(DETAILS, churned_on=date(2026, 5, 1)), "churned_on"),
        (replace(DETAILS, status=AccountStatus.CHURNED), "churned_on"),
        (replace(DETAILS, status=AccountStatus.CHURNED, churned_on=date(2026, 1, 1)), "churned_on"),
        (replace(DETAILS, manager_id=424_242), "manager_id"),
    ],
)
def test_details_that_contradict_each_other_are_refused(
    session: Session, details: service.AccountDetails, field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        service.open_account(session, actor=actor_of(make_user(session)), external_id="x", details=details)

    assert refused.value.field == field


def test_a_customer_cannot_be_the_manager(session: Session) -> None:
    details = replace(DETAILS, manager_id=make_customer(session).id)

    with pytest.raises(InvalidError, match="staff"):
        service.open_account(session, actor=actor_of(make_user(session)), external_id="x", details=details)
