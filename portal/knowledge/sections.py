"""Writes to the tree of sections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import Actor
from portal.core import revisions
from portal.core.errors import ForbiddenError, InvalidError
from portal.core.i18n import N_
from portal.knowledge import policies, queries
from portal.knowledge.models import Section
from portal.web.slugs import slugify


@dataclass(frozen=True, kw_only=True)
class SectionDraft:
    """What a section is: names and descriptions by language, its place below a parent (None: at the top)."""

    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    parent_id: int | None = None
    position: int = 0


def add_section(
    session: Session, *, actor: Actor, draft: SectionDraft, source_key: str | None = None
) -> Section:
    """Add a section; its address is made from its English name, or from whichever there is.

    Raises:
        ForbiddenError: the actor may not write.
        InvalidError: it has no name, or there is no such parent.
    """
    if not policies.may_write(actor):
        raise ForbiddenError("write sections")
    section = Section(source_key=source_key)
    _change(session, section, draft)
    section.slug = _free_slug(session, section.name("en"))
    session.add(section)
    session.flush()
    return section


def update_section(session: Session, *, actor: Actor, section_id: int, draft: SectionDraft) -> Section:
    """Rename, move or reorder a section; its address stays.

    Raises:
        NotFoundError: no such section that the actor may write.
        InvalidError: it has no name, or would stand below itself.
    """
    section = queries.editable_section_for(session, actor, section_id)
    _change(session, section, draft)
    return section


def _change(session: Session, section: Section, draft: SectionDraft) -> None:
    names = {language: name.strip() for language, name in draft.names.items() if name.strip()}
    if not names:
        raise InvalidError(N_("Give the section a name."), field="names")
    parent_id = draft.parent_id
    while parent_id is not None:
        parent = session.get(Section, parent_id)
        if parent is None or parent is section:
            raise InvalidError(N_("A section cannot stand there."), field="parent_id")
        parent_id = parent.parent_id
    section.names, section.descriptions = names, dict(draft.descriptions)
    section.parent_id, section.position = draft.parent_id, draft.position
    revisions.bump(session, "knowledge")


def _free_slug(session: Session, name: str) -> str:
    slug = slugify(name)
    taken = set(session.scalars(select(Section.slug).where(Section.slug.startswith(slug, autoescape=True))))
    numbered = (f"{slug}-{number}" for number in count(2))
    return slug if slug not in taken else next(other for other in numbered if other not in taken)
