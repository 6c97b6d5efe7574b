"""Brings the tree of sections back."""

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.errors import InvalidError
from portal.imports.engawa.ledger import Ledger, Step
from portal.imports.engawa.resolving import Resolver
from portal.imports.engawa.tree import ExportTree, Found
from portal.imports.queries import section_by_key
from portal.knowledge.portable import gather
from portal.knowledge.portable.manifest import state_of
from portal.knowledge.portable.parts import PortableSection
from portal.knowledge.structure import sections
from portal.knowledge.structure.sections import SectionDraft

_KIND = "sections"


class SectionWriter:
    """The sections of an export on their way in; `here` are the slugs that they have here, by their own."""

    def __init__(self, session: Session, ledger: Ledger, resolver: Resolver) -> None:
        self.here: dict[str, str] = {}
        self._session = session
        self._ledger = ledger
        self._resolver = resolver
        names = gather.names_of(session)
        self._slugs = names.slugs
        self._ids = {slug: section_id for section_id, slug in names.sections.items()}
        self._site = {section.slug: section for section in gather.sections_of(session, names)}
        self._written: set[str] = set()

    def write(self, tree: ExportTree) -> None:
        """Write the sections, those above before those below."""
        for found in tree.sections:
            self._write(found)
        after = gather.sections_of(self._session, gather.names_of(self._session))
        self._ledger.leave(
            self._session,
            {state_of("section", item.slug): item.state for item in after if item.slug in self._written},
        )

    def _write(self, found: Found[PortableSection]) -> None:
        part = found.part
        if part.slug in self.here:
            return self._ledger.fail(_KIND, found, "slug", f"section {part.slug} is there twice")
        if part.parent is not None and part.parent not in self.here:
            return self._ledger.fail(
                _KIND, found, "slug", "section could not come in, nor could the one above"
            )
        current = self._current(part)
        resolved = self._resolver.section(found, parent=part.parent and self.here[part.parent])
        names = [state_of("section", slug) for slug in (part.slug, current) if slug]
        site = self._site[current].state if current else None
        done = self._ledger.step(*names, file=part.state, resolved=resolved.state, site=site)
        if current:
            self.here[part.slug] = current
        try:
            if done in {Step.ADD, Step.UPDATE}:
                with self._session.begin_nested():
                    self._put(resolved, self._ids[current] if current else None)
                self.here[part.slug] = resolved.slug
                self._written.add(resolved.slug)
        except InvalidError as error:
            return self._ledger.fail(_KIND, found, error.field or "slug", str(error))
        return self._ledger.settle(_KIND, found, done)

    def _current(self, part: PortableSection) -> str | None:
        """Return the present slug here of a section; None if it is new."""
        known = (self._slugs.get(slug) for slug in (part.slug, *part.former_slugs))
        return next(filter(None, known), None)

    def _put(self, part: PortableSection, section_id: int | None) -> None:
        draft = SectionDraft(
            names=part.names,
            descriptions=part.descriptions,
            parent_id=self._ids[part.parent] if part.parent else None,
            position=part.order,
            needs_review=part.needs_review,
            duty=self._resolver.duty(part.verifier, part.verify_every_days),
        )
        if section_id is None:
            key = part.key if part.key and section_by_key(self._session, part.key) is None else None
            section_id = sections.add_section(self._session, actor=SYSTEM, draft=draft, source_key=key).id
        else:
            sections.update_section(self._session, actor=SYSTEM, section_id=section_id, draft=draft)
        sections.restore_addresses(
            self._session, actor=SYSTEM, section_id=section_id, slug=part.slug, former=part.former_slugs
        )
        self._ids[part.slug] = section_id
