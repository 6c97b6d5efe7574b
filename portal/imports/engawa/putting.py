"""Writes one article, or one of its texts, as the staff of the site would."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM
from portal.accounts.external import audience_of
from portal.accounts.queries import user_by_email
from portal.imports.engawa.addresses import Addresses
from portal.imports.engawa.plans import ArticlePlan, TextPlan
from portal.imports.engawa.resolving import Resolver
from portal.imports.queries import section_id_of
from portal.knowledge import service, workflow
from portal.knowledge.models import Article, ArticleStatus, Freshness
from portal.knowledge.portable.parts import PortableArticle, PortableText
from portal.knowledge.publishing import Text
from portal.knowledge.service import Edit, Place
from portal.knowledge.structure import merging, see_also
from portal.knowledge.upkeep import duties as upkeep
from portal.knowledge.upkeep.duties import Duty


@dataclass(frozen=True, kw_only=True, slots=True)
class Putting:
    """What is needed to write: who is here, what leads where, and what time it is."""

    session: Session
    resolver: Resolver
    addresses: Addresses
    now: datetime

    def article(self, article: Article, plan: ArticlePlan, site: PortableArticle | None) -> None:
        """Write for whom an article is, where it stands, who verifies it, and where it leads.

        Raises:
            InvalidError: something of it cannot be.
        """
        part = plan.part
        self._place(article, part)
        duty = self.resolver.duty(part.verifier, part.verify_every_days)
        if duty != Duty(verifier_id=article.verifier_id, every_days=article.verify_every_days):
            upkeep.assign(self.session, actor=SYSTEM, article_id=article.id, duty=duty)
        if part.see_also != (site.see_also if site else ()):
            others = [self.addresses.ids[key] for key in part.see_also]
            see_also.point_only_to(self.session, actor=SYSTEM, article_id=article.id, other_ids=others)
        self._merge(article, self.addresses.ids[part.merged_into] if part.merged_into else None)

    def _place(self, article: Article, part: PortableArticle) -> None:
        audience = audience_of(self.session, part.audience)
        position = article.position if part.order is None else part.order
        if (article.section.slug, article.audience, article.position) != (part.section, audience, position):
            section_id = section_id_of(self.session, part.section)
            service.move_article(
                self.session,
                actor=SYSTEM,
                article_id=article.id,
                place=Place(section_id=section_id, audience=audience),
                position=position,
                now=self.now,
            )

    def _merge(self, article: Article, target_id: int | None) -> None:
        if target_id == article.merged_into_id:
            return
        if target_id is None:
            merging.part(self.session, actor=SYSTEM, article_id=article.id, now=self.now)
        else:
            merging.restore_merger(
                self.session, actor=SYSTEM, article_id=article.id, target_id=target_id, now=self.now
            )

    def text(self, article: Article, plan: ArticlePlan, text: TextPlan, site: PortableText | None) -> None:
        """Write a text as a new revision, and bring it as far as it says; a new one keeps its dates.

        Raises:
            InvalidError: it cannot be rendered, or has no title or no words.
        """
        part = text.part
        said = Text(title=part.title, summary=part.summary, body=text.body)
        if site is None or (part.title, part.summary, part.body) != (site.title, site.summary, site.body):
            service.save_text(
                self.session,
                actor=SYSTEM,
                article=article,
                language=part.language,
                text=said,
                edit=_edit(article, plan, part) if site is None else Edit(),
                now=self.now,
            )
        self._release(article, part, site)
        if site is None:
            self._date(article, part)

    def _release(self, article: Article, part: PortableText, site: PortableText | None) -> None:
        was_live = (site or part).published_at is not None
        language, now = part.language, self.now
        if part.status is ArticleStatus.PUBLISHED or (part.status is ArticleStatus.ARCHIVED and was_live):
            workflow.publish(self.session, actor=SYSTEM, article=article, language=language, now=now)
        if part.status is ArticleStatus.ARCHIVED:
            workflow.archive(self.session, actor=SYSTEM, article=article, language=language, now=now)
        elif part.status is ArticleStatus.DRAFT and site and site.status is ArticleStatus.ARCHIVED:
            workflow.bring_back(self.session, actor=SYSTEM, article=article, language=language, now=now)

    def _date(self, article: Article, part: PortableText) -> None:
        translation = article.translation_in(part.language)
        if translation is None:
            return
        if part.published_at and translation.published_at:
            translation.published_at = min(part.published_at, self.now)
        translation.updated_at = min(part.updated_at or self.now, self.now)
        translation.freshness = part.freshness

    def verification(self, article: Article, part: PortableArticle) -> None:
        """Let a new article keep when someone said that it is true, if it was exported at all."""
        if part.number is not None:
            by = user_by_email(self.session, part.verified_by) if part.verified_by else None
            article.verified_at = part.verified_at and min(part.verified_at, self.now)
            article.verified_by_id = by.id if by else None


def _edit(article: Article, plan: ArticlePlan, part: PortableText) -> Edit:
    """Return of which revision of its source a new text is: of none, when it is no longer true to it."""
    if not article.translations:
        return Edit(significance=plan.significance)
    return Edit(source_number=None if part.freshness is Freshness.FRESH else 0)
