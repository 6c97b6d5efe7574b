"""The demo's help centre, in both languages."""

import posixpath
import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import parse_audience
from portal.demo.vendor import HelpPage, help_pages
from portal.knowledge import service
from portal.knowledge.models import Article, ArticleStatus, Section
from portal.knowledge.paths import path_of_article
from portal.knowledge.publishing import Text
from portal.knowledge.structure import sections as chapters
from portal.web.slugs import slugify

_LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)\.md(#[^)\s]*)?\)")
AGE: Final = timedelta(days=300)


def write_articles(session: Session, *, now: datetime) -> dict[str, Article]:
    """Write all articles; return them by key."""
    pages = list(help_pages())
    sections = _sections(session, [page for page in pages if page.is_section])
    articles: dict[str, Article] = {}
    for page in pages:
        if not page.is_section and page.key not in articles:
            place = service.Place(
                section_id=sections[page.section].id, audience=parse_audience(page.audience)
            )
            articles[page.key] = service.add_article(session, actor=SYSTEM, place=place, now=now - AGE)
    slugs = {(page.key, page.language): slugify(page.title) for page in pages}
    for page in pages:
        if not page.is_section:
            _write(session, page, articles, slugs, now)
    return articles


def _sections(session: Session, pages: list[HelpPage]) -> dict[str, Section]:
    sections: dict[str, Section] = {}
    for position, folder in enumerate(sorted({page.section for page in pages}), 1):
        described = [page for page in pages if page.section == folder]
        sections[folder] = chapters.add_section(
            session,
            actor=SYSTEM,
            draft=chapters.SectionDraft(
                names={page.language: page.title for page in described},
                descriptions={page.language: page.summary for page in described},
                position=position * 10,
            ),
        )
    return sections


def _write(
    session: Session,
    page: HelpPage,
    articles: dict[str, Article],
    slugs: dict[tuple[str, str], str],
    now: datetime,
) -> None:
    def address(match: re.Match[str]) -> str:
        key = posixpath.normpath(posixpath.join(posixpath.dirname(page.key), match[1]))
        path = path_of_article(articles[key].id, slugs[key, page.language], language=page.language)
        return f"]({path}{match[2] or ''})"

    service.write_translation(
        session,
        actor=SYSTEM,
        article=articles[page.key],
        language=page.language,
        text=Text(title=page.title, summary=page.summary, body=_LINK.sub(address, page.body)),
        status=ArticleStatus.PUBLISHED,
        now=now - AGE,
    )
