"""`portal forum export`: what comes out goes in again, the same to the byte."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import STAFF
from portal.accounts.models import Account, User
from portal.core.batches import batches
from portal.core.orm import Base
from portal.forum import editing, exporting, ideas, moderation, nods, service, tags, verdicts
from portal.forum.importing import Import
from portal.forum.lines import BATCH, Reading
from portal.forum.models import Board, IdeaStatus, Post, Topic, TopicKind
from portal.forum.nod_models import Nod
from portal.search.models import SearchDocument
from tests.factories import (
    NOW,
    actor_of,
    make_account,
    make_board,
    make_customer,
    make_reply,
    make_topic,
    make_user,
)

REAL = Path(__file__).parents[2].parent / "shared/data/forum/se-history-meta-en.jsonl"
SITE = "https://help.example"
BETTER = service.Draft(body="Better")
Line = dict[str, Any]


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["forum", *words])


def forget_everything(session: Session) -> None:
    """Make this the database of another site, which has the same accounts under other numbers."""
    session.rollback()
    names = session.scalars(select(Account.external_id)).all()
    session.execute(update(Topic).values(accepted_post_id=None))
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    session.commit()
    session.expunge_all()
    make_account(session)
    for name in names:
        make_account(session, external_id=name)


def bring(session: Session, file: Path, *, site: str = SITE) -> Import:
    """Import a file."""
    told: list[str] = []
    reading = Reading(file=file, on_problem=lambda *what: told.append(" ".join(what)), on_bytes=len_of)
    coming = Import(board_name=None, default_name="Board", site=site, on_problem=reading.on_problem, now=NOW)
    for batch in batches(reading.topics(), BATCH):
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
    question = make_topic(
        session, author=asker, board=board, title="印刷できません", body="用紙が*出ません*。"
    )
    answers = [
        make_reply(
            session, author=helper, topic=question, body=f"Try {number}", now=NOW + timedelta(hours=number)
        )
        for number in range(4)
    ]
    tags.set_tags(session, actor=actor_of(asker), topic_id=question.id, names=["印刷", "Printing"], now=NOW)
    later = NOW + timedelta(days=1)
    verdicts.vote(session, actor=actor_of(asker), post_id=answers[1].id, now=later)
    verdicts.vote(session, actor=actor_of(staff), post_id=answers[1].id, now=later)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answers[1].id, now=later)
    editing.edit_post(
        session,
        actor=actor_of(helper),
        post_id=answers[0].id,
        draft=service.Draft(body="Better"),
        edition=1,
        now=later,
    )
    editing.remove_post(session, actor=actor_of(helper), post_id=answers[2].id, now=later)
    about = opening_of(session, question).id
    service.comment(session, actor=actor_of(helper), post_id=about, body="Which paper?", now=later)
    verdicts.accept_answer(session, actor=actor_of(asker), post_id=answers[3].id, now=later)
    remark = service.comment(session, actor=actor_of(asker), post_id=answers[3].id, body="Hm.", now=later)
    editing.remove_post(session, actor=actor_of(asker), post_id=remark.id, now=later)
    for post_id, nod in ((answers[1].id, Nod.THANKS), (about, Nod.ME_TOO), (about, Nod.THANKS)):
        for person in (staff, make_customer(session, name="Cleo")):
            nods.give(session, actor=actor_of(person), post_id=post_id, nod=nod, now=later)
    idea = make_topic(session, author=helper, board=board, kind=TopicKind.IDEA, title="Dark theme")
    ideas.set_status(
        session,
        actor=actor_of(staff),
        topic_id=idea.id,
        status=IdeaStatus.PLANNED,
        note="Soon.",
        now=later,
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
    editing.remove_post(session, actor=actor_of(asker), post_id=opening_of(session, gone).id, now=later)
    moderation.mark_topic(
        session, actor=actor_of(staff), topic_id=idea.id, mark=moderation.Mark.PINNED, is_set=True, now=later
    )
    session.commit()
    return board


def opening_of(session: Session, topic: Topic) -> Post:
    return session.scalars(select(Post).where(Post.topic_id == topic.id, Post.position == 1)).one()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "board.jsonl"


def test_a_board_comes_back_the_same_on_another_site(session: Session, file: Path) -> None:
    board = full_board(session)
    file.write_text(text_of(session, board))
    forget_everything(session)
    make_topic(session, author=make_customer(session))  # So that ids are others.

    coming = bring(session, file, site="https://another.example")

    again = session.scalars(select(Board).where(Board.slug == board.slug)).one()
    assert text_of(session, again, site="https://another.example") == file.read_text()
    assert (coming.counts.topics, coming.counts.votes, coming.counts.accepted) == (4, 2, 1)


def test_everything_that_happened_is_there_again(session: Session, file: Path) -> None:
    file.write_text(text_of(session, full_board(session)))
    forget_everything(session)
    bring(session, file)

    topics = {topic.title: topic for topic in session.scalars(select(Topic))}
    posts = session.scalars(
        select(Post)
        .where(Post.topic_id == topics["印刷できません"].id)
        .order_by(Post.position.nulls_last(), Post.id)
    ).all()
    posts, comments = posts[:5], posts[5:]
    assert [(post.body, post.is_removed) for post in comments] == [("Which paper?", False), ("Hm.", True)]
    assert [post.is_accepted for post in posts] == [False, False, True, False, True]
    assert [post.body for post in posts[1:]] == ["Better", "Try 1", "Try 2", "Try 3"]
    assert [post.vote_count for post in posts] == [0, 0, 2, 0, 0]
    assert [post.thanks_count for post in posts] == [2, 0, 2, 0, 0]
    assert topics["印刷できません"].me_too_count == 2
    assert [post.is_removed for post in posts] == [False, False, False, True, False]
    assert [post.edition for post in posts] == [1, 2, 1, 1, 1]
    assert topics["印刷できません"].accepted_post_id == posts[2].id
    assert topics["印刷できません"].answer_count == 3
    assert topics["印刷できません"].tag_words == ["printing", "印刷"]
    assert (topics["Good"].rating, topics["Good"].usage) == (4, "Daily")
    assert (topics["Dark theme"].idea_status, topics["Dark theme"].status_note) == ("planned", "Soon.")
    assert topics["Dark theme"].pinned_at
    assert topics["Gone"].is_removed


def test_what_was_removed_is_not_found(session: Session, file: Path) -> None:
    file.write_text(text_of(session, full_board(session)))
    forget_everything(session)
    bring(session, file)

    query = select(SearchDocument.body).where(SearchDocument.is_removed)
    assert set(session.scalars(query)) == {"Try 2", "Hm.", "The printer prints nothing."}


def test_an_export_changes_nothing_where_it_was_written(session: Session, file: Path) -> None:
    board = full_board(session)
    file.write_text(text_of(session, board))

    coming = bring(session, file)

    assert (coming.counts.topics, coming.counts.known) == (0, 4)
    assert text_of(session, board) == file.read_text()


def test_another_sites_topic_of_the_same_number_is_not_taken_for_ones_own(
    session: Session, file: Path
) -> None:
    board = make_board(session)
    make_topic(session, author=make_customer(session), board=board, title="Theirs")
    file.write_text(text_of(session, board))
    forget_everything(session)
    make_topic(session, author=make_customer(session), title="Ours", now=NOW + timedelta(days=1))

    bring(session, file)

    assert set(session.scalars(select(Topic.title))) == {"Ours", "Theirs"}


def test_people_who_have_signed_up_keep_what_they_wrote(session: Session, file: Path) -> None:
    file.write_text(text_of(session, full_board(session)))
    forget_everything(session)
    account = make_account(session)
    ana = make_user(session, account=account, name="Ana L.", email="ana@acme.example")

    bring(session, file)

    question = session.scalars(select(Topic).where(Topic.title == "印刷できません")).one()
    assert (question.author_id, question.account_id) == (ana.id, account.id)


def test_people_belong_to_the_account_they_came_from_where_there_is_one(session: Session, file: Path) -> None:
    board = make_board(session)
    kim = make_user(session, account=make_account(session, external_id="acme"), name="Kim")
    make_topic(session, author=kim, board=board)
    file.write_text(text_of(session, board))
    forget_everything(session)

    bring(session, file)

    account = session.scalars(select(Account).where(Account.external_id == "acme")).one()
    assert session.execute(select(User.name, User.account_id)).all() == [("Kim", account.id)]


@pytest.mark.parametrize("site", ["knows the account", "does not"])
def test_nobody_reads_more_than_on_the_board_that_it_was(session: Session, tmp_path: Path, site: str) -> None:
    theirs = make_account(session, external_id="acme")
    board = make_board(session, audience=frozenset({f"account:{theirs.id}"}))
    make_topic(session, author=make_user(session), board=board)
    (tmp_path / "b.jsonl").write_text(text_of(session, board))
    forget_everything(session)
    account = session.scalars(select(Account).where(Account.external_id == "acme")).one()
    if site == "does not":
        account.external_id = "globex"
    told: list[str] = []
    reading = Reading(file=tmp_path / "b.jsonl", on_problem=lambda *what: told.extend(what), on_bytes=len_of)
    coming = Import(board_name=None, default_name="b", site=SITE, on_problem=reading.on_problem, now=NOW)
    for batch in batches(reading.topics(), BATCH):
        coming.write(session, batch, reading.board)

    (made,) = session.scalars(select(Board))
    assert made.audience == (STAFF if site == "does not" else {f"account:{account.id}"})
    assert bool(told) is (site == "does not")


def test_posts_of_merged_topics_are_told_of_once_and_in_their_order(session: Session, file: Path) -> None:
    asker, staff = make_customer(session), actor_of(make_user(session))
    board = make_board(session)
    first = make_topic(session, author=asker, board=board, title="First", now=NOW + timedelta(days=1))
    second = make_topic(session, author=asker, board=board, title="Second", body="Before it", now=NOW)
    make_reply(session, author=asker, topic=first, body="Last in time", now=NOW + timedelta(days=2))
    moderation.merge_topics(session, actor=staff, topic_id=second.id, into_id=first.id, now=NOW)
    session.commit()
    file.write_text(text_of(session, board))
    forget_everything(session)
    bring(session, file)

    (topic,) = session.scalars(select(Topic))
    bodies = session.scalars(select(Post.body).order_by(Post.position)).all()
    assert (topic.title, bodies) == ("First", ["The printer prints nothing.", "Last in time", "Before it"])
    again = session.scalars(select(Board)).one()
    assert text_of(session, again) == file.read_text()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NAMES = st.sampled_from(["kim", "lee", "kim@acme.example", "森", "a:b"])
TIMES = st.integers(0, 5).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())


def posts_of_any_kind(key: st.SearchStrategy[str], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Line]:
    return st.fixed_dictionaries(
        {"id": key, "author": NAMES, "created_at": TIMES, "body_markdown": TEXT},
        optional={
            "voters": st.dictionaries(NAMES, TIMES, max_size=3),
            "removed_at": TIMES,
            "removed_by": NAMES,
            "edited_at": TIMES,
            "edited_by": NAMES,
            "is_official": st.booleans(),
            "accepted_at": TIMES,
            **more,
        },
    )


COMMENTS = st.lists(
    posts_of_any_kind(st.sampled_from(["x", "y"])), max_size=2, unique_by=lambda comment: comment["id"]
)


TOPICS_OF_ANY_KIND = st.builds(
    lambda opening, replies, rest: opening | {"replies": replies} | rest,
    posts_of_any_kind(st.uuids().map(str), comments=COMMENTS),
    st.lists(posts_of_any_kind(st.sampled_from("abcde")), max_size=4, unique_by=lambda reply: reply["id"]),
    st.fixed_dictionaries(
        {"title": TEXT.filter(str.strip)},
        optional={
            "kind": st.sampled_from([str(kind) for kind in TopicKind]),
            "accepted_reply_id": st.sampled_from("abcde"),
            "tags": st.lists(st.sampled_from(["Printing", "印刷", "c++", "C", " "]), max_size=3),
            "rating": st.integers(0, 6),
            "idea_status": st.sampled_from([str(status) for status in IdeaStatus]),
            "status_note": TEXT,
            "pinned_at": TIMES,
            "closed_at": TIMES,
            "archived_at": TIMES,
        },
    ),
)


@settings(max_examples=8)
@given(st.lists(TOPICS_OF_ANY_KIND, max_size=3))
def test_whatever_came_goes_out_and_in_again_the_same(
    session: Session, tmp_path: Path, lines: list[Line]
) -> None:
    forget_everything(session)
    file, board = tmp_path / "board.jsonl", make_board(session)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    reading = Reading(file=file, on_problem=lambda *_what: None, on_bytes=len_of)
    coming = Import(
        board_name=board.name("en"), default_name="", site=SITE, on_problem=reading.on_problem, now=NOW
    )
    for batch in batches(reading.topics(), BATCH):
        coming.write(session, batch, reading.board)
    session.commit()
    accepted = session.scalar(select(func.count(Topic.accepted_post_id)))
    assert (coming.counts.topics, coming.counts.accepted) == (len(lines), accepted)
    file.write_text(text_of(session, board))
    forget_everything(session)

    bring(session, file)

    if lines:
        assert text_of(session, session.scalars(select(Board)).one()) == file.read_text()


def test_the_command_writes_a_file_or_the_standard_output(app: Flask, session: Session, file: Path) -> None:
    board = full_board(session)
    result = run(app, "export", board.slug, "--out", str(file))
    assert (result.exit_code, "4 topics exported" in result.stderr) == (0, True)
    assert run(app, "export", board.slug).stdout == file.read_text()
    assert run(app, "import", str(file)).exit_code == 0


def test_a_board_that_is_not_there_is_a_clear_error(app: Flask, session: Session) -> None:
    result = run(app, "export", "nowhere")
    assert (result.exit_code, "no board nowhere" in result.stderr) == (1, True)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.whole
@pytest.mark.skipif(not REAL.is_file(), reason="needs ../shared/data/forum")
def test_a_real_board_comes_back_the_same(session: Session, file: Path) -> None:
    bring(session, REAL)
    board = session.scalars(select(Board)).one()
    file.write_text(text_of(session, board))
    forget_everything(session)

    coming = bring(session, file)

    assert (coming.counts.topics, coming.counts.replies, coming.counts.accepted) == (556, 1095, 181)
    assert text_of(session, session.scalars(select(Board)).one()) == file.read_text()
