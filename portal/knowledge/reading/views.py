"""Pages of the knowledge base as one reader sees them, and what they tell machines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from portal.accounts.actors import VISITOR, Actor
from portal.accounts.audience import includes
from portal.content.extract import excerpt
from portal.content.structure import Heading
from portal.content.variants import Choice, choose
from portal.content.videos import frame_sources, videos_in
from portal.core.clock import utc_now
from portal.core.db import db
from portal.knowledge import policies
from portal.knowledge.feedback.queries import helpfulness_of
from portal.knowledge.models import ArticleStatus, Section
from portal.knowledge.paths import (
    path_of_article,
    path_of_help,
    path_of_help_feed,
    path_of_section,
    path_of_section_feed,
)
from portal.knowledge.queries import SectionPage
from portal.knowledge.reading import queries as reading
from portal.knowledge.reading.queries import ArticlePage
from portal.knowledge.reading.structured import article_thing, faq_thing
from portal.knowledge.reading.variants import choice_of, label_of, switch_of
from portal.knowledge.upkeep.queries import standings_of
from portal.web.cards import DESCRIPTION_CHARS, Card
from portal.web.fragments import render_piece
from portal.web.structured import breadcrumbs

Trail = list[tuple[str, str]]
_OWN_IMAGE: Final = re.compile(r'<img\b[^>]*?\bsrc="(/files/[^"]+)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleView:
    """The parts of an article's page that are the same for all of its readers."""

    article_id: int
    slug: str
    language: str
    number: int
    title: str
    players: tuple[str, ...]
    has_videos: bool
    meta: str
    main: str
    after: str
    aside: str

    def __len__(self) -> int:
        return len(self.main) + len(self.aside)


def article_view(
    actor: Actor, article_id: int, language: str, *, choice: Choice | None = None, preview: str = ""
) -> ArticleView:
    """Render an article for an actor, who sees their own variant unless another is chosen.

    Links stay in the preview when staff look as the reader it names.

    Raises:
        NotFoundError: no such article that the actor may see.
    """
    page = reading.article_page_for(db.session(), actor, article_id, language=language)
    translation = page.translation
    article_id = translation.article_id
    choice = choice or choice_of(actor, {})
    body = choose(translation.body_html, choice, label_of)
    headings = (Heading(*heading) for heading in translation.headings)
    context = {
        "page": page,
        "article": translation,
        "body": body,
        "switch": None if preview else switch_of(translation.body_html, choice),
        "article_id": article_id,
        "trail": trail_of(page.trail, language, preview=preview),
        "headings": [heading for heading in headings if f' id="{heading.anchor}"' in body],
        "may_write": policies.may_write(actor),
        "upkeep": _upkeep(actor, article_id),
        "helpfulness": helpfulness_of(db.session(), actor, [article_id]).get(
            (article_id, translation.language)
        ),
        "preview": preview,
    }
    parts = {
        name: render_piece(f"knowledge/article_{name}.html", **context) for name in ("main", "after", "aside")
    }
    return ArticleView(
        article_id=article_id,
        slug=translation.slug,
        language=translation.language,
        number=translation.live_number or translation.newest_number,
        title=translation.title,
        players=frame_sources(body),
        has_videos=bool(videos_in(body)),
        meta=render_piece("layouts/card.html", card=article_card(page)),
        **parts,
    )


def _upkeep(actor: Actor, article_id: int) -> dict[str, object]:
    """Return what staff are told of an article's verification, and when that was read."""
    if not policies.may_write(actor):
        return {}
    session, now = db.session(), utc_now()
    standing = standings_of(session, [article_id], now=now)[article_id]
    return {"standing": standing, "seen_at": now}


def trail_of(sections: Iterable[Section], language: str, *, preview: str = "") -> Trail:
    """Return label and address of each step from the top of the knowledge base."""

    def path_to(slug: str | None) -> str:
        if preview:
            endpoint = "knowledge_preview.show_home"
            return url_for(endpoint, account=preview, language=language, section=slug)
        return path_of_section(slug, language=language) if slug else path_of_help(language)

    steps = [(item.name(language), path_to(item.slug)) for item in sections]
    return [(_("Help"), path_to(None)), *steps]


def home_card(language: str, languages: Iterable[str]) -> Card:
    """Describe the front page of the knowledge base."""
    paths = {code: path_of_help(code) for code in languages}
    return Card(
        title=_("Help"),
        path=paths[language],
        language=language,
        alternates=paths,
        feeds=[(_("Help"), path_of_help_feed(language))],
    )


def section_card(page: SectionPage, language: str, languages: Iterable[str]) -> Card:
    """Describe a section that visitors see, in the languages in which it has a name."""
    section = page.node.section
    named = [code for code in languages if code in section.names] or [language]
    language = language if language in named else named[0]
    paths = {code: path_of_section(section.slug, language=code) for code in named}
    name = section.name(language)
    return Card(
        title=name,
        path=paths[language],
        language=language,
        description=section.description(language),
        alternates=paths if len(paths) > 1 else {},
        feeds=[(name, path_of_section_feed(section.slug, language=language))],
        things=[breadcrumbs([*trail_of(page.trail, language), (name, paths[language])])],
    )


def article_card(page: ArticlePage) -> Card | None:
    """Describe an article; None if it is not for everyone."""
    text, article = page.translation, page.translation.article
    if not (text.is_published and includes(article.audience, VISITOR)):
        return None
    slugs = {link.language: link.slug for link in page.others if link.status is ArticleStatus.PUBLISHED}
    slugs[text.language] = text.slug
    paths = {code: path_of_article(article.id, slug, language=code) for code, slug in sorted(slugs.items())}
    path, section = paths[text.language], page.trail[-1]
    image = _OWN_IMAGE.search(text.body_html)
    trail = [*trail_of(page.trail, text.language), (text.title, path)]
    return Card(
        title=text.title,
        path=path,
        language=text.language,
        description=excerpt(text.summary, DESCRIPTION_CHARS),
        kind="article",
        alternates=paths if len(paths) > 1 else {},
        feeds=[
            (section.name(text.language), path_of_section_feed(section.slug, language=text.language)),
            (_("Help"), path_of_help_feed(text.language)),
        ],
        image=image and image[1],
        things=[article_thing(text, section, path), breadcrumbs(trail), *faq_thing(text.body_html)],
    )
