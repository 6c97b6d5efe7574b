"""Files of posts: seen by whoever sees the post, kept while anything names them, never run by a browser."""

import io
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal import worker
from portal.accounts.actors import VISITOR, Actor, Role
from portal.accounts.audience import PUBLIC, SIGNED_IN, STAFF
from portal.accounts.models import User
from portal.core.clock import utc_now
from portal.core.db import transaction
from portal.core.errors import InvalidError, NotFoundError
from portal.files import service as article_files
from portal.files.attachments import queries as files
from portal.files.attachments import service as attachments
from portal.files.attachments.models import Attachment
from portal.files.attachments.rules import KINDS, path_of, place_of, tokens_in, type_of, written
from portal.forum import editing, moderation, policies, queries, service
from portal.forum.attachments.models import PostAttachment
from portal.forum.attachments.queries import POSTS
from portal.forum.attachments.service import clear_unposted
from portal.forum.drafts import service as drafts
from portal.forum.drafts.service import Begun, Window
from portal.forum.models import Board, BoardModerator, Post, Topic, TopicKind
from portal.forum.service import Draft
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
from tests.files.pictures import MP4, decoded, encoded, halves

Browse = Callable[[User], FlaskClient]
Keep = Callable[..., Attachment]
JSON: Final = {"Accept": "application/json"}
HOSTILE: Final = Path(__file__).parents[2].parent / "shared" / "data" / "hostile"


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return out.getvalue()


DOCX: Final = zipped("[Content_Types].xml", "word/document.xml")
PDF: Final = b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF"


@pytest.fixture
def keep(app: Flask, session: Session) -> Keep:
    """Add a file as a person would."""

    def run(user: User, name: str = "log.txt", content: bytes = b"It failed.") -> Attachment:
        file = attachments.keep(
            session,
            actor=actor_of(user),
            folder=app.extensions["settings"].uploads_dir,
            upload=attachments.prepare(name=name, content=content),
            now=NOW,
        )
        session.commit()
        return file

    return run


@pytest.fixture
def author(session: Session) -> User:
    return make_customer(session)


@pytest.fixture
def topic(session: Session, author: User) -> Topic:
    return make_topic(session, author=author)


def sees(session: Session, actor: Actor, file: Attachment) -> bool:
    try:
        return files.file_for(session, actor, file.token, [POSTS]) is file
    except NotFoundError:
        return False


def status(browser: FlaskClient, file: Attachment, **headers: str) -> int:
    with browser.get(
        path_of(file), headers={name.replace("_", "-"): text for name, text in headers.items()}
    ) as sent:
        return sent.status_code


def send(browser: FlaskClient, content: bytes, name: str, **form: str) -> TestResponse:
    parts = [(f'name="file"; filename="{name}"', content)]
    parts += [(f'name="{field}"', text.encode()) for field, text in form.items()]
    body = b"".join(
        f"--part\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + value + b"\r\n"
        for about, value in parts
    )
    return browser.post(
        "/attachments",
        data=body + b"--part--\r\n",
        content_type="multipart/form-data; boundary=part",
        headers={} if form else JSON,
    )


