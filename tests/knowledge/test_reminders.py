"""Verifiers hear once of what has become due."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.actors import Role
from portal.accounts.models import User
from portal.knowledge.models import Section
from portal.knowledge.upkeep import reminders
from portal.knowledge.upkeep import service as verification
from portal.notifications.models import Notice
from portal.notifications.wording import sentence
from tests.factories import NOW, actor_of, make_user
from tests.knowledge.factories import make_article, make_section, translate

DAY = timedelta(days=1)
Remind = Callable[..., list[tuple[int, str]]]


@pytest.fixture
def remind(app: Flask, session: Session, work: Callable[[], None]) -> Remind:
    """Go through a night; return who has been told so far, and what, each in their language."""

    def run(at: datetime) -> list[tuple[int, str]]:
        session.commit()
        with time_machine.travel(at, tick=False):
            worker.remind_verifiers()
            session.rollback()
            work()
        found = []
        for notice in session.scalars(select(Notice).order_by(Notice.id)):
            language = session.get_one(User, notice.user_id).language or "en"
            with app.test_request_context(), force_locale(language):
                found.append((notice.user_id, sentence(notice.kind, notice.params)))
        return found

    return run


def section_of(session: Session, verifier: User | None, every_days: int) -> Section:
    section = make_section(session)
    section.verifier_id, section.verify_every_days = verifier.id if verifier else None, every_days
    session.commit()
    return section


def test_a_verifier_hears_once_of_each_article(session: Session, remind: Remind) -> None:
    anna = actor_of(verifier := make_user(session))
    section = section_of(session, verifier, 10)
    article_id = make_article(session, "Print", section=section).article_id
    assert remind(NOW + 9 * DAY) == []
    told = [(anna.user_id, "“Print” is due to be verified.")]
    assert remind(NOW + 10 * DAY) == told
    assert remind(NOW + 11 * DAY) == told
    verification.verify(session, actor=anna, article_ids=[article_id], seen_at=NOW, now=NOW + 12 * DAY)
    assert remind(NOW + 13 * DAY) == told
    assert remind(NOW + 22 * DAY) == told * 2


def test_many_at_once_are_one_notice_in_their_language(session: Session, remind: Remind) -> None:
    mina, anna = make_user(session, language="ja"), make_user(session)
    ids = (mina.id, anna.id)
    section = section_of(session, mina, 10)
    texts = [make_article(session, f"Print {number}", section=section) for number in range(3)]
    translate(session, texts[0])
    make_article(session, "Scan", section=section_of(session, anna, 10))
    assert remind(NOW + 10 * DAY) == [
        (ids[0], "「ラベルを印刷する」など 3 件の記事が、確認の期限を迎えました。"),
        (ids[1], "“Scan” is due to be verified."),
    ]
    notices = session.scalars(select(Notice.path).order_by(Notice.id)).all()
    assert notices == ["/staff/articles/upkeep/?state=overdue&verifier=mine"] * 2


@pytest.mark.parametrize("has_left", [False, True])
def test_where_nobody_verifies_every_admin_hears(session: Session, remind: Remind, *, has_left: bool) -> None:
    make_user(session)
    admin_ids = [make_user(session, role=Role.ADMIN, name=name).id for name in ("Ada", "Bo")]
    gone = make_user(session, is_active=False) if has_left else None
    make_article(session, "Print", section=section_of(session, gone, 10))
    whose = gone.id if gone else "none"
    assert remind(NOW + 10 * DAY) == [(admin_id, "“Print” is due to be verified.") for admin_id in admin_ids]
    paths = session.scalars(select(Notice.path)).all()
    assert paths == [f"/staff/articles/upkeep/?state=overdue&verifier={whose}"] * 2


def test_who_verified_it_in_time_hears_nothing(
    session: Session, remind: Remind, work: Callable[[], None]
) -> None:
    anna = make_user(session)
    text = make_article(session, section=section_of(session, anna, 10))
    late = NOW + 10 * DAY
    assert reminders.remind(session, now=late) == 1
    verification.verify(session, actor=actor_of(anna), article_ids=[text.article_id], seen_at=NOW, now=late)
    assert remind(late + DAY) == []
