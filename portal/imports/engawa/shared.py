"""Brings snippets and templates back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.core.errors import InvalidError
from portal.core.i18n import N_
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.ledger import Ledger, Step
from portal.imports.engawa.tree import ExportTree
from portal.knowledge.portable import gather
from portal.knowledge.portable.layout import SNIPPETS, TEMPLATES
from portal.knowledge.portable.manifest import state_of
from portal.knowledge.portable.parts import PortableShared
from portal.knowledge.snippets import service as snippets
from portal.knowledge.snippets import templates

_LONGEST_NAME: Final = 120


def restore_shared(session: Session, tree: ExportTree, ledger: Ledger, addresses: Addresses) -> None:
    """Write snippets and templates, whose links lead to articles that are there already."""
    names = gather.names_of(session)
    site = {
        SNIPPETS: {item.name: item for item in gather.snippets_of(session, names)},
        TEMPLATES: {item.name: item for item in gather.templates_of(session, names)},
    }
    ids = {
        SNIPPETS: {item.name: item.id for item in snippets.snippets_for(session, SYSTEM)},
        TEMPLATES: {item.name: item.id for item in templates.templates_for(session, SYSTEM)},
    }
    for kind, listed in tree.shared.items():
        for found in listed:
            part = _tidied(found.part, names)
            current = site[kind].get(part.name)
            done = ledger.step(
                state_of(kind, part.name),
                file=found.part.state,
                resolved=part.state,
                site=current.state if current else None,
            )
            bodies = {language: addresses.body(body) for language, body in part.bodies.items()}
            try:
                if done in {Step.ADD, Step.UPDATE}:
                    with session.begin_nested():
                        _put(session, kind, part.name, bodies, ids[kind].get(part.name))
                    ledger.leave(session, {state_of(kind, part.name): part.state})
            except InvalidError as error:
                ledger.fail(kind, found, error.field or "name", str(error))
            else:
                ledger.settle(kind, found, done)


def _tidied(part: PortableShared, names: gather.Names) -> PortableShared:
    """Return a part as it will be kept."""
    bodies = {language: names.body(body.strip()) for language, body in part.bodies.items() if body.strip()}
    return replace(part, name=" ".join(part.name.split()), bodies=bodies)


def _put(session: Session, kind: str, name: str, bodies: Mapping[str, str], part_id: int | None) -> None:
    if kind == TEMPLATES:
        _put_template(session, name, bodies, part_id)
    elif part_id is None:
        snippets.add_snippet(session, actor=SYSTEM, name=name, bodies=bodies)
    else:
        snippets.update_snippet(session, actor=SYSTEM, snippet_id=part_id, bodies=bodies)


def _put_template(session: Session, name: str, bodies: Mapping[str, str], part_id: int | None) -> None:
    if len(name) > _LONGEST_NAME:
        raise InvalidError(N_("Give it a name of at most 120 characters."), field="name")
    if part_id is None:
        templates.add_template(session, actor=SYSTEM, name=name, bodies=bodies)
    else:
        templates.update_template(session, actor=SYSTEM, template_id=part_id, name=name, bodies=bodies)
