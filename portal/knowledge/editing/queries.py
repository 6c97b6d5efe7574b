"""What someone who writes a text of an article has to know about it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.accounts.actors import Actor
from portal.content.comparison import Differences, differences
from portal.core.errors import NotFoundError
from portal.knowledge import policies, queries
from portal.knowledge.models import Article, ArticleReview, ArticleRevision, Translation

_PEOPLE = (
    joinedload(ArticleRevision.author),
    joinedload(ArticleRevision.review_asked_by),
    selectinload(ArticleRevision.reviews).joinedload(ArticleReview.reviewer),
)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """An article with its text in one language; `translation` and `newest` are None while it has none.

    `source` is the text that this one translates, None for the source itself.
    """

    article: Article
    language: str
    translation: Translation | None
    newest: ArticleRevision | None
    source: Translation | None
    needs_review: bool
    actor: Actor

    @property
    def may_publish(self) -> bool:
        """Whether who writes may publish without a second person."""
        return policies.may_publish(self.actor, needs_review=self.needs_review)

    @property
    def may_review(self) -> bool:
        """Whether who looks may say whether the newest text goes live."""
        return self.newest is not None and policies.may_review(self.actor, author_id=self.newest.author_id)

    @property
    def source_number(self) -> int | None:
        """The number of the source's revision that a translator reads; None for the source itself."""
        return (self.source.live_number or self.source.newest_number) if self.source else None

    @property
    def made_from(self) -> int | None:
        """The number of the source's revision that the newest text says it translates; None if of none."""
        return self.newest.source_number if self.newest else None

    @property
    def says_source(self) -> bool:
        """Whether the newest text translates what the source says now; a text that is new is expected to."""
        return self.newest is None or self.made_from == self.source_number


@dataclass(frozen=True, kw_only=True)
class Written(Writing):
    """The same for an article that says something in the language."""

    translation: Translation
    newest: ArticleRevision


def writing_for(
    session: Session, actor: Actor, article_id: int, language: str, *, locked: bool = False
) -> Writing:
    """Return an article as those see it who write its text in a language; `locked` to write it now.

    Raises:
        NotFoundError: no such article, or the actor may not write.
    """
    article = queries.editable_article_for(session, actor, article_id, locked=locked)
    text, source = article.translation_in(language), article.translation_in(article.source_language)
    return Writing(
        article=article,
        language=language,
        translation=text,
        newest=revision_in(session, text, text.newest_number) if text else None,
        source=None if source is text else source,
        needs_review=queries.needs_review(session, article),
        actor=actor,
    )


def written_for(
    session: Session, actor: Actor, article_id: int, language: str, *, locked: bool = False
) -> Written:
    """Return what `writing_for` does, for an article that says something in the language.

    Raises:
        NotFoundError: it does not, or there is no such article that the actor may write.
    """
    writing = writing_for(session, actor, article_id, language, locked=locked)
    if writing.newest is None:
        raise NotFoundError("translation")
    return Written(**vars(writing))


def revision_in(session: Session, translation: Translation, number: int) -> ArticleRevision:
    """Return a revision of a text, with everyone who had to do with it.

    Raises:
        NotFoundError: no such revision.
    """
    mine = (ArticleRevision.translation_id == translation.id, ArticleRevision.number == number)
    revision = session.scalar(select(ArticleRevision).options(*_PEOPLE).where(*mine))
    if revision is None:
        raise NotFoundError("revision")
    return revision


def changes_in_source(session: Session, writing: Writing) -> Differences:
    """Return what the source says otherwise since the revision that the newest text translates."""
    if writing.source is None or not writing.made_from or writing.says_source:
        return {}
    return differences(revision_in(session, writing.source, writing.made_from), writing.source)
