"""Topics from elsewhere, in the line format that `portal forum import` reads."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Role
from portal.accounts.audience import PUBLIC
from portal.accounts.models import User
from portal.core import outbox, revisions
from portal.core.errors import InvalidError
from portal.events import TopicsImported
from portal.forum import service
from portal.forum.models import Board, Topic, TopicKind
from portal.web.slugs import slugify

BATCH: Final = 50
LONGEST_LINE_BYTES: Final = 20_000_000
LONGEST_KEY: Final = 90

Problem = Callable[[str, str], None]


@dataclass(kw_only=True)
class Counts:
    """What an import did."""

    topics: int = 0
    replies: int = 0
    accepted: int = 0
    people: int = 0
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class SourceReply:
    """One reply as it came."""

    key: str
    author: str
    body: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SourceTopic:
    """One topic as it came; `place` is its file and line, `accepted` the key of the solution or None."""

    place: str
    key: str
    title: str
    author: str
    body: str
    at: datetime
    accepted: str | None
    replies: tuple[SourceReply, ...]


def read_batches(
    file: Path, *, on_problem: Problem, on_bytes: Callable[[int], None], counts: Counts
) -> Iterator[list[SourceTopic]]:
    """Read a file line by line, some topics at a time; what cannot be read is told and left out."""
    batch: list[SourceTopic] = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            on_bytes(len(line))
            if not line.strip():
                continue
            place = f"{file}:{number}"
            try:
                batch.append(parse_topic(line, place))
            except InvalidError as error:
                counts.refused += 1
                on_problem(place, str(error))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def parse_topic(line: bytes, place: str) -> SourceTopic:
    """Read one line.

    Raises:
        InvalidError: it is not UTF-8, not JSON, or something is missing or of the wrong kind.
    """
    if len(line) > LONGEST_LINE_BYTES:
        raise InvalidError("longer than 20 MB")
    try:
        data = json.loads(line.decode("utf-8-sig"))
        replies = [_parse_reply(reply) for reply in data.get("replies") or ()]
        if len({reply.key for reply in replies}) < len(replies):
            raise InvalidError("two replies have the same “id”")
        accepted = data.get("accepted_reply_id")
        return SourceTopic(
            place=place,
            key=_key(data),
            title=_text(data, "title"),
            author=_text(data, "author"),
            body=_text(data, "body_markdown", may_be_empty=True) or _text(data, "title"),
            at=_instant(data, "created_at"),
            accepted=None if accepted is None else str(accepted),
            replies=tuple(sorted(replies, key=lambda reply: reply.at)),
        )
    except UnicodeDecodeError as error:
        raise InvalidError(f"not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise InvalidError(f"not JSON: {error.msg} (column {error.colno})") from None
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise InvalidError(f"not a topic: {error}") from None


def _parse_reply(data: dict[str, Any]) -> SourceReply:
    return SourceReply(
        key=_key(data),
        author=_text(data, "author"),
        body=_text(data, "body_markdown", may_be_empty=True),
        at=_instant(data, "created_at"),
    )


def _key(data: dict[str, Any]) -> str:
    key = _text(data, "id")
    if len(key) > LONGEST_KEY:
        raise InvalidError(f"“id” is longer than {LONGEST_KEY} characters")
    return key


def _text(data: dict[str, Any], name: str, *, may_be_empty: bool = False) -> str:
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (value.strip() or may_be_empty):
        raise InvalidError(f"“{name}” is missing or no text")
    return value.encode(errors="replace").decode().replace("\x00", "")


def _instant(data: dict[str, Any], name: str) -> datetime:
    """Read a time; one without a zone is in UTC."""
    try:
        at = datetime.fromisoformat(_text(data, name))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidError(f"“{name}” is no ISO 8601 time") from None


def find_or_add_board(session: Session, name: str) -> Board:
    """Return the board with this name, or a new public one."""
    slug = slugify(name)
    board = session.scalar(select(Board).where(Board.slug == slug))
    return board or service.add_board(
        session, slug=slug, names={"en": name, "ja": name}, descriptions={}, audience=PUBLIC, position=100
    )


def write_batch(
    session: Session,
    batch: Sequence[SourceTopic],
    *,
    board_name: str,
    account_id: int | None,
    counts: Counts,
    on_problem: Problem,
    now: datetime,
) -> None:
    """Store topics that are not there yet, and record that they came."""
    board = find_or_add_board(session, board_name)
    keys = [f"import:{topic.key}" for topic in batch]
    known = set(session.scalars(select(Topic.source_key).where(Topic.source_key.in_(keys))))
    people = _people(session, batch, account_id=account_id, counts=counts, now=now)
    imported = []
    for source in batch:
        if f"import:{source.key}" in known:
            counts.known += 1
            continue
        known.add(f"import:{source.key}")
        try:
            with session.begin_nested():
                imported.append(_write_topic(session, source, board, people, account_id, counts))
        except InvalidError as error:
            counts.refused += 1
            on_problem(source.place, str(error))
    if imported:
        revisions.bump(session, "forum")
        outbox.record(session, TopicsImported(topic_ids=tuple(imported)))


def _write_topic(
    session: Session,
    source: SourceTopic,
    board: Board,
    people: dict[str, int],
    account_id: int | None,
    counts: Counts,
) -> int:
    topic = service.write_topic(
        session,
        board=board,
        author_id=people[source.author],
        account_id=account_id,
        kind=TopicKind.QUESTION,
        draft=service.Draft(title=source.title, body=source.body),
        at=source.at,
        source_key=f"import:{source.key}",
    )
    for reply in source.replies:
        post = service.write_post(
            session,
            topic=topic,
            author_id=people[reply.author],
            account_id=account_id,
            draft=service.Draft(body=reply.body),
            at=reply.at,
            source_key=f"import:{source.key}:{reply.key}",
        )
        if reply.key == source.accepted:
            service.settle(session, topic=topic, answer=post, at=reply.at)
    counts.topics += 1
    counts.replies += len(source.replies)
    counts.accepted += topic.is_solved
    return topic.id


def _people(
    session: Session, batch: Sequence[SourceTopic], *, account_id: int | None, counts: Counts, now: datetime
) -> dict[str, int]:
    """Return the ids of all authors by their name in the source, adding those that are new."""
    names = {topic.author for topic in batch} | {reply.author for topic in batch for reply in topic.replies}
    origins = {f"import:{account_id or 0}:{name}"[:200]: name for name in sorted(names)}
    found = dict(session.execute(select(User.origin, User.id).where(User.origin.in_(origins))).all())
    for origin, name in origins.items():
        if origin not in found:
            user = User(
                name=name[:120], role=Role.CUSTOMER, account_id=account_id, origin=origin, created_at=now
            )
            session.add(user)
            session.flush()
            found[origin] = user.id
            counts.people += 1
    return {name: found[origin] for origin, name in origins.items()}
