"""The files of an export: parts as texts, and texts as parts.

A reader gets its links as relative paths, which `layout.py` knows; here they are passed through.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from portal.knowledge.models import ArticleStatus, Freshness
from portal.knowledge.portable import fields
from portal.knowledge.portable.fields import Fields, MalformedError
from portal.knowledge.portable.parts import PortableArticle, PortableSection, PortableText

LONGEST_KEY: Final = 600
TEXT_FIELDS: Final = ("title", "summary", "status", "freshness", "published_at", "updated_at")
ARTICLE_FIELDS: Final = (
    *("id", "key", "created_at", "order", "audience", "verifier", "verify_every_days"),
    *("verified_at", "verified_by", "see_also", "merged_into"),
)

SECTION_FIELDS: Final = (
    *("slug", "folder", "names", "descriptions", "order", "key", "former_slugs"),
    *("needs_review", "verifier", "verify_every_days", "sections"),
)


def text_file(text: PortableText, article: PortableArticle | None) -> str:
    """Return the file of an article in one language, and of what holds for it in all if that is given."""
    values: dict[str, object] = {
        "title": text.title,
        "summary": text.summary,
        "status": str(text.status),
        "freshness": "" if text.freshness is Freshness.FRESH else str(text.freshness),
        "published_at": text.published_at,
        "updated_at": text.updated_at,
    }
    if article is not None:
        values |= {
            "id": article.number,
            "key": article.source_key,
            "created_at": article.created_at,
            "order": article.order,
            "audience": list(article.audience),
            "verifier": article.verifier,
            "verify_every_days": article.verify_every_days,
            "verified_at": article.verified_at,
            "verified_by": article.verified_by,
            "see_also": list(article.see_also),
            "merged_into": article.merged_into,
        }
    return fields.joined(values, text.body)


def text_of(found: Fields, body: str, *, key: str, language: str) -> PortableText:
    """Return an article in one language; what does not say otherwise is a draft.

    Raises:
        MalformedError: a value cannot be read.
    """
    return PortableText(
        key=key,
        language=language,
        status=ArticleStatus(_one_of(found, "status", ArticleStatus, ArticleStatus.DRAFT)),
        title=" ".join(found.text("title").split()),
        summary=found.text("summary").strip(),
        body=body,
        freshness=Freshness(_one_of(found, "freshness", Freshness, Freshness.FRESH)),
        published_at=found.instant("published_at"),
        updated_at=found.instant("updated_at"),
    )


def article_of(found: Fields, *, section: str) -> PortableArticle | None:
    """Return what a file says of its article in every language; None if it says nothing of it.

    Raises:
        MalformedError: a value cannot be read.
    """
    if not any(name in found for name in ARTICLE_FIELDS):
        return None
    if len(found.text("key")) > LONGEST_KEY:
        raise found.malformed("key", f"is longer than {LONGEST_KEY} characters")
    return PortableArticle(
        section=section,
        number=found.number("id"),
        source_key=found.text("key"),
        created_at=found.instant("created_at"),
        order=found.number("order"),
        audience=tuple(value.text for value in found.texts("audience")),
        verifier=found.text("verifier").lower(),
        verify_every_days=found.number("verify_every_days"),
        verified_at=found.instant("verified_at"),
        verified_by=found.text("verified_by").lower(),
        see_also=tuple(value.text for value in found.texts("see_also")),
        merged_into=found.text("merged_into"),
    )


def _one_of(found: Fields, name: str, known: type[ArticleStatus] | type[Freshness], otherwise: str) -> str:
    text = found.text(name) or otherwise
    if text not in list(known):
        raise found.malformed(name, f"is none of {', '.join(known)}")
    return text


def sections_file(sections: Sequence[PortableSection], *, folders: Mapping[str, str]) -> str:
    """Return the file of all sections; those below a section stand in it, in their order."""

    def values(parent: str | None) -> list[dict[str, object]]:
        return [
            {
                "slug": section.slug,
                "folder": folders[section.slug] if folders[section.slug] != section.slug else "",
                "names": section.names,
                "descriptions": section.descriptions,
                "order": section.order,
                "key": section.key,
                "former_slugs": section.former_slugs,
                "needs_review": section.needs_review,
                "verifier": section.verifier,
                "verify_every_days": section.verify_every_days,
                "sections": values(section.slug),
            }
            for section in sections
            if section.parent == parent
        ]

    return fields.written(values(None))


def section_of(found: Fields, *, parent: str | None) -> PortableSection:
    """Return a section.

    Raises:
        MalformedError: a value cannot be read, or it has no slug.
    """
    slug = found.text("slug")
    if not slug:
        raise MalformedError("section has no slug", line=found.line)
    return PortableSection(
        slug=slug,
        names=found.by_language("names"),
        descriptions=found.by_language("descriptions"),
        former_slugs=tuple(sorted({value.text for value in found.texts("former_slugs")})),
        parent=parent,
        order=found.number("order") or 0,
        key=found.text("key"),
        needs_review=found.is_true("needs_review"),
        verifier=found.text("verifier").lower(),
        verify_every_days=found.number("verify_every_days"),
    )


def shared_file(name: str, body: str) -> str:
    """Return the file of a snippet or a template in one language."""
    return fields.joined({"name": name}, body)
