"""The kinds of things that people can watch and hear of, and who says what they are called."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.forum.subjects import boards_named_for, posts_named_for, tags_named_for, topics_named_for
from portal.knowledge.subjects import articles_named_for, sections_named_for
from portal.notifications.subjects import Named
from portal.onboarding.goals.subjects import goals_named_for
from portal.onboarding.nudges.queries import nudges_named_for
from portal.onboarding.subjects import checklists_named_for, comments_named_for, steps_named_for
from portal.support.subjects import requests_named_for
from portal.web.numbers import LARGEST_ROW

KINDS: Final[Mapping[str, Callable[[Session, Actor, Collection[int], str], Mapping[int, Named]]]] = {
    "article": articles_named_for,
    "board": boards_named_for,
    "nudge": nudges_named_for,
    "goal": goals_named_for,
    "checklist": checklists_named_for,
    "post": posts_named_for,
    "request": requests_named_for,
    "section": sections_named_for,
    "step": steps_named_for,
    "step_comment": comments_named_for,
    "tag": tags_named_for,
    "topic": topics_named_for,
}


def named_for(
    session: Session, actor: Actor, subjects: Collection[str], *, language: str
) -> Mapping[str, Named]:
    """Return what an actor may see of some subjects (`topic:5`), as each is called in a language."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if kind in KINDS and number.isdecimal() and int(number) <= LARGEST_ROW:
            ids[kind].add(int(number))
    return {
        f"{kind}:{row_id}": named
        for kind, wanted in ids.items()
        for row_id, named in KINDS[kind](session, actor, wanted, language).items()
    }
