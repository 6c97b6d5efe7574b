"""A board as lines of JSON, from which `portal forum import` makes the same board."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.accounts.external import tokens_of
from portal.accounts.models import Account, User
from portal.forum.importing import COMMENT, MARK, address_of_topics
from portal.forum.lines import NODS
from portal.forum.models import Board, Post, PostRevision, Tag, Topic, TopicTag
from portal.forum.nod_models import TABLES, TIMES, Nod

AT_A_TIME: Final = 100
_ALWAYS: Final = frozenset({"body_markdown", "accepted_reply_id", "replies"})
T = TypeVar("T")
Line = dict[str, Any]


def lines_of(session: Session, board: Board, *, site: str) -> Iterator[str]:
    """Yield a line about the board, then one for each topic in the order they came.

    `site` is the own address. Topics that were merged are left out: their posts are told of where they stand.
    """
    yield _written({"board": _about(session, board)})
    last_id = 0
    while topics := session.scalars(
        select(Topic)
        .where(Topic.board_id == board.id, Topic.merged_into_id.is_(None), Topic.id > last_id)
        .order_by(Topic.id)
        .limit(AT_A_TIME)
    ).all():
        parts = _Parts.of(session, topics)
        yield from (_written(_told(_line(topic, parts, site))) for topic in topics)
        last_id = topics[-1].id
        session.expunge_all()


def _written(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _told(line: Line) -> Line:
    """Leave out what does not say anything, but for what every line of the format has."""
    return {name: value for name, value in line.items() if value or name in _ALWAYS}


def _about(session: Session, board: Board) -> Line:
    return {
        "names": board.names,
        "descriptions": board.descriptions,
        "templates": board.templates,
        "audience": tokens_of(session, board.audience),
        "posting": tokens_of(session, board.posting),
        "position": board.position,
    }


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to some topics, and who everyone in them is."""

    posts: Mapping[int, Sequence[Post]]
    nods: Mapping[Nod, Mapping[int, Mapping[int, datetime]]]
    history: Mapping[int, Sequence[PostRevision]]
    tags: Mapping[int, Sequence[str]]
    people: dict[int, "_Person"]

    @classmethod
    def of(cls, session: Session, topics: Sequence[Topic]) -> "_Parts":
        """Read them in a fixed number of statements."""
        ids = [topic.id for topic in topics]
        posts = session.scalars(
            select(Post)
            .where(Post.topic_id.in_(ids))
            .order_by(Post.topic_id, Post.position.nulls_last(), Post.id)
        ).all()
        of_these = select(Post.id).where(Post.topic_id.in_(ids))
        history = session.scalars(
            select(PostRevision)
            .where(PostRevision.post_id.in_(of_these))
            .order_by(PostRevision.post_id, PostRevision.edition)
        ).all()
        tagged = session.execute(
            select(TopicTag.topic_id, Tag)
            .join(Tag, Tag.id == TopicTag.tag_id)
            .where(TopicTag.topic_id.in_(ids))
            .order_by(Tag.slug)
        ).all()
        parts = cls(
            posts=_gathered((post.topic_id, post) for post in posts),
            nods={nod: _said(session, nod, of_these) for nod in Nod},
            history=_gathered((revision.post_id, revision) for revision in history),
            tags=_gathered((topic_id, tag.name("en")) for topic_id, tag in tagged),
            people={},
        )
        parts.people.update(_people(session, parts.ids_of_people(posts)))
        return parts

    def ids_of_people(self, posts: Iterable[Post]) -> set[int]:
        """Return the ids of everyone who wrote, changed, removed or voted for posts."""
        ids: set[int | None] = set()
        for post in posts:
            ids |= {post.author_id, post.edited_by_id, post.removed_by_id}
            ids = ids.union(*(said.get(post.id, ()) for said in self.nods.values()))
            ids |= {edition.author_id for edition in self.history.get(post.id, ())}
        return {user_id for user_id in ids if user_id is not None}

    def key(self, user_id: int | None) -> str | None:
        """Return what an export calls a person; None for nobody."""
        return None if user_id is None else self.people[user_id].key


def _said(session: Session, nod: Nod, of_these: Select[int]) -> Mapping[int, Mapping[int, datetime]]:
    """Return when who said it of which post, the first first."""
    table, at = TABLES[nod], getattr(TABLES[nod], TIMES[nod])
    query = select(table.post_id, table.user_id, at).where(table.post_id.in_(of_these))
    found: defaultdict[int, dict[int, datetime]] = defaultdict(dict)
    for post_id, user_id, said_at in session.execute(query.order_by(at, table.id)):
        found[post_id][user_id] = said_at
    return found


