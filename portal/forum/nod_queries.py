"""Who said what of posts with one press."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.forum.models import Post
from portal.forum.nod_models import TABLES, Nod, PostThanks

MOST_THANKERS: Final = 3
Given = Mapping[Nod, frozenset[int]]


def given_by(session: Session, actor: Actor, posts: Sequence[Post]) -> Given:
    """Return of which of some posts the actor has said what."""
    found: dict[Nod, set[int]] = {nod: set() for nod in Nod}
    ids = [post.id for post in posts]
    mine = [
        select(literal(str(nod)).label("nod"), table.post_id).where(
            table.user_id == actor.user_id, table.post_id.in_(ids)
        )
        for nod, table in TABLES.items()
    ]
    for nod, post_id in session.execute(union_all(*mine)) if actor.is_signed_in else ():
        found[Nod(nod)].add(post_id)
    return {nod: frozenset(post_ids) for nod, post_ids in found.items()}


def thankers_of(session: Session, posts: Sequence[Post]) -> Mapping[int, Sequence[str]]:
    """Return the names of who thanked for some posts, by post: of each the latest three, the latest first."""
    thanked = [post.id for post in posts if post.thanks_count]
    found: defaultdict[int, list[str]] = defaultdict(list)
    if not thanked:
        return found
    place = func.row_number().over(partition_by=PostThanks.post_id, order_by=PostThanks.id.desc())
    numbered = (
        select(PostThanks.post_id, PostThanks.user_id, place.label("place"))
        .where(PostThanks.post_id.in_(thanked))
        .subquery()
    )
    latest = (
        select(numbered.c.post_id, User.name)
        .join(User, User.id == numbered.c.user_id)
        .where(numbered.c.place <= MOST_THANKERS)
        .order_by(numbered.c.post_id, numbered.c.place)
    )
    for post_id, name in session.execute(latest):
        found[post_id].append(name)
    return found
