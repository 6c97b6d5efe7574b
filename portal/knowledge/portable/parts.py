"""What an export holds: the knowledge base, in names that mean the same on another site.

People are named by their e-mail addresses, accounts by external ids, sections by slugs, articles by keys. In
Markdown, links within the site are as `links.py` says.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from portal.knowledge.models import ArticleStatus, Freshness


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableSection:
    """A section; `parent` is None at the top, `key` empty unless it came with an import."""

    slug: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    former_slugs: tuple[str, ...] = ()
    parent: str | None = None
    order: int = 0
    key: str = ""
    needs_review: bool = False
    verifier: str = ""
    verify_every_days: int | None = None

    @property
    def state(self) -> str:
        """What tells it from another state of the same section."""
        return _digest(asdict(self) | {"key": ""})


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableArticle:
    """What holds for an article in every language.

    `number` is its id on the site that it was exported from, and `source_key` says which file of an import it
    came from; either may be missing in a file that was written by hand, and so may `order`. `section` is a
    slug, `audience` has tokens, `see_also` and `merged_into` are keys.
    """

    section: str
    number: int | None = None
    source_key: str = ""
    created_at: datetime | None = None
    order: int | None = None
    audience: tuple[str, ...] = ()
    verifier: str = ""
    verify_every_days: int | None = None
    verified_at: datetime | None = None
    verified_by: str = ""
    see_also: tuple[str, ...] = ()
    merged_into: str = ""

    @property
    def key(self) -> str:
        """What names the article on every site that it is brought to; empty if nothing does."""
        if self.source_key:
            return self.source_key
        if self.number is None or self.created_at is None:
            return ""
        return f"engawa/{self.number}-{self.created_at:%Y%m%dT%H%M%S.%f}"

    @property
    def state(self) -> str:
        """What tells it from another state of the same article; its id and its dates do not."""
        duty = (self.verifier, self.verify_every_days)
        audience = sorted(self.audience)
        return _digest([self.section, self.order, audience, duty, self.see_also, self.merged_into])


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableText:
    """An article in one language; `key` is that of its article."""

    key: str
    language: str
    status: ArticleStatus
    title: str
    summary: str
    body: str
    freshness: Freshness = Freshness.FRESH
    published_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def state(self) -> str:
        """What tells it from another state of the same text; its dates do not."""
        return _digest([self.status, self.title, self.summary, self.body])


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableShared:
    """A snippet or a template, by language."""

    name: str
    bodies: Mapping[str, str]

    @property
    def state(self) -> str:
        """What tells it from another state of the same one."""
        return _digest(asdict(self))


def _digest(said: object) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
