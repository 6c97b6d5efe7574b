"""`portal forum import`."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import VISITOR
from portal.accounts.models import User
from portal.forum import queries
from portal.forum.models import Board, Post, Topic
from tests.factories import make_account

REAL = Path(__file__).parents[2].parent / "shared/data/forum/sumo-firefox-en.jsonl"
Line = dict[str, Any]


def reply(key: str, **values: object) -> Line:
    fields = {
        "id": key,
        "author": "lee",
        "body_markdown": f"Answer **{key}**",
        "created_at": "2024-05-02T10:00:00+09:00",
    }
    return fields | values


def line(key: str = "q1", **values: object) -> Line:
    fields: Line = {
        "id": key,
        "title": f"Question {key}",
        "author": "kim",
        "body_markdown": "It does not print.",
        "created_at": "2024-05-01T10:00:00+09:00",
        "accepted_reply_id": None,
        "replies": [],
    }
    return fields | values


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "old-forum.jsonl"


def write(file: Path, *lines: Line | bytes) -> None:
    rows = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in lines)
    file.write_bytes(b"\n".join(rows) + b"\n")


def run(app: Flask, file: Path, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["forum", "import", str(file), *words])


def topics(session: Session) -> dict[str, Topic]:
    session.rollback()
    found = session.scalars(select(Topic).options(joinedload(Topic.author), joinedload(Topic.board)))
    return {topic.title: topic for topic in found}


def posts(session: Session) -> list[Post]:
    session.rollback()
    query = select(Post).options(joinedload(Post.author)).order_by(Post.topic_id, Post.position)
    return list(session.scalars(query))


def test_a_topic_comes_with_all_it_has(app: Flask, session: Session, file: Path) -> None:
    replies = [reply("a2", created_at="2024-05-03T00:00:00Z"), reply("a1", author="mori")]
    write(file, line(accepted_reply_id="a1", replies=replies))

    result = run(app, file)

    topic = topics(session)["Question q1"]
    question, first, second = posts(session)
    assert result.exit_code == 0
    assert "1 topics and 2 replies imported, 1 of them accepted; 3 new people" in result.stdout
    assert (topic.author.name, topic.created_at) == ("kim", datetime(2024, 5, 1, 1, tzinfo=UTC))
    assert (topic.accepted_post_id, topic.solved_at) == (first.id, first.created_at)
    assert (first.author.name, first.created_at) == ("mori", datetime(2024, 5, 2, 1, tzinfo=UTC))
    assert (second.author.name, topic.active_at) == ("lee", second.created_at)
    assert question.body_html == "<p>It does not print.</p>"
    assert topic.answer_count == 2


def test_the_board_is_named_after_the_file_or_as_told(app: Flask, session: Session, file: Path) -> None:
    write(file, line("q1"))
    run(app, file)
    write(file, line("q2"))
    run(app, file, "--board", "Old questions")
    write(file, line("q3"))
    run(app, file, "--board", "old questions")

    assert {title: topic.board.slug for title, topic in topics(session).items()} == {
        "Question q1": "old-forum",
        "Question q2": "old-questions",
        "Question q3": "old-questions",
    }
    assert len(queries.boards_for(session, VISITOR)) == 2


def test_authors_are_people_without_a_key(app: Flask, session: Session, file: Path) -> None:
    account = make_account(session, external_id="acme")
    write(file, line("q1"), line("q2", replies=[reply("a1", author="kim")]))

    run(app, file, "--account", "acme")

    session.rollback()
    (kim,) = session.scalars(select(User))
    assert (kim.name, kim.email, kim.password_hash, kim.account_id) == ("kim", None, None, account.id)
    assert {topic.account_id for topic in topics(session).values()} == {account.id}


def test_a_second_run_changes_nothing(app: Flask, session: Session, file: Path) -> None:
    write(file, line("q1", replies=[reply("a1")]), line("q2"))
    run(app, file)
    before = [(post.id, post.body) for post in posts(session)]

    result = run(app, file)

    assert result.exit_code == 0
    assert "0 topics and 0 replies imported" in result.stdout
    assert "2 topics were there already" in result.stdout
    assert [(post.id, post.body) for post in posts(session)] == before


def test_a_run_that_was_cut_short_is_completed(app: Flask, session: Session, file: Path) -> None:
    write(file, line("q1"))
    run(app, file)
    write(file, line("q1"), line("q2"), line("q2"))

    result = run(app, file)

    assert "1 topics and 0 replies imported" in result.stdout
    assert set(topics(session)) == {"Question q1", "Question q2"}


MISSING = "is missing or no text"
WRONG: list[tuple[Line, str]] = [
    *(
        ({name: None}, f"“{name}” {MISSING}")
        for name in line()
        if name not in {"accepted_reply_id", "replies"}
    ),
    ({"title": " "}, f"“title” {MISSING}"),
    ({"created_at": "yesterday"}, "“created_at” is no ISO 8601 time"),
    ({"created_at": "0001-01-01T00:00:00+09:00"}, "“created_at” is no ISO 8601 time"),
    ({"id": "x" * 91}, "“id” is longer than 90 characters"),
    ({"replies": "none"}, "not a topic"),
    ({"replies": [reply("a1"), reply("a1")]}, "two replies have the same “id”"),
    ({"replies": [reply("a1"), reply("a2", author="")]}, f"“author” {MISSING}"),
    ({"replies": [reply("a1"), reply("a2", created_at=None)]}, f"“created_at” {MISSING}"),
    ({"body_markdown": "x" * 200_001}, "200,000"),
]
BAD: list[tuple[bytes, str]] = [
    (b"{nonsense", "not JSON"),
    (b"\xff\xfe", "not UTF-8 (byte 0)"),
    (b"[]", "not a topic"),
    (b"42", "not a topic"),
    (b"[" * 100_000, "not a topic"),
    (b'{"id": ' + b"9" * 5000 + b"}", "not a topic"),
    *((json.dumps(line("bad") | values).encode(), reason) for values, reason in WRONG),
]


def test_bad_lines_are_named_and_the_rest_goes_in(app: Flask, session: Session, file: Path) -> None:
    write(file, line("q1"), *(text for text, _reason in BAD), b"", line("q2", replies=[reply("a1")]))

    result = run(app, file)

    told = result.stderr.splitlines()
    assert result.exit_code == 1
    assert f"{len(BAD)} refused" in result.stdout
    for number, ((_text, reason), message) in enumerate(zip(BAD, told, strict=True), 2):
        assert message.startswith(f"{file}:{number}: ")
        assert reason in message
    assert set(topics(session)) == {"Question q1", "Question q2"}
    assert len(posts(session)) == 3


def test_a_file_of_nothing_usable_leaves_nothing(app: Flask, session: Session, file: Path) -> None:
    write(file, b"{", b"\xff")

    assert run(app, file).exit_code == 1
    assert not session.scalars(select(Board)).all()


def test_odd_characters_do_not_stop_it(app: Flask, session: Session, file: Path) -> None:
    write(
        file,
        b"\xef\xbb\xbf" + json.dumps(line("q1", title="Nul\u0000 and half\ud800")).encode(),
        line("q2", id=7, body_markdown="", author="あ" * 300),
    )

    assert run(app, file).exit_code == 0
    assert set(topics(session)) == {"Nul and half?", "Question q2"}


def test_a_time_without_a_zone_is_in_utc(app: Flask, session: Session, file: Path) -> None:
    write(file, line(created_at="2024-05-01T10:00:00"))
    run(app, file)

    assert topics(session)["Question q1"].created_at == datetime(2024, 5, 1, 10, tzinfo=UTC)


def test_an_unknown_account_stops_it_before_it_begins(app: Flask, session: Session, file: Path) -> None:
    write(file, line())

    result = run(app, file, "--account", "nobody")

    assert (result.exit_code, topics(session)) == (1, {})
    assert "no account nobody; see `portal accounts list`" in result.stderr


def test_a_missing_file_is_a_usage_error(app: Flask, file: Path) -> None:
    assert run(app, file).exit_code == 2


@pytest.fixture(scope="module")
def source() -> list[Line]:
    with REAL.open() as lines:
        return [json.loads(text) for text in lines]


def facts_in(source: list[Line]) -> Iterator[tuple[str, str, str, datetime, bool]]:
    """Yield, of each post: its key, its author, its text, its time, and whether it is a solution."""
    for topic in source:
        key = f"import:{topic['id']}"
        yield key, topic["author"], topic["body_markdown"], instant(topic), False
        for post in topic["replies"]:
            accepted = post["id"] == topic["accepted_reply_id"]
            yield f"{key}:{post['id']}", post["author"], post["body_markdown"], instant(post), accepted


def instant(row: Line) -> datetime:
    return datetime.fromisoformat(row["created_at"]).astimezone(UTC)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not REAL.is_file(), reason="needs ../shared/data/forum")
@pytest.mark.parametrize(
    ("share", "topics", "replies", "accepted"),
    [(8, 412, 1502, 3), pytest.param(1, 3293, 11764, 21, marks=pytest.mark.whole)],
)
def test_a_real_community_comes_whole(
    app: Flask,
    session: Session,
    source: list[Line],
    tmp_path: Path,
    share: int,
    topics: int,
    replies: int,
    accepted: int,
) -> None:
    source = source[::share]
    file = tmp_path / REAL.name
    file.write_text("".join(f"{json.dumps(line)}\n" for line in source))
    result = run(app, file)
    session.rollback()
    rows = session.execute(
        select(
            func.coalesce(Post.source_key, Topic.source_key),
            User.name,
            Post.body,
            Post.created_at,
            Topic.accepted_post_id == Post.id,
        )
        .join(Topic, Topic.id == Post.topic_id)
        .join(User, User.id == Post.author_id)
    )
    stored = Counter((key, name, body, at, bool(accepted)) for key, name, body, at, accepted in rows)

    assert result.exit_code == 0, result.stderr
    assert f"{topics} topics and {replies} replies imported, {accepted} of them accepted" in result.stdout
    assert stored == Counter(facts_in(source))
    assert (len(source), sum(stored.values())) == (topics, topics + replies)
    titles = Counter(session.scalars(select(Topic.title)))
    assert titles == Counter(" ".join(topic["title"].split()) for topic in source)


SPEED = 2000
"""Topics a minute, at least."""


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.whole
@pytest.mark.skipif(not REAL.is_file(), reason="needs ../shared/data/forum")
def test_all_real_files_come_fast_enough_and_once(app: Flask, session: Session) -> None:
    """Six of the questions are in two of the files, as both come from one site."""
    files = sorted(REAL.parent.glob("*.jsonl"))
    sources = [json.loads(text) for file in files for text in file.read_text().strip().split("\n")]
    start = time.process_time()
    for file in files:
        result = run(app, file)
        assert result.exit_code == 0, result.stderr
    seconds = time.process_time() - start

    speed = 60 * len(sources) / seconds
    print(f"\n{len(sources)} topics in {seconds:.0f} s of one processor: {speed:.0f} a minute")  # noqa: T201
    session.rollback()
    different = {source["id"]: source for source in sources}
    replies = sum(len(source["replies"]) for source in different.values())
    accepted = sum(source["accepted_reply_id"] is not None for source in different.values())
    count = select(func.count())
    stored = [
        session.scalar(count.select_from(Topic)),
        session.scalar(count.where(Post.position > 1)),
        session.scalar(count.where(Topic.accepted_post_id.is_not(None))),
    ]
    assert (len(sources), len(different)) == (7490, 7484)
    assert stored == [len(different), replies, accepted]
    assert speed >= SPEED

    for file in files:
        assert "0 topics and 0 replies imported" in run(app, file).stdout