def edit(session: Session, user: User, post: Post, body: str) -> None:
    editing.edit_post(
        session,
        actor=actor_of(user),
        post_id=post.id,
        draft=Draft(title=post.topic.title, body=body),
        edition=post.edition,
        now=NOW,
    )
    session.commit()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.txt", encoded(halves()), "image/png"),
        ("a.mp4", MP4, "video/mp4"),
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.zip", zipped(), "application/zip"),
        ("a.zip", DOCX, "application/zip"),
        ("a.docx", DOCX, KINDS[".docx"][0]),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), KINDS[".xlsx"][0]),
        ("a.pptx", zipped("[Content_Types].xml", "ppt/presentation.xml"), KINDS[".pptx"][0]),
        ("a.log", "印刷できない".encode(), "text/plain"),
        ("a.csv", "名前,数\r\n\x1b[31m".encode("cp932"), "text/plain"),
        ("a.json", '{"a": 1}'.encode("utf-16"), "text/plain"),
        ("a.gz", b"\x1f\x8b\x08\x00", "application/gzip"),
        ("a.pdf", b"GIF89a%PDF-", "image/gif"),
        ("a.pdf", b" " + PDF, None),
        ("a.docx", zipped(), None),
        ("a.xlsx", DOCX, None),
        ("a.zip", b"MZ" + zipped(), None),
        ("a.zip", b"PK\x03\x04", None),
        ("a.txt", b"MZ\x90\x00\x03", None),
        ("a.txt", b"\x7fELF\x02\x01", None),
        ("a.txt", b"\xff\xfe\x00", None),
        ("a.txt", b"\n <!DOCTYPE html><script>", None),
        ("a.json", b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        ("a.html", b"Words.", None),
        ("a.txt.exe", b"Words.", None),
        ("a.docm", DOCX, None),
        ("a", b"Words.", None),
        (".txt", b"Words.", None),
    ],
)
def test_the_content_proves_what_a_file_is(name: str, content: bytes, media_type: str | None) -> None:
    assert type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("a.txt", b"", 422, "Choose a file that is not empty."),
        ("evil.svg", b"<svg onload='alert(1)'/>", 415, "evil.svg cannot be added"),
        ("a.png", encoded(halves())[:60], 422, "a.png is damaged."),
        ("a.txt", b"a" * (article_files.LARGEST_BYTES + 1), 413, "a.txt is larger than 10 MB."),
    ],
    ids=["empty", "kind", "damaged", "large"],
)
def test_what_cannot_be_added_is_refused_in_words(
    session: Session, browser_of: Browse, author: User, name: str, content: bytes, status: int, words: str
) -> None:
    answer = send(browser_of(author), content, name)

    assert answer.status_code == status
    assert answer.json is not None
    assert words in answer.json["detail"]
    assert session.scalars(select(Attachment)).all() == []


def test_a_picture_is_drawn_anew_and_shown_to_its_uploader_alone(
    session: Session, browser_of: Browse, author: User, client: FlaskClient
) -> None:
    browser = browser_of(author)
    answer = send(browser, encoded(halves(), "JPEG", comment="a secret"), "my [shot].jpg").json

    assert answer is not None
    assert answer["markdown"] == rf"![my \[shot\].jpg]({answer['url']})"
    with browser.get(answer["url"]) as shown:
        assert decoded(shown.data).size == (40, 20)
        assert b"secret" not in shown.data
        assert shown.headers["Cache-Control"] == "private, no-cache"
        assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for other in (client, browser_of(make_customer(session)), browser_of(make_user(session))):
        assert other.get(answer["url"]).status_code == 404


def test_other_files_are_always_saved_never_opened(browser_of: Browse, author: User) -> None:
    browser = browser_of(author)
    answer = send(browser, PDF, "reports/週報.pdf").json

    assert answer is not None
    assert answer["markdown"] == f"[週報.pdf (1 kB)]({answer['url']})"
    with browser.get(answer["url"]) as sent:
        assert sent.headers["Content-Disposition"].startswith("attachment;")
        assert sent.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in sent.headers["Content-Security-Policy"]
        assert (sent.mimetype, sent.data) == ("application/pdf", PDF)


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the hostile texts beside the project are absent")
@pytest.mark.real
def test_hostile_texts_are_refused_or_sent_as_plain_text(browser_of: Browse, author: User) -> None:
    browser, tried = browser_of(author), 0
    for path in sorted(HOSTILE.rglob("*.t*xt"))[:12]:
        content = path.read_bytes()[: article_files.LARGEST_BYTES]
        answer = send(browser, content, path.name)
        tried += 1
        if answer.status_code == 415:
            continue
        assert answer.status_code == 201, path
        with browser.get((answer.json or {})["url"]) as sent:
            assert sent.mimetype == "text/plain"
            assert sent.headers["Content-Disposition"].startswith("attachment;")
    assert tried


@given(st.binary(max_size=300), st.sampled_from(sorted(KINDS)))
def test_no_content_breaks_the_proof(content: bytes, ending: str) -> None:
    for start in (b"", b"PK\x03\x04", zipped()[:-5], b"\xff\xfe"):
        tried = start + content
        allowed = {None, KINDS[ending][0], article_files.media_type_of(tried)}
        assert type_of(f"a{ending}", tried) in allowed


