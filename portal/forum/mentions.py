"""Naming people in a text: who can be named in a topic, and who was."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.actors import Actor
from portal.accounts.audience import includes
from portal.accounts.models import User
from portal.core.errors import ForbiddenError
from portal.forum import queries
from portal.forum.models import Post, Topic

PROPOSED: Final = 8
LOOKED_AT: Final = 200
MOST_NAMED: Final = 20
_MENTION: Final = re.compile(r"\[@[^\]\n]{1,200}\]\(/people/(\d{1,9})\)")


def named_in(body: str) -> Sequence[int]:
    """Return the ids of the people whom a Markdown text names, each once, in order."""
    found = dict.fromkeys(int(number) for number in _MENTION.findall(body))
    return list(found)[:MOST_NAMED]


def mention_of(user: User) -> str:
    """Return the Markdown that names a person."""
    name = re.sub(r"[\[\]\\\n]", " ", user.name)
    return f"[@{name}](/people/{user.id})"


def people_to_name_for(session: Session, actor: Actor, topic_id: int, *, beginning: str) -> Sequence[User]:
    """Return people who can read a topic and whose names begin so, those who wrote in it first.

    Raises:
        NotFoundError: no such topic that the actor may see.
        ForbiddenError: the actor is a visitor.
    """
    topic = queries.topic_for(session, actor, topic_id)
    if not actor.is_signed_in:
        raise ForbiddenError("name people")
    fits = User.name.istartswith(beginning, autoescape=True)
    people = session.scalars(
        select(User)
        .options(joinedload(User.account))
        .where(User.is_active, User.email.is_not(None), User.id != actor.user_id, fits)
        .order_by(User.name, User.id)
        .limit(LOOKED_AT)
    ).all()
    readers = [person for person in people if includes(topic.board.audience, person.as_actor())]
    writers = _writers(session, topic)
    return sorted(readers, key=lambda person: person.id not in writers)[:PROPOSED]


def _writers(session: Session, topic: Topic) -> frozenset[int]:
    return frozenset(session.scalars(select(Post.author_id).where(Post.topic_id == topic.id).distinct()))
