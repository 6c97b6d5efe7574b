"""What the vendor's product reports of accounts and people that nobody knows."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.adoption.ingestion import ingest

TOLD: Final = (
    ("acme-trial", None, 6),
    ("acme", "k.sato@acme.example", 3),
    ("globex", "customer@demo.example", 1),
)


def report(session: Session, *, now: datetime) -> None:
    """Report a trial account, someone who never joined, and someone under another company's name."""
    items = [
        {
            "key": f"{account}:{number}",
            "kind": "feature.used",
            "occurred_at": (now - timedelta(days=number, hours=2)).isoformat(),
            "account": account,
            "user": user,
            "data": {"feature": "routes"},
        }
        for account, user, times in TOLD
        for number in range(times)
    ]
    ingest(session, items, source="product", now=now)