def test_the_same_bytes_of_two_people_are_two_files(session: Session, keep: Keep, topic: Topic) -> None:
    mine, other = make_customer(session), make_customer(session)
    first, second = keep(mine), keep(other)

    assert first.token != second.token
    assert sees(session, actor_of(mine), first)
    assert not sees(session, actor_of(mine), second)
    make_reply(session, author=other, topic=topic, body=written(second))
    assert not sees(session, actor_of(other), first)
    assert sees(session, VISITOR, second)
    assert not sees(session, VISITOR, first)


AUDIENCES: Final = (PUBLIC, SIGNED_IN, STAFF)
STATES: Final = ("stands", "removed", "topic removed", "comment", "comment on a removed post")


@dataclass(frozen=True)
class Shown:
    """How one post shows the file."""

    audience: int
    state: str
    is_shown: bool
    by_uploader: bool


@pytest.fixture
def people(session: Session) -> Sequence[User]:
    account = make_account(session)
    mates = [make_user(session, account=account, role=role) for role in (Role.CUSTOMER, Role.CHAMPION)]
    return [*mates, make_customer(session), make_customer(session), make_user(session)]


@given(
    st.lists(
        st.builds(Shown, st.integers(0, 3), st.sampled_from(STATES), st.booleans(), st.booleans()), max_size=3
    )
)
def test_a_file_is_seen_by_exactly_those_who_see_a_post_that_shows_it(
    session: Session, keep: Keep, people: Sequence[User], ways: Sequence[Shown]
) -> None:
    uploader, moderator = make_user(session, account=people[0].account), people[3]
    file = keep(uploader)  # Of someone new each time, as nobody may add more than some a day.
    posts = {}
    for way in ways:
        account = frozenset({f"account:{uploader.account_id}"})
        board = make_board(session, audience=(*AUDIENCES, account)[way.audience])
        session.add(BoardModerator(board_id=board.id, user_id=moderator.id))
        post = posted(session, topic_on(session, board.id, make_customer(session)), way, uploader)
        session.add(PostAttachment(post_id=post.id, attachment_id=file.id, is_shown=way.is_shown))
        posts[post.id] = way.is_shown
    session.commit()

    for person in (VISITOR, *map(actor_of, [uploader, *people])):
        expected = any(shows(session, person, *pair) for pair in posts.items())
        if not posts:
            expected = person.user_id == uploader.id
        assert sees(session, person, file) == expected, person


def topic_on(session: Session, board_id: int, author: User) -> Topic:
    topic = service.write_topic(
        session,
        board=session.get_one(Board, board_id),
        author_id=author.id,
        account_id=author.account_id,
        kind=TopicKind.QUESTION,
        draft=Draft(title="A topic", body="Words."),
        at=NOW,
    )
    session.flush()
    return topic


def posted(session: Session, topic: Topic, way: Shown, uploader: User) -> Post:
    """Write a post in a state, past all rights."""
    author_id = uploader.id if way.by_uploader else topic.author_id
    text = service.Text(author_id=author_id, account_id=None, body="Words.", at=NOW)
    post = service.write_posts(session, topic=topic, texts=[text])[0]
    if way.state.startswith("comment"):
        parent, post = post, service.write_comment(session, about=post, text=text)
        parent.removed_at = NOW if "removed" in way.state else None
    post.removed_at = NOW if way.state == "removed" else None
    topic.removed_at = NOW if way.state == "topic removed" else None
    session.flush()
    return post


def shows(session: Session, person: Actor, post_id: int, is_shown: bool) -> bool:  # noqa: FBT001  # A pair.
    try:
        post = queries.post_for(session, person, post_id)
    except NotFoundError:
        return False
    keeps = queries.moderates(session, person, post.topic.board)
    return is_shown or policies.may_see_history(person, post, moderates=keeps)


