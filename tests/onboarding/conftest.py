import pytest
from sqlalchemy.orm import Session

from portal.accounts.models import Account, User
from tests.factories import make_account, make_user


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def member(session: Session, account: Account) -> User:
    return make_user(session, account=account, name="Kim Sato")
