import pytest
from sqlalchemy.orm import Session

from portal.accounts import service
from portal.accounts.actors import SYSTEM, Role
from portal.accounts.models import Account, User
from portal.accounts.passwords import matches
from portal.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.factories import NOW, actor_of, make_account, make_customer, make_user

PASSWORD = "correct horse battery"


def add_user(session: Session, **values: object) -> User:
    fields: dict[str, object] = {
        "email": " Kim@Acme.example ",
        "name": "Kim Sato",
        "role": Role.STAFF,
        "account": None,
        "password": PASSWORD,
        "now": NOW,
    }
    return service.add_user(session, **(fields | values))  # type: ignore[arg-type]  # Values are keywords.


def test_a_new_person_can_sign_in(session: Session) -> None:
    user = add_user(session)

    assert user.email == "kim@acme.example"
    assert user.password_hash is not None
    assert PASSWORD not in user.password_hash
    actor = service.sign_in(session, email="kim@acme.example", password=PASSWORD, now=NOW)
    assert actor is not None
    assert actor.user_id == user.id


def test_a_person_without_a_name_gets_that_of_the_address(session: Session) -> None:
    assert add_user(session, name=" ").name == "kim"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "kim"}, "email"),
        ({"password": "too short"}, "password"),
        ({"role": Role.CUSTOMER}, "role"),
        ({"role": Role.CHAMPION}, "role"),
    ],
)
def test_what_cannot_be_used_is_named(session: Session, values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        add_user(session, **values)
    assert refused.value.field == field


def test_staff_belong_to_no_account(session: Session) -> None:
    account = make_account(session)

    with pytest.raises(InvalidError):
        add_user(session, account=account)


def test_an_address_is_one_persons(session: Session) -> None:
    add_user(session)

    with pytest.raises(ConflictError):
        add_user(session, email="KIM@acme.example")


def details_of(account: Account, **values: object) -> service.AccountDetails:
    names = service.AccountDetails.__slots__
    fields = {name: getattr(account, name) for name in names}
    return service.AccountDetails(**(fields | values))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"plan": "gold"}, "plan"),
        ({"renews_on": NOW.date().replace(year=2020)}, "renews_on"),
        ({"churned_on": NOW.date()}, "churned_on"),
        ({"manager_id": 999_999}, "manager_id"),
    ],
)
def test_details_that_contradict_each_other_are_refused(
    session: Session, values: dict[str, object], field: str
) -> None:
    account = make_account(session)

    with pytest.raises(InvalidError) as refused:
        service.update_account(
            session, actor=SYSTEM, account_id=account.id, details=details_of(account, **values), now=NOW
        )
    assert refused.value.field == field


def test_a_manager_is_staff(session: Session) -> None:
    account, kim, staff = make_account(session), make_customer(session), make_user(session)

    with pytest.raises(InvalidError):
        service.update_account(
            session,
            actor=SYSTEM,
            account_id=account.id,
            details=details_of(account, manager_id=kim.id),
            now=NOW,
        )
    changed = details_of(account, manager_id=staff.id)
    service.update_account(session, actor=SYSTEM, account_id=account.id, details=changed, now=NOW)
    assert account.manager_id == staff.id


def test_members_do_not_change_their_account(session: Session) -> None:
    kim = make_customer(session)
    assert kim.account is not None
    details = details_of(kim.account, plan="business")

    with pytest.raises(ForbiddenError):
        service.update_account(
            session, actor=actor_of(kim), account_id=kim.account.id, details=details, now=NOW
        )
    with pytest.raises(NotFoundError):
        service.update_account(
            session,
            actor=actor_of(make_customer(session)),
            account_id=kim.account.id,
            details=details,
            now=NOW,
        )


def test_a_damaged_hash_opens_nothing() -> None:
    assert not matches("no hash", PASSWORD)
    assert not matches(None, PASSWORD)