def test_a_removed_post_hides_its_file_at_once(
    session: Session, keep: Keep, author: User, topic: Topic, browser_of: Browse, client: FlaskClient
) -> None:
    staff, file = make_user(session), keep(author)
    post = make_reply(session, author=author, topic=topic, body=written(file))
    with client.get(path_of(file)) as sent:
        etag = sent.headers["ETag"]
    assert status(client, file, If_None_Match=etag) == 304

    editing.remove_post(session, actor=actor_of(staff), post_id=post.id, now=NOW)
    session.commit()

    assert status(client, file, If_None_Match=etag) == 404
    assert [status(browser_of(user), file) for user in (author, staff)] == [200, 200]


def test_a_file_follows_its_post_to_other_boards_and_topics(
    session: Session, keep: Keep, author: User, topic: Topic
) -> None:
    staff, file = actor_of(make_user(session)), keep(author)
    post = make_reply(session, author=author, topic=topic, body=written(file))
    closed = make_board(session, audience=STAFF)
    assert sees(session, VISITOR, file)

    moderation.move_topic(session, actor=staff, topic_id=topic.id, board_slug=closed.slug, now=NOW)
    session.commit()
    assert [sees(session, actor, file) for actor in (VISITOR, actor_of(author), staff)] == [
        False,
        False,
        True,
    ]

    split = moderation.split_topic(
        session, actor=staff, topic_id=topic.id, post_ids={post.id}, title="Apart", now=NOW
    )
    public = make_topic(session, author=make_user(session))
    assert not sees(session, VISITOR, file)
    moderation.merge_topics(session, actor=staff, topic_id=split.id, into_id=public.id, now=NOW)
    session.commit()
    assert sees(session, VISITOR, file)


def test_nobody_reveals_by_an_address_what_they_cannot_read(
    session: Session, keep: Keep, topic: Topic
) -> None:
    staff, thief = make_user(session), make_customer(session)
    secret = keep(staff)
    room = make_topic(session, author=staff, board=make_board(session, audience=STAFF), body=written(secret))
    post = make_reply(session, author=thief, topic=topic, body=f"Look: {written(secret)}")
    assert not sees(session, VISITOR, secret)
    assert not sees(session, actor_of(thief), secret)

    edit(session, staff, post, f"Look here: {written(secret)}")
    assert not sees(session, actor_of(thief), secret)

    make_reply(session, author=staff, topic=topic, body=f"> {written(secret)}")
    assert sees(session, VISITOR, secret)
    assert room.id != topic.id


def test_a_quoted_picture_is_seen_where_it_is_quoted(session: Session, keep: Keep, author: User) -> None:
    account = make_account(session)
    mate = make_user(session, account=account)
    board = make_board(session, audience=frozenset({f"account:{account.id}"}))
    file = keep(mate, "shot.png", encoded(halves()))
    make_topic(session, author=mate, board=board, body=written(file))
    other = make_topic(session, author=author)
    assert not sees(session, actor_of(author), file)

    make_reply(session, author=mate, topic=other, body=f"> {written(file)}")

    assert sees(session, actor_of(author), file)


def test_what_is_edited_out_stays_with_the_history(
    session: Session, keep: Keep, author: User, topic: Topic
) -> None:
    file = keep(author)
    post = make_reply(session, author=author, topic=topic, body=written(file))

    edit(session, author, post, "Nothing to see.")
    seen = [sees(session, actor, file) for actor in (VISITOR, actor_of(author), actor_of(make_user(session)))]
    assert seen == [False, True, True]

    edit(session, author, post, f"Again: {written(file)}")
    assert sees(session, VISITOR, file)


def test_a_post_has_at_most_ten_files(session: Session, keep: Keep, author: User, topic: Topic) -> None:
    links = [written(keep(author, f"{number}.txt")) for number in range(11)]
    make_reply(session, author=author, topic=topic, body=" ".join(links[:10] + links[:1]))

    with pytest.raises(InvalidError, match="at most 10 files"):
        make_reply(session, author=author, topic=topic, body=" ".join(links))


