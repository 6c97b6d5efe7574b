"""`portal forum export`: what comes out goes in again, the same to the byte."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import STAFF
from portal.accounts.models import Account, User
from portal.core.orm import Base
from portal.forum import editing, exporting, ideas, moderation, service, tags
from portal.forum.importing import Import
from portal.forum.lines import Reading
from portal.forum.models import Board, IdeaStatus, Post, Topic, TopicKind
from tests.factories import NOW, actor_of, make_account, make_board, make_customer, make_reply, make_topic, make_user

REAL = Path(__file__).parents[2].parent / "shared/data/forum/se-history-meta-en.jsonl"
SITE = "https://help.example"
Line = dict[str, Any]


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["forum", *words])


def exported(app: Flask, session: Session, board: str) -> list[Line]:
    session.rollback()
    result = run(app, "export", board)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def forget_everything(session: Session) -> None:
    """Make this the database of another site."""
    session.rollback()
    session.execute(Topic.__table__.update().values(accepted_post_id=None))
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    session.commit()
    session.expunge_all()


def bring(session: Session, file: Path, *, site: str = SITE) -> Import:
    """Import a file."""
    told: list[str] = []
    reading = Reading(file=file, on_problem=lambda *what: told.append(" ".join(what)), on_bytes=len_of)
    coming = Import(
        board_name=None, default_name="Board", site=site, on_problem=reading.on_problem, now=NOW
    )
    for batch in reading.batches():
        coming.write(session, batch, reading.board)
    session.commit()
    assert told == []
    return coming


def len_of(size: int) -> None:
    """Take note of nothing."""


def text_of(session: Session, board: Board, *, site: str = SITE) -> str:
    session.expunge_all()
    return "".join(exporting.lines_of(session, session.merge(board), site=site))


def full_board(session: Session) -> Board:
    """Make a board on which everything has happened that can."""
    asker = make_customer(session, name="Ana", email="ana@acme.example")
    helper, staff = make_customer(session, name="Ben"), make_user(session, name="Staff")
    board = make_board(session)
    for name in ("Printing", "印刷"):
        tags.add_tag(session, actor=SYSTEM, draft=tags.TagDraft(names={"en": name}))
    question = make_topic(session, author=asker, board=board, title="印刷できません", body="用紙が*出ません*。")
    answers = [
        make_reply(session, author=helper, topic=question, body=f"Try {number}", now=NOW + timedelta(hours=number))
        for number in range(4)
    ]
    tags.set_tags(session, actor=actor_of(asker), topic_id=question.id, names=["印刷", "Printing"], now=NOW)
    later = NOW + timedelta(days=1)
    service.vote(session, actor=actor_of(asker), post_id=answers[1].id, now=later)
    service.vote(session, actor=actor_of(staff), post_id=answers[1].id, now=later)
    service.accept_answer(session, actor=actor_of(asker), post_id=answers[1].id, now=later)
    editing.edit_post(
        session, actor=actor_of(helper), post_id=answers[0].id, draft=service.Draft(body="Better"), edition=1, now=later
    )
    editing.remove_post(session, actor=actor_of(helper), post_id=answers[2].id, now=later)
    idea = make_topic(session, author=helper, board=board, kind=TopicKind.IDEA, title="Dark theme")
    ideas.set_status(
        session, actor=actor_of(staff), topic_id=idea.id, status=IdeaStatus.PLANNED, note="In spring.", now=later
    )
    service.post_topic(
        session,
        actor=actor_of(helper),
        board_slug=board.slug,
        kind=TopicKind.REVIEW,
        draft=service.Draft(title="Good", body="Yes.", rating=4, writer_role="Chef", usage="Daily"),
        now=NOW,
    )
    gone = make_topic(session, author=asker, board=board, title="Gone")
    editing.remove_post(
        session, actor=actor_of(asker), post_id=opening_of(session, gone).id, now=later
    )
    moderation.set_state(session, actor=actor_of(staff), topic_id=idea.id, state="pinned", on=True, now=later)
    session.commit()
    return board


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()
