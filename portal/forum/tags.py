"""Tags: what topics are gathered under, with the words that people may write for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.sanctions import require_voice
from portal.core import revisions
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.forum import policies, queries
from portal.forum.findable import find_again
from portal.forum.models import Tag, TagName, Topic, TopicTag
from portal.forum.trail import note_act
from portal.search.analyzer import fold
from portal.web.slugs import slugify

MOST_TAGS: Final = 5
LONGEST_NAME: Final = 80


@dataclass(frozen=True, kw_only=True)
class TagDraft:
    """What a tag is called by language, and which other words mean it."""

    names: Mapping[str, str]
    synonyms: tuple[str, ...] = ()


def folded(name: str) -> str:
    """Return a name as it is compared: whatever its case, width and spaces."""
    return " ".join(fold(name).text.split())


def tags_named(session: Session, names: Iterable[str]) -> Sequence[Tag]:
    """Return the tags that some words mean, each once, in their order.

    Raises:
        InvalidError: a word means no tag, or there are too many.
    """
    wanted = {folded(name): name.strip() for name in names if name.strip()}
    query = select(TagName.name, Tag).join(Tag, Tag.id == TagName.tag_id).where(TagName.name.in_(wanted))
    found: dict[str, Tag] = dict(session.execute(query).all())
    if unknown := [written for word, written in wanted.items() if word not in found]:
        raise InvalidError(
            N_("There is no tag “%(name)s”. Choose one from the list, or leave it out."),
            field="tags",
            name=unknown[0],
        )
    tags = list({found[word].id: found[word] for word in wanted}.values())
    if len(tags) > MOST_TAGS:
        raise InvalidError(N_("Choose at most %(most)s tags."), field="tags", most=MOST_TAGS)
    return tags


def known_words(session: Session, words: Iterable[str]) -> frozenset[str]:
    """Return those of some folded words that mean a tag."""
    return frozenset(session.scalars(select(TagName.name).where(TagName.name.in_(words))))


def names_of(session: Session, topic: Topic, *, language: str) -> str:
    """Return the tags of a topic that was read for the actor, as a form takes them: with commas between."""
    return ", ".join(tag.name(language) for tag in queries.tags_of(session, topic))


def set_tags(session: Session, *, actor: Actor, topic_id: int, names: Iterable[str], now: datetime) -> Topic:
    """Gather a topic under these tags and no others; the same again change nothing.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the topic is not the actor's to change.
        InvalidError: the actor is silenced, a word means no tag, or there are too many.
    """
    topic = queries.topic_for(session, actor, topic_id, locked=True)
    moderates = queries.moderates(session, actor, topic.board)
    if not policies.may_tag(actor, topic, moderates=moderates):
        raise ForbiddenError("tag topic")
    require_voice(session, actor, now=now)
    former, wanted = topic.tag_words, tags_named(session, names)
    gather(session, topic, wanted)
    if topic.tag_words == former:
        return topic
    topic.revision += 1
    if topic.author_id != actor.user_id:
        slugs = ", ".join(tag.slug for tag in wanted)
        note_act(session, actor, "tagged", topic, now=now, data={"to": slugs})
    find_again(session, queries.posts_of(session, topic), now=now)
    revisions.bump(session, "forum")
    return topic


def gather(session: Session, topic: Topic, tags: Sequence[Tag]) -> None:
    """Store under which tags a topic is gathered; records nothing else."""
    session.execute(delete(TopicTag).where(TopicTag.topic_id == topic.id))
    insert_new(session, TopicTag, [{"topic_id": topic.id, "tag_id": tag.id} for tag in tags])
    topic.tag_words = _words_for(session, topic)


def _words_for(session: Session, topic: Topic) -> list[str]:
    query = select(TagName.name).join(TopicTag, TopicTag.tag_id == TagName.tag_id)
    return list(session.scalars(query.where(TopicTag.topic_id == topic.id).order_by(TagName.name)))


def all_tags(session: Session) -> Sequence[Tag]:
    """Return every tag, in the order of their addresses."""
    return session.scalars(select(Tag).order_by(Tag.slug)).all()


def tag_at(session: Session, slug: str) -> Tag:
    """Return one tag.

    Raises:
        NotFoundError: no such tag.
    """
    tag = session.scalar(select(Tag).where(Tag.slug == slug))
    if tag is None:
        raise NotFoundError("tag")
    return tag


def counts_for(session: Session, actor: Actor) -> Mapping[int, int]:
    """Return how many topics that the actor may see each tag gathers, by its id."""
    seen = queries.topics_seen_by(actor).with_only_columns(Topic.id).order_by(None)
    query = select(TopicTag.tag_id, func.count()).where(TopicTag.topic_id.in_(seen))
    return dict(session.execute(query.group_by(TopicTag.tag_id)).all())


def synonyms_of(session: Session, tag: Tag) -> Sequence[str]:
    """Return the words that mean a tag besides its names."""
    own = {folded(name) for name in tag.names.values()}
    words = session.scalars(select(TagName.name).where(TagName.tag_id == tag.id).order_by(TagName.name))
    return [word for word in words if word not in own]


def add_tag(session: Session, *, actor: Actor, draft: TagDraft) -> Tag:
    """Add a tag; its address is made from its English name, or from whichever there is, and stays.

    Raises:
        ForbiddenError: the actor does not keep tags.
        InvalidError: it has no name, or one of its words means another tag.
    """
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep tags")
    tag = Tag(names=_names(draft))
    tag.slug = slugify(tag.name("en"))
    if session.scalar(select(Tag.id).where(Tag.slug == tag.slug)) is not None:
        raise InvalidError(N_("Another tag has this name already."), field="name_en")
    session.add(tag)
    session.flush()
    _set_words(session, tag, draft.synonyms)
    return tag


def update_tag(session: Session, *, actor: Actor, slug: str, draft: TagDraft, now: datetime) -> Tag:
    """Change what a tag is called, and what else means it.

    Raises:
        NotFoundError: no such tag.
        ForbiddenError: the actor does not keep tags.
        InvalidError: it has no name, or one of its words means another tag.
    """
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep tags")
    tag = tag_at(session, slug)
    tag.names = _names(draft)
    session.execute(delete(TagName).where(TagName.tag_id == tag.id))
    _set_words(session, tag, draft.synonyms)
    _changed(session, _topics_under(session, tag), now=now)
    return tag


def merge_tag(session: Session, *, actor: Actor, slug: str, into: str, now: datetime) -> Tag:
    """Let another tag take over the topics and the words of one, which is no more; return the other.

    Raises:
        NotFoundError: no such tags.
        ForbiddenError: the actor does not keep tags.
        InvalidError: they are the same.
    """
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep tags")
    tag, target = tag_at(session, slug), tag_at(session, into)
    if tag is target:
        raise InvalidError(N_("Choose another tag to merge this one into."), field="into")
    topic_ids = session.scalars(select(TopicTag.topic_id).where(TopicTag.tag_id == tag.id)).all()
    insert_new(session, TopicTag, [{"topic_id": number, "tag_id": target.id} for number in topic_ids])
    for word in session.scalars(select(TagName).where(TagName.tag_id == tag.id)):
        word.tag_id = target.id
    session.flush()
    session.execute(delete(TopicTag).where(TopicTag.tag_id == tag.id))
    session.delete(tag)
    session.flush()
    _changed(session, _topics_under(session, target), now=now)
    return target


def remove_tag(session: Session, *, actor: Actor, slug: str, now: datetime) -> None:
    """Take a tag off all topics, and away.

    Raises:
        NotFoundError: no such tag.
        ForbiddenError: the actor does not keep tags.
    """
    if not policies.may_keep_boards(actor):
        raise ForbiddenError("keep tags")
    tag = tag_at(session, slug)
    topics = _topics_under(session, tag)
    session.execute(delete(TopicTag).where(TopicTag.tag_id == tag.id))
    session.execute(delete(TagName).where(TagName.tag_id == tag.id))
    session.delete(tag)
    session.flush()
    _changed(session, topics, now=now)


def _names(draft: TagDraft) -> dict[str, str]:
    names = {language: " ".join(name.split()) for language, name in draft.names.items() if name.strip()}
    if not names:
        raise InvalidError(N_("A tag needs a name in one language at least."), field="name_en")
    return names


def _set_words(session: Session, tag: Tag, synonyms: Iterable[str]) -> None:
    words = {folded(word) for word in (*tag.names.values(), *synonyms)} - {""}
    if longest := [word for word in words if len(word) > LONGEST_NAME]:
        raise InvalidError(N_("“%(name)s” is too long for a tag."), field="synonyms", name=longest[0])
    insert_new(session, TagName, [{"name": word, "tag_id": tag.id} for word in sorted(words)])
    theirs = select(TagName.name).where(TagName.name.in_(words), TagName.tag_id != tag.id)
    if taken := session.scalars(theirs).first():
        raise InvalidError(N_("“%(name)s” means another tag already."), field="synonyms", name=taken)


def _topics_under(session: Session, tag: Tag) -> Sequence[Topic]:
    query = select(Topic).join(TopicTag, TopicTag.topic_id == Topic.id).where(TopicTag.tag_id == tag.id)
    return session.scalars(query).all()


def _changed(session: Session, topics: Iterable[Topic], *, now: datetime) -> None:
    for topic in topics:
        topic.tag_words = _words_for(session, topic)
        topic.revision += 1
        find_again(session, queries.posts_of(session, topic), now=now)
    revisions.bump(session, "forum")
