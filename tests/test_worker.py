"""What the worker does by the clock."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.clock import utc_now
from portal.knowledge import workflow
from portal.knowledge.models import ArticleStatus, Stage, Translation
from portal.knowledge.queries import article_with_texts
from tests.knowledge.factories import make_article


@pytest.mark.parametrize(
    ("minutes", "stage"), [(-1, Stage.PUBLISHED), (60, Stage.SCHEDULED)], ids=["its time has come", "not yet"]
)
def test_each_minute_the_texts_go_live_whose_time_has_come(
    app: Flask, session: Session, minutes: int, stage: Stage
) -> None:
    text = make_article(session, status=ArticleStatus.DRAFT)
    article, now = article_with_texts(session, text.article_id), utc_now()
    planned = now + timedelta(minutes=minutes)
    workflow.publish(
        session,
        actor=SYSTEM,
        article=article,
        language="en",
        publish_at=planned,
        now=now - timedelta(hours=1),
    )
    assert text.stage is Stage.SCHEDULED
    session.commit()
    queue = app.extensions["jobs"].queue
    for task in queue.read_periodic(datetime(2026, 11, 20, 11, 1)):  # noqa: DTZ001  # Huey's own clock.
        queue.execute(task)
    session.rollback()
    session.expire_all()
    assert session.scalars(select(Translation)).one().stage is stage
