"""Who hears that an account needs a look."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM, Role
from portal.events import AlertClosed, AlertOpened
from portal.health.alerts.models import AccountAlert
from portal.notifications.service import News, tell, untell


def tell_manager(session: Session, event: AlertOpened, now: datetime) -> None:
    """The account's CS manager hears why; where there is none any more, every admin, who can name one."""
    alert = session.get_one(AccountAlert, event.alert_id, options=[joinedload(AccountAlert.account)])
    if alert.closed_at is not None:
        return
    staff = accounts.staff_for(session, SYSTEM)
    manager = [person.id for person in staff if person.id == alert.account.manager_id]
    tell(
        session,
        News(
            kind=_kind(alert),
            params={**alert.facts, "title": alert.account.name},
            path=f"/staff/accounts/{alert.account_id}",
            cause=_cause(alert),
            thread=f"alerts:{alert.account_id}",
        ),
        to=manager or [person.id for person in staff if person.role is Role.ADMIN],
        now=now,
    )


def take_back(session: Session, event: AlertClosed, _now: datetime) -> None:
    """What nobody has read or been mailed of an alert yet is not told any more."""
    untell(session, cause=_cause(session.get_one(AccountAlert, event.alert_id)))


def _kind(alert: AccountAlert) -> str:
    return f"alert_{alert.rule}"


def _cause(alert: AccountAlert) -> str:
    return f"{_kind(alert)}:{alert.id}"
