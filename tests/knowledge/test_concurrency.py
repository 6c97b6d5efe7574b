"""Several people save the same text at the same moment: one does, and the others are told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.knowledge.models import ArticleRevision, Translation
from tests.factories import make_user
from tests.knowledge.factories import make_article

PEOPLE = 4


@pytest.mark.parametrize(("language", "base"), [("en", {"base_number": 1}), ("ja", {"source_number": 1})])
def test_one_saves_and_the_others_see_a_conflict(
    app: Flask,
    session: Session,
    browser_of: Callable[[User], FlaskClient],
    language: str,
    base: dict[str, int],
) -> None:
    path = f"/staff/articles/{make_article(session).article_id}/{language}"
    browsers = [browser_of(make_user(session)) for _ in range(PEOPLE)]
    session.rollback()
    ready = Barrier(PEOPLE)

    def save(number: int) -> int:
        form = {"title": f"Title {number}", "body": "Words.", "significance": "normal", "action": "publish"}
        ready.wait(timeout=20)
        return browsers[number].post(path, data=form | base).status_code

    with ThreadPoolExecutor(PEOPLE) as threads:
        statuses = sorted(threads.map(save, range(PEOPLE)))
    assert statuses == [303] + [409] * (PEOPLE - 1)
    session.expire_all()
    mine = select(Translation.id).where(Translation.language == language)
    saved = select(func.count()).where(ArticleRevision.translation_id.in_(mine))
    assert session.scalar(saved) == (2 if language == "en" else 1)
