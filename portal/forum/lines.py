"""Topics as lines of JSON: what `portal forum import` reads and `portal forum export` writes."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from portal.core.errors import InvalidError
from portal.forum.models import IdeaStatus, TopicKind
from portal.forum.nod_models import Nod

BATCH: Final = 50
LONGEST_LINE_BYTES: Final = 20_000_000
LONGEST_KEY: Final = 90
NODS: Final[Mapping[Nod, str]] = {Nod.VOTE: "voters", Nod.THANKS: "thanked_by", Nod.ME_TOO: "me_too"}
"""The fields that say when who said something of a post with one press."""

Problem = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class SourcePerson:
    """Who a key means; `account` is the external id of their account, None if they have none."""

    name: str
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class SourceEdition:
    """What a post said before it was changed; the title is empty but for a topic's own text."""

    title: str = ""
    body: str
    author: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SourcePost:
    """One post as it came; people are keys. `nods` are when who said what of it with one press.

    `place` orders replies before their times do; 0 if the source has no order of its own.
    """

    key: str
    author: str
    body: str
    at: datetime
    place: int = 0
    nods: Mapping[Nod, Mapping[str, datetime]] = field(default_factory=dict)
    edited_at: datetime | None = None
    edited_by: str | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    accepted_at: datetime | None = None
    is_official: bool = False
    history: tuple[SourceEdition, ...] = ()
    comments: tuple["SourcePost", ...] = ()

    @property
    def people(self) -> set[str]:
        """The keys of everyone it names."""
        named = {self.author, self.edited_by, self.removed_by}.union(*self.nods.values())
        named |= {edition.author for edition in self.history}
        return {name for name in named if name}.union(*(comment.people for comment in self.comments))


