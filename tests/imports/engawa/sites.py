"""Two sites, one after the other: what the first one exports, the second one gets."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.audience import Audience
from portal.accounts.models import Account, User
from portal.core.db import db
from portal.files.models import StoredFile
from portal.imports.engawa.reader import read_export
from portal.imports.engawa.restore import Restore
from portal.imports.report import Report
from portal.knowledge.models import Article, Section, SectionSlug, SeeAlso, Translation
from portal.knowledge.portable.folder import ExportFolder
from portal.knowledge.portable.writer import Export, Exported
from portal.knowledge.snippets.models import ArticleTemplate, Snippet
from portal.search.models import SearchDocument
from tests.conftest import _empty_database
from tests.factories import NOW


def export(app: Flask, folder: Path) -> Exported:
    """Write what the site holds."""
    run = Export(db.session(), ExportFolder(folder), uploads=app.extensions["settings"].uploads_dir)
    settled: list[int] = []
    run.write(settled.append)
    assert sum(settled) == run.told.texts
    db.session().rollback()
    return run.told


def empty(app: Flask) -> None:
    """Begin another site, without anything in its database or storage."""
    db.session().close()
    _empty_database()
    shutil.rmtree(app.extensions["settings"].uploads_dir, ignore_errors=True)


def bring_back(app: Flask, folder: Path, *, now: datetime = NOW) -> Report:
    """Import an export."""
    settings = app.extensions["settings"]
    run = Restore(read_export(folder), uploads=settings.uploads_dir, languages=("en", "ja"), now=now)
    return run.run(lambda _count: None)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def rows_of(session: Session) -> dict[str, list[Any]]:
    """Return all that an export carries as the database has it, with names for some ids."""
    session.rollback()
    session.expire_all()
    people = {user.id: user.email for user in session.scalars(select(User))}
    sections = {section.id: section.slug for section in session.scalars(select(Section))}
    accounts = {f"account:{item.id}": item.external_id for item in session.scalars(select(Account))}

    def named(audience: Audience) -> list[str]:
        return sorted(accounts.get(token, token) for token in audience)

    return {
        "sections": [
            (
                item.slug,
                item.names,
                item.descriptions,
                sections.get(item.parent_id or 0),
                item.position,
                item.source_key,
                item.needs_review,
                people.get(item.verifier_id or 0),
                item.verify_every_days,
            )
            for item in session.scalars(select(Section).order_by(Section.slug))
        ],
        "slugs": sorted((row.slug, sections[row.section_id]) for row in session.scalars(select(SectionSlug))),
        "articles": [
            (
                item.id,
                sections[item.section_id],
                named(item.audience),
                item.position,
                item.source_key,
                item.source_language,
                item.created_at,
                people.get(item.verifier_id or 0),
                item.verify_every_days,
                item.verified_at,
                people.get(item.verified_by_id or 0),
                item.merged_into_id,
            )
            for item in session.scalars(select(Article).order_by(Article.id))
        ],
        "texts": [
            (
                item.article_id,
                item.language,
                item.status,
                item.freshness,
                item.title,
                item.slug,
                item.summary,
                item.body,
                item.body_html,
                item.body_text,
                item.headings,
                item.published_at,
                item.updated_at,
            )
            for item in session.scalars(
                select(Translation).order_by(Translation.article_id, Translation.language)
            )
        ],
        "see also": list(_see_also(session)),
        "snippets": [
            (item.name, item.bodies) for item in session.scalars(select(Snippet).order_by(Snippet.name))
        ],
        "templates": [
            (item.name, item.bodies)
            for item in session.scalars(select(ArticleTemplate).order_by(ArticleTemplate.name))
        ],
        "files": [
            (item.key, item.name, item.media_type, item.size_bytes, item.width, item.height)
            for item in session.scalars(select(StoredFile).order_by(StoredFile.key))
        ],
        "found by search": [
            (item.key, item.title, item.body, item.path, named(item.audience))
            for item in session.scalars(select(SearchDocument).order_by(SearchDocument.key))
            if not item.is_removed
        ],
    }


def _see_also(session: Session) -> Iterator[object]:
    """Yield where articles point, in order; the numbers of the places may differ."""
    order = (SeeAlso.article_id, SeeAlso.position, SeeAlso.other_id)
    yield from session.execute(select(SeeAlso.article_id, SeeAlso.other_id).order_by(*order))
