"""Writes to the tree of sections, and to the order of what stands in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import ForbiddenError, InvalidError, NotFoundError
from portal.core.i18n import N_
from portal.core.orm import insert_new
from portal.knowledge import policies, queries
from portal.knowledge.models import Article, Section, SectionSlug
from portal.knowledge.upkeep.duties import Duty
from portal.web.ordering import moved
from portal.web.slugs import slugify

DEEPEST: Final = 8
"""How many sections may stand one below the other.

Source: of the real help centres that were imported, the deepest has seven, and may come in below one more.
"""


@dataclass(frozen=True, kw_only=True)
class SectionDraft:
    """What a section is: names and descriptions by language, its place below a parent (None: at the top).

    `slug` is the end of its address; an empty one is kept, or made from the name. `duty` holds for the
    articles below that have no other, `needs_review` for all of them.
    """

    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    parent_id: int | None = None
    position: int = 0
    slug: str = ""
    needs_review: bool = False
    duty: Duty = Duty()


def add_section(
    session: Session, *, actor: Actor, draft: SectionDraft, source_key: str | None = None
) -> Section:
    """Add a section; its address is made from its English name, or from whichever there is.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: it has no name, cannot stand there, or another has its address.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("write sections")
    _ask_whether_it_fits(session, None, draft.parent_id)
    section = Section(source_key=source_key)
    _change(session, section, draft)
    if draft.slug.strip():
        section.slug = _unused(session, section, slugify(draft.slug))
    else:
        section.slug = _free_slug(session, section.name("en"))
    session.add(section)
    session.flush()
    return section


def update_section(session: Session, *, actor: Actor, section_id: int, draft: SectionDraft) -> Section:
    """Rename, move or reorder a section; its address stays unless the draft has another, to which it leads.

    Raises:
        NotFoundError: no such section that the actor may write.
        InvalidError: it has no name, cannot stand there, or another has or had the address.
    """
    section = queries.editable_section_for(session, actor, section_id)
    if draft.parent_id != section.parent_id:
        _ask_whether_it_fits(session, section_id, draft.parent_id)
    _change(session, section, draft)
    if draft.slug.strip():
        _readdress(session, section, slugify(draft.slug))
    return section


def _change(session: Session, section: Section, draft: SectionDraft) -> None:
    names = {language: name.strip() for language, name in draft.names.items() if name.strip()}
    if not names:
        raise InvalidError(N_("Give the section a name."), field="names")
    draft.duty.check(session)
    section.names, section.descriptions = names, dict(draft.descriptions)
    section.parent_id, section.position = draft.parent_id, draft.position
    section.needs_review = draft.needs_review
    section.verifier_id, section.verify_every_days = draft.duty.verifier_id, draft.duty.every_days
    revisions.bump(session, "knowledge")


def _ask_whether_it_fits(session: Session, section_id: int | None, parent_id: int | None) -> None:
    """Ask whether a section, with all that stands below it, can stand below another; None is a new one."""
    parents: dict[int, int | None] = dict(session.execute(select(Section.id, Section.parent_id)).all())
    above = _way_up(parents, parent_id)
    if (parent_id is not None and parent_id not in parents) or section_id in above:
        raise InvalidError(N_("A section cannot stand there."), field="parent_id")
    ways = (_way_up(parents, below) for below in parents)
    height = max((way.index(section_id) + 1 for way in ways if section_id in way), default=1)
    if len(above) + height > DEEPEST:
        message = N_("Sections can stand at most %(depth)d deep; this would be %(wanted)d.")
        raise InvalidError(message, field="parent_id", depth=DEEPEST, wanted=len(above) + height)


def _way_up(parents: Mapping[int, int | None], section_id: int | None) -> list[int]:
    """Return a section and those above it, up to the top."""
    way = []
    while section_id is not None:
        way.append(section_id)
        section_id = parents.get(section_id)
    return way


def _readdress(session: Session, section: Section, slug: str) -> None:
    """Give a section another address; the one before leads to it."""
    if slug == section.slug:
        return
    before, section.slug = section.slug, _unused(session, section, slug)
    session.execute(delete(SectionSlug).where(SectionSlug.slug == slug))
    session.add(SectionSlug(slug=before, section_id=section.id))


def restore_addresses(
    session: Session, *, actor: Actor, section_id: int, slug: str, former: Iterable[str]
) -> None:
    """Give a section the slug that it had elsewhere, as it is, and those that led to it there.

    Raises:
        NotFoundError: no such section that the actor may write.
        InvalidError: one of them leads to another section, or cannot be the end of an address.
    """
    section = queries.editable_section_for(session, actor, section_id)
    for wanted in (slug, *former):
        if not re.fullmatch(r"[\w-]{1,120}", wanted):
            raise InvalidError(N_("“%(slug)s” cannot be the end of an address."), field="slug", slug=wanted)
        _unused(session, section, wanted)
    section.slug = slug
    session.execute(delete(SectionSlug).where(SectionSlug.slug == slug))
    rows = [{"slug": before, "section_id": section.id} for before in former if before != slug]
    insert_new(session, SectionSlug, rows)
    revisions.bump(session, "knowledge")


def _unused(session: Session, section: Section, slug: str) -> str:
    """Return a slug that leads to no other section.

    Raises:
        InvalidError: it leads to another.
    """
    has = select(Section.id).where(Section.slug == slug)
    had = select(SectionSlug.section_id).where(SectionSlug.slug == slug)
    if set(session.scalars(has.union(had))) - {section.id}:
        raise InvalidError(N_("This address leads to another section. Choose a different one."), field="slug")
    return slug


def _free_slug(session: Session, name: str) -> str:
    slug = slugify(name)
    has = select(Section.slug).where(Section.slug.startswith(slug, autoescape=True))
    had = select(SectionSlug.slug).where(SectionSlug.slug.startswith(slug, autoescape=True))
    taken = set(session.scalars(has.union(had)))
    numbered = (f"{slug}-{number}" for number in count(2))
    return slug if slug not in taken else next(other for other in numbered if other not in taken)


def put_section_before(session: Session, *, actor: Actor, section_id: int, before_id: int | None) -> Section:
    """Put a section in front of another of its row; at the end if that is None.

    Raises:
        NotFoundError: no such section that the actor may write.
    """
    section = queries.editable_section_for(session, actor, section_id)
    row = session.scalars(
        select(Section)
        .where(Section.parent_id.is_not_distinct_from(section.parent_id))
        .order_by(Section.position, Section.id)
    ).all()
    _put_in_order(session, row, section_id, before_id)
    return section


def put_article_before(session: Session, *, actor: Actor, article_id: int, before_id: int | None) -> None:
    """Put an article in front of another of its section; at the end if that is None.

    Raises:
        NotFoundError: no such article that the actor may write.
    """
    article = session.get(Article, article_id) if policies.may_write(actor) else None
    if article is None:
        raise NotFoundError("article")
    in_section = select(Article).where(Article.section_id == article.section_id)
    row = session.scalars(in_section.order_by(Article.position, Article.id)).all()
    _put_in_order(session, row, article_id, before_id)


def _put_in_order(
    session: Session, row: Sequence[Section] | Sequence[Article], item_id: int, before_id: int | None
) -> None:
    order = moved([item.id for item in row], item_id, before_id)
    for item in row:
        item.position = order.index(item.id) + 1
    revisions.bump(session, "knowledge")