@dataclass(frozen=True, kw_only=True)
class SourceTopic:
    """One topic as it came; `place` is where it stands, `accepted` the key of the solution or None."""

    place: str
    title: str
    opening: SourcePost
    replies: tuple[SourcePost, ...]
    accepted: str | None = None
    solved_at: datetime | None = None
    kind: TopicKind = TopicKind.QUESTION
    tags: tuple[str, ...] = ()
    rating: int | None = None
    writer_role: str = ""
    usage: str = ""
    idea_status: IdeaStatus | None = None
    status_note: str = ""
    pinned_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    people: Mapping[str, SourcePerson] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the source knows it by."""
        return self.opening.key

    @property
    def posts(self) -> tuple[SourcePost, ...]:
        """Its own text, and the replies in order."""
        return (self.opening, *self.replies)


@dataclass(frozen=True, kw_only=True)
class SourceBoard:
    """The board that the topics of an export stand on; an account in an audience has its external id."""

    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    templates: Mapping[str, str]
    audience: tuple[str, ...]
    posting: tuple[str, ...]
    position: int


@dataclass(kw_only=True)
class Reading:
    """A file on its way in: the board that it names, if any, and how many lines could not be used."""

    file: Path
    on_problem: Problem
    on_bytes: Callable[[int], None]
    board: SourceBoard | None = None
    refused: int = 0

    def topics(self) -> Iterator[SourceTopic]:
        """Read line by line; what cannot be read is told and left out."""
        with self.file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                self.on_bytes(len(line))
                place = f"{self.file}:{number}"
                try:
                    if line.strip() and (topic := self._read(line, place)):
                        yield topic
                except InvalidError as error:
                    self.refused += 1
                    self.on_problem(place, str(error))

    def _read(self, line: bytes, place: str) -> SourceTopic | None:
        """Read one line; None if it is about the board.

        Raises:
            InvalidError: it is not UTF-8, not JSON, or something is missing or of the wrong kind.
        """
        if len(line) > LONGEST_LINE_BYTES:
            raise InvalidError("longer than 20 MB")
        try:
            data = json.loads(line.decode("utf-8-sig"))
            if "board" in data and "id" not in data:
                self.board = _board(data["board"])
                return None
            return _topic(data, place)
        except UnicodeDecodeError as error:
            raise InvalidError(f"not UTF-8 (byte {error.start})") from None
        except json.JSONDecodeError as error:
            raise InvalidError(f"not JSON: {error.msg} (column {error.colno})") from None
        except (AttributeError, TypeError, ValueError, RecursionError, OverflowError) as error:
            raise InvalidError(f"not a topic: {error}") from None


def _board(data: dict[str, Any]) -> SourceBoard:
    return SourceBoard(
        names=_words(data, "names"),
        descriptions=_words(data, "descriptions"),
        templates=_words(data, "templates"),
        audience=_list(data, "audience"),
        posting=_list(data, "posting"),
        position=int(data.get("position") or 0),
    )


def _topic(data: dict[str, Any], place: str) -> SourceTopic:
    replies = [_post(reply) for reply in data.get("replies") or ()]
    if len({reply.key for reply in replies}) < len(replies):
        raise InvalidError("two replies have the same “id”")
    accepted = data.get("accepted_reply_id")
    body = _text(data, "body_markdown", may_be_empty=True) or _text(data, "title")
    opening = _post(data | {"body_markdown": body})
    comments = [comment.key for post in (opening, *replies) for comment in post.comments]
    if len(set(comments)) < len(comments):
        raise InvalidError("two comments have the same “id”")
    status = data.get("idea_status")
    return SourceTopic(
        place=place,
        title=_text(data, "title"),
        opening=opening,
        replies=tuple(sorted(replies, key=lambda reply: (reply.place, reply.at))),
        accepted=None if accepted is None else str(accepted),
        solved_at=_instant_or_none(data, "solved_at"),
        kind=TopicKind(data.get("kind") or TopicKind.QUESTION),
        tags=_list(data, "tags"),
        rating=data.get("rating"),
        writer_role=_text(data, "writer_role", or_nothing=True)[:120],
        usage=_text(data, "usage", or_nothing=True)[:300],
        idea_status=IdeaStatus(status) if status else None,
        status_note=_text(data, "status_note", or_nothing=True)[:1000],
        pinned_at=_instant_or_none(data, "pinned_at"),
        closed_at=_instant_or_none(data, "closed_at"),
        archived_at=_instant_or_none(data, "archived_at"),
        people={
            str(key): SourcePerson(name=_text(person, "name"), account=person.get("account"))
            for key, person in (data.get("people") or {}).items()
        },
    )


def _post(data: dict[str, Any]) -> SourcePost:
    return SourcePost(
        key=_key(data),
        author=_text(data, "author"),
        body=_text(data, "body_markdown", may_be_empty=True),
        at=_instant(data, "created_at"),
        place=int(data.get("place") or 0),
        nods={nod: said for nod, name in NODS.items() if (said := _instants(data, name))},
        edited_at=_instant_or_none(data, "edited_at"),
        edited_by=_text(data, "edited_by", or_nothing=True) or None,
        removed_at=_instant_or_none(data, "removed_at"),
        removed_by=_text(data, "removed_by", or_nothing=True) or None,
        accepted_at=_instant_or_none(data, "accepted_at"),
        is_official=data.get("is_official") is True,
        comments=tuple(map(_post, data.get("comments") or ())),
        history=tuple(
            SourceEdition(
                title=_text(edition, "title", or_nothing=True)[:300],
                body=_text(edition, "body_markdown", may_be_empty=True),
                author=_text(edition, "author"),
                at=_instant(edition, "saved_at"),
            )
            for edition in data.get("history") or ()
        ),
    )


def _key(data: dict[str, Any]) -> str:
    key = _text(data, "id")
    if len(key) > LONGEST_KEY:
        raise InvalidError(f"“id” is longer than {LONGEST_KEY} characters")
    return key


def _text(data: dict[str, Any], name: str, *, may_be_empty: bool = False, or_nothing: bool = False) -> str:
    """Return a text; one that may be empty has to be there, one that may be nothing need not."""
    value = data.get(name)
    if value is None and or_nothing:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (value.strip() or may_be_empty or or_nothing):
        raise InvalidError(f"“{name}” is missing or no text")
    return value.encode(errors="replace").decode().replace("\x00", "")


def _list(data: dict[str, Any], name: str) -> tuple[str, ...]:
    values = data.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidError(f"“{name}” is no list of texts")
    return tuple(_text({name: value}, name, may_be_empty=True) for value in values)


def _words(data: dict[str, Any], name: str) -> dict[str, str]:
    return {
        str(language): _text(data[name], language, may_be_empty=True) for language in data.get(name) or {}
    }


def _instant(data: dict[str, Any], name: str) -> datetime:
    """Read a time; one without a zone is in UTC."""
    try:
        at = datetime.fromisoformat(_text(data, name))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidError(f"“{name}” is no ISO 8601 time") from None


def _instants(data: dict[str, Any], name: str) -> dict[str, datetime]:
    return {str(key): _instant(data[name], key) for key in data.get(name) or {}}


def _instant_or_none(data: dict[str, Any], name: str) -> datetime | None:
    return None if data.get(name) is None else _instant(data, name)
