"""An upgrade keeps what people have written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, MetaData, Table, func, select

from portal.app import create_app
from portal.core.db import db
from tests.conftest import make_settings

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def table(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection)


def fill(connection: Connection) -> None:
    """Write what a site without revisions could hold: an article in two languages, one of them a draft."""
    text = {"article_id": 1, "summary": "", "body_html": "", "body_text": "", "headings": [], "version": 1}
    text |= {"renderer_version": 1, "updated_at": NOW}
    rows: dict[str, list[dict[str, object]]] = {
        "sections": [{"id": 1, "slug": "printing", "names": {}, "descriptions": {}, "position": 0}],
        "articles": [{"id": 1, "section_id": 1, "audience": "|public|", "position": 0, "created_at": NOW}],
        "translations": [
            text
            | {"id": 1, "language": "en", "status": "published", "published_at": NOW}
            | {"title": "Print", "slug": "print", "body": "Choose it."},
            text
            | {"id": 2, "language": "ja", "status": "draft", "published_at": None}
            | {"title": "印刷", "slug": "印刷", "body": "選びます。"},
        ],
        "article_votes": [
            {"article_id": 1, "language": "en", "voter": "visitor:a", "is_helpful": True, "voted_at": NOW}
            | {"reason": "", "comment": ""}
        ],
    }
    for name, values in rows.items():
        connection.execute(table(connection, name).insert(), values)
    connection.commit()


@pytest.mark.slow
def test_the_texts_of_a_site_become_first_revisions(tmp_path: Path, database_url: str) -> None:
    app = create_app(make_settings(tmp_path, PORTAL_DATABASE_URL=database_url))
    with app.app_context():
        upgrade(revision="0002")
        with db.engine.connect() as connection:
            fill(connection)
        upgrade()
        with db.engine.connect() as connection:
            revisions = table(connection, "article_revisions").c
            said = select(revisions.translation_id, revisions.number, revisions.body, revisions.source_number)
            assert connection.execute(said.order_by(revisions.id)).all() == [
                (1, 1, "Choose it.", None),
                (2, 1, "選びます。", 1),
            ]
            texts = table(connection, "translations").c
            stages = select(texts.language, texts.stage, texts.newest_number, texts.live_number)
            assert connection.execute(stages.order_by(texts.id)).all() == [
                ("en", "published", 1, 1),
                ("ja", "draft", 1, None),
            ]
            articles = table(connection, "articles").c
            assert connection.execute(select(articles.source_language)).scalar_one() == "en"
            votes = select(func.count()).select_from(table(connection, "article_votes"))
            assert connection.execute(votes).scalar_one() == 1
        downgrade(revision="0002")
        with db.engine.connect() as connection:
            kept = select(func.count()).select_from(table(connection, "translations"))
            assert connection.execute(kept).scalar_one() == 2
        db.engine.dispose()
    app.extensions["jobs"].close()


def fill_search(connection: Connection) -> None:
    """Write what a site could hold before search documents had authors: a question with an answer."""
    person = {"role": "customer", "is_active": True, "bio": "", "created_at": NOW}
    public = {"id": 1, "names": {}, "descriptions": {}, "audience": "|public|", "position": 0}
    topic = {"id": 1, "board_id": 1, "author_id": 1, "kind": "question", "title": "Labels", "slug": "labels"}
    topic |= {"language": "en", "last_position": 2, "answer_count": 1, "revision": 1, "version": 1}
    post = {"topic_id": 1, "language": "en", "body": "x", "body_html": "x", "body_text": "x"}
    post |= {"renderer_version": 1, "vote_count": 0}
    found = {"language": "en", "title": "", "body": "x", "path": "/", "audience": "|public|"}
    flags = {"is_solved": False, "is_removed": False}
    rows: dict[str, list[Mapping[str, object]]] = {
        "users": [{**person, "id": number, "name": f"Person {number}"} for number in (1, 2)],
        "boards": [{**public, "slug": "b"}],
        "topics": [{**topic, "created_at": NOW, "active_at": NOW}],
        "posts": [
            {**post, "id": number, "position": number, "author_id": number, "created_at": NOW}
            for number in (1, 2)
        ],
        "sections": [{"id": 1, "slug": "s", "names": {}, "descriptions": {}, "position": 0}],
        "articles": [
            {"id": 1, "section_id": 1, "audience": "|public|", "position": 0}
            | {"created_at": NOW, "verified_at": NOW, "source_language": "en"}
        ],
        "search_documents": [
            {**found, **flags, "key": "topic:1", "group_key": "topic:1", "kind": "topic"},
            {**found, **flags, "key": "post:2", "group_key": "topic:1", "kind": "topic"},
            {**found, **flags, "key": "article:1:en", "group_key": "article:1", "kind": "article"},
        ],
    }
    for name, values in rows.items():
        connection.execute(table(connection, name).insert(), values)
    connection.commit()


@pytest.mark.slow
def test_search_documents_get_their_authors_their_places_and_the_day_they_were_verified(
    tmp_path: Path, database_url: str
) -> None:
    app = create_app(make_settings(tmp_path, PORTAL_DATABASE_URL=database_url))
    with app.app_context():
        upgrade(revision="0003")
        with db.engine.connect() as connection:
            fill_search(connection)
        upgrade()
        with db.engine.connect() as connection:
            rows = table(connection, "search_documents").c
            said = select(
                rows.key, rows.author_id, rows.helpfulness, rows.verified_at.is_(None), rows.section
            )
            assert set(connection.execute(said)) == {
                ("topic:1", 1, 0, True, "board:1"),
                ("post:2", 2, 0, True, "board:1"),
                ("article:1:en", None, 0, False, "section:1"),
            }
        db.engine.dispose()
    app.extensions["jobs"].close()


def fill_checklists(connection: Connection) -> None:
    """Write what a site could hold before steps kept evidence: one done, one open, and posts that went."""
    text = {"titles": {}, "reasons": {}, "stage": {}, "reference": "", "owner": "customer", "needs": []}
    step = text | {"checklist_id": 1, "due_after_days": 1, "is_required": True, "due_on": NOW.date()}
    step |= {"proof": {"kind": "answer.posted"}, "version": 1}
    person = {"role": "customer", "is_active": True, "bio": "", "created_at": NOW, "level": 0}
    topic = {"board_id": 1, "author_id": 1, "kind": "question", "title": "Labels", "slug": "labels"}
    topic |= {"language": "en", "last_position": 2, "answer_count": 1, "revision": 1, "version": 1}
    topic |= {"writer_role": "", "usage": "", "status_note": "", "tag_words": [], "vote_count": 0}
    topic |= {"me_too_count": 0, "asker_wrote_last": False, "created_at": NOW, "active_at": NOW}
    post = {"topic_id": 1, "author_id": 1, "language": "en", "body": "x", "body_html": "x", "body_text": "x"}
    post |= {"renderer_version": 1, "vote_count": 0, "thanks_count": 0, "is_official": False, "edition": 1}
    signal = {"source": "portal", "occurred_at": NOW, "recorded_at": NOW, "day": NOW.date(), "account_id": 1}
    rows: dict[str, list[Mapping[str, object]]] = {
        "users": [{**person, "id": 1, "name": "Kim", "is_listed": True}],
        "accounts": [
            {"id": 1, "external_id": "a", "name": "A", "plan": "", "seats": 1, "started_on": NOW.date()}
            | {"touch_tier": "tech", "status": "active", "monthly_revenue": 0, "country": "JP"}
        ],
        "success_maps": [
            {"id": 1, "slug": "m", "names": {}, "persona": "", "plan": ""}
            | {"starting_points": {}, "outcomes": {}}
        ],
        "map_versions": [{"id": 1, "success_map_id": 1, "number": 1, "published_at": NOW}],
        "checklists": [
            {"id": 1, "account_id": 1, "success_map_id": 1, "version_id": 1, "team": ""}
            | {"started_on": NOW.date(), "ends_on": NOW.date()}
        ],
        "checklist_steps": [
            {**step, "id": 1, "key": "a", "position": 1, "completed_at": NOW, "proved_by": [1]},
            {**step, "id": 2, "key": "b", "position": 2},
        ],
        "boards": [
            {"id": 1, "slug": "b", "names": {}, "descriptions": {}, "audience": "|public|", "position": 0}
            | {"posting": "|signed-in|", "templates": {}}
        ],
        "topics": [{**topic, "id": 1}],
        "posts": [
            {**post, "id": number, "position": number, "created_at": NOW, "removed_at": removed_at}
            for number, removed_at in ((1, None), (2, NOW), (3, None))
        ],
        "signals": [
            {**signal, "id": 1, "key": "1", "kind": "answer.posted", "subject": "post:1"}
            | {"person": "user:1", "data": {}},
            {**signal, "id": 2, "key": "2", "kind": "answer.was_accepted", "subject": "post:3"}
            | {"person": "user:1", "data": {}},
        ],
    }
    for name, values in rows.items():
        for value in values:
            connection.execute(table(connection, name).insert(), value)
    connection.commit()


@pytest.mark.slow
def test_steps_get_their_evidence_and_the_ledger_is_looked_at_again(
    tmp_path: Path, database_url: str
) -> None:
    app = create_app(make_settings(tmp_path, PORTAL_DATABASE_URL=database_url))
    with app.app_context():
        upgrade(revision="0024")
        with db.engine.connect() as connection:
            fill_checklists(connection)
        upgrade()
        with db.engine.connect() as connection:
            kept = table(connection, "step_evidence").c
            said = connection.execute(select(kept.step_id, kept.signal_id, kept.person, kept.subject))
            assert said.all() == [(1, 1, "user:1", "post:1")]
            told = table(connection, "outbox_events").c
            assert connection.execute(select(told.name, told.payload).order_by(told.id)).all() == [
                ("ProofsAsked", {"step_ids": [2]}),
                ("StandingChanged", {"post_ids": [2, 3]}),
            ]
        downgrade(revision="0024")
        with db.engine.connect() as connection:
            left = select(func.count()).select_from(table(connection, "signals"))
            assert connection.execute(left).scalar_one() == 2
        db.engine.dispose()
    app.extensions["jobs"].close()


def fill_ledger(connection: Connection) -> None:
    """Write signals of two people, of nobody, of no account, and one that was taken back."""
    account = {"id": 1, "external_id": "acme", "name": "Acme", "plan": "standard", "seats": 1}
    account |= {
        "touch_tier": "low",
        "status": "active",
        "started_on": NOW.date(),
        "monthly_revenue": 0,
        "country": "JP",
    }
    signal = {"source": "portal", "kind": "feature.used", "occurred_at": NOW, "recorded_at": NOW}
    signal |= {"day": NOW.date(), "account_id": 1, "data": {}}
    people: list[dict[str, object]] = [
        {"person": "user:1"},
        {"person": "user:1"},
        {"person": "user:2"},
        {"person": None},
        {"person": "user:1", "left_out_as": "voided"},
        {"person": "visitor:a", "account_id": None},
    ]
    connection.execute(table(connection, "accounts").insert(), account)
    for number, person in enumerate(people, 1):
        connection.execute(table(connection, "signals").insert(), signal | {"key": str(number)} | person)
    daily = {"account_id": 1, "kind": "feature.used", "day": NOW.date(), "signals": 4, "people": 2}
    connection.execute(table(connection, "daily_rollups").insert(), daily)
    connection.commit()


@pytest.mark.slow
def test_the_ledger_is_counted_by_person_and_by_day_again_on_the_way_back(
    tmp_path: Path, database_url: str
) -> None:
    app = create_app(make_settings(tmp_path, PORTAL_DATABASE_URL=database_url))
    with app.app_context():
        upgrade(revision="0034")
        with db.engine.connect() as connection:
            fill_ledger(connection)
        upgrade()
        with db.engine.connect() as connection:
            days = table(connection, "person_days").c
            counted = connection.execute(select(days.person, days.signals).order_by(days.person))
            assert counted.all() == [("", 1), ("user:1", 2), ("user:2", 1)]
        downgrade(revision="0034")
        with db.engine.connect() as connection:
            daily = table(connection, "daily_rollups").c
            assert connection.execute(select(daily.signals, daily.people)).all() == [(4, 2)]
        db.engine.dispose()
    app.extensions["jobs"].close()
