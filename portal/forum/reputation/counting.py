"""Everyone's reputation counted again, in steps that let others write in between."""

from datetime import datetime
from typing import Final

from portal.core.batches import batches
from portal.core.db import db, transaction
from portal.forum.reputation import queries, service

BATCH: Final = 200


def people_to_count() -> list[int]:
    """Return the ids of everyone who has a reputation, or may have one."""
    session = db.session()
    ids = list(queries.people_with_posts(session))
    session.rollback()
    return ids


def count_some(user_ids: list[int], *, now: datetime) -> int:
    """Count for some people what their posts come to; return for how many that was something else."""
    with transaction(wake=False) as session:
        return len(service.recount(session, user_ids, now=now))


def count_everyone(*, now: datetime) -> int:
    """Count for everyone what their posts come to; return for how many that was something else."""
    return sum(count_some(ids, now=now) for ids in batches(people_to_count(), BATCH))
