"""Who hears that an account needs a look."""

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from portal.accounts import queries as accounts
from portal.accounts.actors import SYSTEM, Role
from portal.events import AlertOpened
from portal.health.alerts.models import AccountAlert
from portal.notifications.service import News, tell


def tell_manager(session: Session, event: AlertOpened, now: datetime) -> None:
    """The account's CS manager hears why; where there is none any more, every admin, who can name one."""
    alert = session.get_one(AccountAlert, event.alert_id, options=[joinedload(AccountAlert.account)])
    if alert.closed_at is not None:
        return
    staff = accounts.staff_for(session, SYSTEM)
    manager = [person.id for person in staff if person.id == alert.account.manager_id]
    kind = f"alert_{alert.rule}"
    tell(
        session,
        News(
            kind=kind,
            params={**alert.facts, "title": alert.account.name},
            path=f"/staff/accounts/{alert.account_id}",
            cause=f"{kind}:{alert.id}",
            thread=f"alerts:{alert.account_id}",
        ),
        to=manager or [person.id for person in staff if person.role is Role.ADMIN],
        now=now,
    )
