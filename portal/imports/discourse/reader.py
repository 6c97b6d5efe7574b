"""The bodies of Discourse's API, put together: which topics there are, and what was written in each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from portal.content.extract import plain_text
from portal.core.errors import InvalidError
from portal.forum.lines import SourceBoard, SourcePerson, SourcePost, SourceTopic
from portal.forum.models import TopicKind
from portal.forum.nod_models import Nod
from portal.imports.conversion.page import Page
from portal.imports.discourse.text import from_html, from_markdown
from portal.imports.records import DataFile, Record, records_of
from portal.imports.source import Dropped, Problem, Skipped

_PREFIX: Final = "discourse:"
_LIKE: Final = 2
_LIKED: Final = frozenset({1, 2})
_NOT_POSTS: Final = {2: "notice of a moderator", 3: "notice of an action", 4: "whisper among staff"}


@dataclass(kw_only=True)
class Community:
    """What the files hold; all by id. `address` is where the forum was, empty if that is not known.

    `likes` are who liked a post when. Topics come from whichever file knows most of them.
    """

    address: str = ""
    categories: dict[int, Record] = field(default_factory=dict)
    topics: dict[int, Record] = field(default_factory=dict)
    posts: dict[int, dict[int, Record]] = field(default_factory=dict)
    likes: dict[int, dict[str, datetime]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def read(self, files: Iterable[DataFile]) -> None:
        """Take in the bodies of some files; one without any is told."""
        for file in files:
            taken = [self._take(body) for body in records_of(file.path, file.content)]
            if not any(taken):
                self.skipped.append(
                    Skipped(path=file.path, reason="has no categories, topics, posts or likes")
                )

    def _take(self, body: Record) -> bool:
        categories = [*body.record("category_list").records("categories"), *body.records("categories")]
        for category in categories:
            self._take_category(category)
        listed = body.record("topic_list").records("topics")
        for topic in listed:
            self._take_topic(topic)
        posts = [*body.record("post_stream").records("posts"), *body.records("latest_posts")]
        if body.text("post_number") and body.text("topic_id"):
            posts.append(body)
        if body.text("title") and "post_stream" in body.values:
            self._take_topic(body, knows_best=True)
        for post in posts:
            self._take_post(post, topic_id=post.number("topic_id") or body.number("id"))
        likes = [act for act in body.records("user_actions") if act.number("action_type") in _LIKED]
        for like in likes:
            self._take_like(like)
        return bool(categories or listed or posts or likes)

    def _take_category(self, category: Record) -> None:
        self.categories.setdefault(category.number("id"), category)
        for below in category.records("subcategory_list"):
            self._take_category(below)

    def _take_topic(self, topic: Record, *, knows_best: bool = False) -> None:
        number = topic.number("id")
        known = self.topics.get(number)
        if known is None or knows_best:
            values = {**known.values, **topic.values} if known else topic.values
            self.topics[number] = Record(topic.path, values)

    def _take_post(self, post: Record, *, topic_id: int) -> None:
        posts = self.posts.setdefault(topic_id, {})
        known = posts.get(post.number("id"))
        if known is None or (isinstance(post.values.get("raw"), str) and "raw" not in known.values):
            posts[post.number("id")] = post
        if post.text("topic_title"):
            values = {"id": topic_id, "title": post.text("topic_title")}
            self._take_topic(Record(post.path, values | {"category_id": post.values.get("category_id")}))

    def _take_like(self, like: Record) -> None:
        try:
            at = _instant(like, "created_at")
        except InvalidError as error:
            self.problems.append(Problem(path=like.path, line=None, message=f"like: {error}"))
            return
        self.likes.setdefault(like.number("post_id"), {})[f"{_PREFIX}{like.text('acting_username')}"] = at

    def topics_by_category(self) -> Iterator[tuple[int, list[SourceTopic]]]:
        """Yield the topics that can come, by the id of their category (0 for none), each in their order."""
        found: dict[int, list[SourceTopic]] = {}
        for number, posts in sorted(self.posts.items()):
            topic = self.topics.get(number, Record(next(iter(posts.values())).path, {"id": number}))
            try:
                if came := self._topic(number, topic, posts):
                    found.setdefault(topic.number("category_id"), []).append(came)
            except InvalidError as error:
                self._tell(topic, number, str(error))
        for number, topic in sorted(self.topics.items()):
            if number not in self.posts:
                self._skip(topic, number, "none of its posts are in the files")
        yield from sorted(found.items())

    def _topic(self, number: int, topic: Record, posts: Mapping[int, Record]) -> SourceTopic | None:
        if reason := _unwanted(topic):
            self._skip(topic, number, reason)
            return None
        came = sorted(filter(None, map(self._post, posts.values())), key=lambda post: post.place)
        if not came or came[0].place != 1:
            self._skip(topic, number, "its first post is not in the files, or was left out")
            return None
        if missing := {*_numbers(topic.record("post_stream"), "stream")} - posts.keys():
            self._tell(topic, number, f"{len(missing)} of its posts are in none of the files")
        opening, *replies = came
        accepted = self._accepted(topic, posts)
        is_question = accepted is not None or topic.text("title").endswith(("?", "？"))
        last_at = max(post.at for post in came)
        return SourceTopic(
            place=f"{topic.path}#{number}",
            title=_required(topic, "title"),
            opening=_with_key(opening, f"{_PREFIX}{number}"),
            replies=tuple(replies),
            accepted=accepted,
            kind=TopicKind.QUESTION if is_question else TopicKind.DISCUSSION,
            tags=tuple(_tags(topic)),
            pinned_at=opening.at if topic.is_true("pinned") else None,
            closed_at=last_at if topic.is_true("closed") else None,
            archived_at=last_at if topic.is_true("archived") else None,
            people={
                key: SourcePerson(name=key.removeprefix(_PREFIX)) for post in came for key in post.people
            },
        )

    def _post(self, post: Record) -> SourcePost | None:
        """Return a post; None if it was left out, or cannot be read, which is told."""
        place = f"{post.path}#{post.text('id')}"
        if reason := _left_out(post):
            self.skipped.append(Skipped(path=place, reason=f"post: {reason}"))
            return None
        page = Page(place)
        try:
            voters = self.likes.get(post.number("id"), {})
            self._count_unnamed(post, len(voters), place)
            return SourcePost(
                key=post.text("id"),
                author=f"{_PREFIX}{_required(post, 'username')}",
                body=self._body(post, page),
                at=_instant(post, "created_at"),
                place=post.number("post_number"),
                nods={Nod.VOTE: voters} if voters else {},
            )
        except (InvalidError, RecursionError, AssertionError) as error:
            page.problem(None, str(error) or "text cannot be read as HTML")
            return None
        finally:
            self.problems += page.problems
            self.dropped += page.dropped

    def _body(self, post: Record, page: Page) -> str:
        raw = post.values.get("raw")
        if isinstance(raw, str) and raw.strip():
            return from_markdown(raw, page, address=self.address)
        return from_html(_required(post, "cooked"), page, address=self.address)

    def _count_unnamed(self, post: Record, named: int, place: str) -> None:
        summary = {act.number("id"): act.number("count") for act in post.records("actions_summary")}
        unnamed = max(0, summary.get(_LIKE, 0) - named)
        self.dropped += [Dropped(path=place, line=None, construct="like of someone unnamed")] * unnamed

    def _accepted(self, topic: Record, posts: Mapping[int, Record]) -> str | None:
        number = topic.record("accepted_answer").number("post_number")
        for post in posts.values():
            if post.is_true("accepted_answer") or (number and post.number("post_number") == number):
                return post.text("id")
        return None

    def _tell(self, topic: Record, number: int, message: str) -> None:
        self.problems.append(Problem(path=f"{topic.path}#{number}", line=None, message=message))

    def _skip(self, topic: Record, number: int, reason: str) -> None:
        self.skipped.append(Skipped(path=f"{topic.path}#{number}", reason=f"topic: {reason}"))

    def board_of(self, number: int) -> SourceBoard:
        """Return a category as a board: for staff alone if it was not for all, or nothing is known of it."""
        category = self.categories.get(number)
        name = category.text("name") if category else f"Category {number}"
        parent = self.categories.get(category.number("parent_category_id")) if category else None
        is_public = category is not None and not category.is_true("read_restricted")
        return SourceBoard(
            names={"en": f"{parent.text('name')} / {name}" if parent else name},
            descriptions={"en": plain_text(category.text("description"))} if category else {},
            templates={},
            audience=("public",) if is_public else ("staff",),
            posting=("signed-in",),
            position=100,
        )


def _unwanted(topic: Record) -> str:
    """Return why a topic does not come; empty for one that does."""
    if topic.text("deleted_at"):
        return "deleted"
    if topic.text("archetype") == "private_message":
        return "private message"
    return "unlisted" if topic.text("visible") == "false" else ""


def _left_out(post: Record) -> str:
    """Return why a post does not come; empty for one that does."""
    if post.text("deleted_at") or post.is_true("user_deleted"):
        return "deleted"
    if post.is_true("hidden"):
        return "hidden"
    if post.text("action_code"):
        return _NOT_POSTS[3]
    return _NOT_POSTS.get(post.number("post_type"), "")


def _with_key(post: SourcePost, key: str) -> SourcePost:
    return SourcePost(key=key, author=post.author, body=post.body, at=post.at, nods=post.nods)


def _tags(topic: Record) -> Iterator[str]:
    yield from topic.texts("tags")
    yield from (tag.text("name") for tag in topic.records("tags"))


def _numbers(record: Record, name: str) -> Iterator[int]:
    values = record.values.get(name)
    yield from (value for value in values if isinstance(value, int)) if isinstance(values, list) else ()


def _required(record: Record, name: str) -> str:
    if not (text := record.text(name)):
        raise InvalidError(f"“{name}” is missing")
    return text


def _instant(record: Record, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(_required(record, name))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidError(f"“{name}” is no ISO 8601 time") from None