def _gathered(pairs: Iterable[tuple[int, T]]) -> Mapping[int, Sequence[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


@dataclass(frozen=True, slots=True)
class _Person:
    key: str
    name: str
    account: str | None


def _people(session: Session, ids: Iterable[int]) -> dict[int, _Person]:
    query = select(User.id, User.name, User.email, User.origin, Account.external_id)
    rows = session.execute(query.outerjoin(User.account).where(User.id.in_(ids)))
    return {
        number: _Person(_key_of_person(number, email, origin, account), name, account)
        for number, name, email, origin, account in rows
    }


def _key_of_person(number: int, email: str | None, origin: str | None, account: str | None) -> str:
    """Return the e-mail address of who has one, else the name by which the source knew them.

    People of that name from elsewhere may have come to several accounts.
    """
    if email or not origin:
        return email or f"person-{number}"
    came_to, _, name = origin.removeprefix(MARK).partition(":")
    return name if came_to == "0" else f"{name} ({account})"


def _line(topic: Topic, parts: _Parts, site: str) -> Line:
    everything = parts.posts[topic.id]
    opening, *replies = (post for post in everything if not post.is_comment)
    said = _gathered((post.parent_id, post) for post in everything if post.parent_id)
    comments = {
        number: [_told(_post(post, parts, _key_of_comment(topic, post, site))) for post in posts]
        for number, posts in said.items()
    }
    keys = {post.id: _key_of_reply(topic, post, site) for post in replies}
    lines = [
        _told(_post(post, parts, keys[post.id]) | {"place": place, "comments": comments.get(post.id)})
        for place, post in enumerate(replies, 1)
    ]
    return {
        **_post(opening, parts, _key_of_topic(topic, site)),
        "title": topic.title,
        "kind": topic.kind,
        "tags": list(parts.tags.get(topic.id, ())),
        "accepted_reply_id": keys.get(topic.accepted_post_id or 0),
        "solved_at": _instant(topic.solved_at),
        "rating": topic.rating,
        "writer_role": topic.writer_role,
        "usage": topic.usage,
        "idea_status": topic.idea_status,
        "status_note": topic.status_note,
        "pinned_at": _instant(topic.pinned_at),
        "closed_at": _instant(topic.closed_at),
        "archived_at": _instant(topic.archived_at),
        "comments": comments.get(opening.id),
        "replies": lines,
        "people": _named(parts, everything),
    }


def _post(post: Post, parts: _Parts, key: str) -> Line:
    return {
        "id": key,
        "author": parts.key(post.author_id),
        "created_at": _instant(post.created_at),
        "body_markdown": post.body,
        **{
            name: {
                parts.key(user_id): _instant(at) for user_id, at in parts.nods[nod].get(post.id, {}).items()
            }
            for nod, name in NODS.items()
        },
        "edited_at": _instant(post.edited_at),
        "edited_by": parts.key(post.edited_by_id),
        "removed_at": _instant(post.removed_at),
        "removed_by": parts.key(post.removed_by_id),
        "accepted_at": _instant(post.accepted_at),
        "is_official": post.is_official,
        "history": [
            {
                "title": edition.title,
                "body_markdown": edition.body,
                "author": parts.key(edition.author_id),
                "saved_at": _instant(edition.saved_at),
            }
            for edition in parts.history.get(post.id, ())
        ],
    }


def _named(parts: _Parts, posts: Sequence[Post]) -> Line:
    """Say who is meant by the keys that do not say it themselves."""
    people = [parts.people[user_id] for user_id in parts.ids_of_people(posts)]
    return {
        person.key: {"name": person.name} | ({"account": person.account} if person.account else {})
        for person in sorted(people, key=lambda person: person.key)
        if person.account or person.name != person.key
    }


def _key_of_topic(topic: Topic, site: str) -> str:
    return (topic.source_key or f"{address_of_topics(site)}{topic.id}").removeprefix(MARK)


def _key_of_reply(topic: Topic, post: Post, site: str) -> str:
    """Return the key that a reply came with to this topic, else its address."""
    return _key_of_part(topic, post, site, f"{topic.source_key}:")


def _key_of_comment(topic: Topic, post: Post, site: str) -> str:
    return _key_of_part(topic, post, site, f"{topic.source_key}:{COMMENT}")


def _key_of_part(topic: Topic, post: Post, site: str, prefix: str) -> str:
    if topic.source_key and post.source_key and post.source_key.startswith(prefix):
        return post.source_key.removeprefix(prefix)
    return f"{site.rstrip('/')}/community/posts/{post.id}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