@pytest.mark.parametrize(("limit", "value"), [("FILES_A_DAY", 2), ("BYTES_A_DAY", 25)])
def test_a_day_has_a_quota(
    session: Session, keep: Keep, author: User, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(attachments, limit, value)
    old = keep(author)
    keep(author)
    with pytest.raises(InvalidError, match="Add this one tomorrow"):
        keep(author)
    keep(make_customer(session))
    old.created_at = NOW - timedelta(days=1)
    session.commit()

    assert keep(author).id


def test_without_a_script_the_file_goes_into_the_text(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    browser = browser_of(author)
    form = {"place": f"topic:{topic.id}", "body": "It says:"}
    answer = send(browser, b"It failed.", "a.log", **form)

    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "It says:\n\n[a.log (1 kB)](/attachments/" in page
    assert "The file stands at the end of your text." in page


def test_without_a_script_a_refused_file_leaves_the_text(
    session: Session, browser_of: Browse, author: User, topic: Topic
) -> None:
    browser = browser_of(author)
    answer = send(browser, b"<svg/>", "a.svg", place=f"topic:{topic.id}", body="It says:")

    page = browser.get(answer.headers["Location"]).text
    assert "a.svg cannot be added" in page
    assert "\nIt says:</textarea>" in page
    assert session.scalars(select(Attachment)).all() == []


def clear(session: Session, days: float) -> set[int]:
    found = clear_unposted(session, homes=[POSTS], now=NOW + timedelta(days=days))
    session.commit()
    return {file.id for file in found}


def test_what_nobody_posts_is_cleared_but_nothing_in_use(
    session: Session, keep: Keep, author: User, topic: Topic
) -> None:
    unused, shown, former, drafted, quoted = (keep(author) for _ in range(5))
    make_reply(session, author=author, topic=topic, body=written(shown))
    post = make_reply(session, author=author, topic=topic, body=written(former))
    edit(session, author, post, "Nothing.")
    for person, file in ((author, drafted), (make_customer(session), quoted)):
        text = Begun(body=written(file))
        drafts.save(session, actor=actor_of(person), place="new:", text=text, window=Window(), now=NOW)
    session.commit()

    assert clear(session, 2.9) == set()
    assert clear(session, 3.1) == {unused.id, quoted.id}
    assert session.scalar(select(func.count()).select_from(Attachment)) == 3


def test_the_clockwork_deletes_the_bytes_too(
    app: Flask, session: Session, keep: Keep, author: User, topic: Topic
) -> None:
    folder = app.extensions["settings"].uploads_dir
    unused, used = keep(author), keep(author)
    make_reply(session, author=author, topic=topic, body=written(used))
    unused.created_at = used.created_at = utc_now() - timedelta(days=4)
    session.commit()
    assert place_of(unused, folder).is_file()

    worker.clear_unfinished()

    assert not place_of(unused, folder).exists()
    assert place_of(used, folder).read_bytes() == b"It failed."


def test_who_posts_at_the_moment_of_clearing_keeps_the_file(
    app: Flask, session: Session, keep: Keep, author: User, topic: Topic
) -> None:
    actor, topic_id = actor_of(author), topic.id
    chosen = [(file.token, written(file)) for file in (keep(author) for _ in range(6))]
    session.rollback()
    ready = Barrier(2)

    def post_all() -> None:
        with app.app_context():
            ready.wait(timeout=20)
            for _, body in chosen:
                with transaction(wake=False) as writing:
                    service.reply(writing, actor=actor, topic_id=topic_id, draft=Draft(body=body), now=NOW)

    def clear_all() -> None:
        with app.app_context():
            ready.wait(timeout=20)
            with transaction(wake=False) as writing:
                clear_unposted(writing, homes=[POSTS], now=NOW + timedelta(days=9))

    with ThreadPoolExecutor(2) as threads:
        for deed in [threads.submit(post_all), threads.submit(clear_all)]:
            deed.result()

    joined = set(session.scalars(select(Attachment.token).join(PostAttachment)))
    there = set(session.scalars(select(Attachment.token)))
    assert joined == there
    assert len(session.scalars(select(Post).where(Post.position > 1)).all()) == 6


def test_tokens_are_read_from_links_only_as_a_whole() -> None:
    token = "0123456789abcdef" * 2
    assert tokens_in(f"![a](/attachments/{token}) [b](https://x.example/attachments/{token}?a)") == {token}
    assert tokens_in(f"/attachments/{token}0 /attachments/{token[:-1]}") == set()
