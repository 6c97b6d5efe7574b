"""Sections and articles with sensible values. Each is committed."""

from itertools import count

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.audience import PUBLIC, Audience
from portal.knowledge import service, workflow
from portal.knowledge.models import ArticleStatus, Section, Significance, Translation
from portal.knowledge.publishing import Text
from portal.knowledge.queries import article_with_texts
from portal.knowledge.service import Edit, Place
from portal.knowledge.structure import sections
from portal.knowledge.structure.sections import SectionDraft
from tests.factories import NOW

_numbers = count(1)


def make_section(session: Session, name: str = "", *, parent: Section | None = None) -> Section:
    """Make a section with a name in both languages."""
    number = next(_numbers)
    draft = SectionDraft(
        names={"en": name or f"Section {number}", "ja": f"セクション {number}"},
        parent_id=parent.id if parent else None,
        position=number,
    )
    section = sections.add_section(session, actor=SYSTEM, draft=draft)
    session.commit()
    return section


def make_article(
    session: Session,
    title: str = "Print labels",
    *,
    body: str = "Choose **Print**.",
    language: str = "en",
    section: Section | None = None,
    audience: Audience = PUBLIC,
    status: ArticleStatus = ArticleStatus.PUBLISHED,
) -> Translation:
    """Write an article in one language."""
    translation = service.create_article(
        session,
        actor=SYSTEM,
        place=Place(section_id=(section or make_section(session)).id, audience=audience),
        language=language,
        text=Text(title=title, body=body, summary="What you can do then."),
        status=status,
        now=NOW,
    )
    session.commit()
    return translation


def translate(
    session: Session,
    original: Translation,
    title: str = "ラベルを印刷する",
    *,
    language: str = "ja",
    status: ArticleStatus = ArticleStatus.PUBLISHED,
) -> Translation:
    """Add the same article in another language."""
    article = original.article
    translation = service.write_translation(
        session,
        actor=SYSTEM,
        article=article_with_texts(session, article.id),
        language=language,
        text=Text(title=title, body="**印刷** を選びます。"),
        status=status,
        now=NOW,
    )
    session.commit()
    return translation


def rewrite(
    session: Session, translation: Translation, body: str, *, significance: Significance = Significance.NORMAL
) -> None:
    """Let readers see another text of an article."""
    article = article_with_texts(session, translation.article_id)
    text = Text(title=translation.title, body=body)
    edit = Edit(significance=significance)
    language = translation.language
    service.save_text(
        session, actor=SYSTEM, article=article, language=language, text=text, edit=edit, now=NOW
    )
    workflow.publish(session, actor=SYSTEM, article=article, language=language, now=NOW)
    session.commit()


def archive(session: Session, translation: Translation) -> None:
    """Take a text away from its readers."""
    article = article_with_texts(session, translation.article_id)
    workflow.archive(session, actor=SYSTEM, article=article, language=translation.language, now=NOW)
    session.commit()
