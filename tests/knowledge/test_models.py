from datetime import timedelta

from portal.knowledge.models import Article, ArticleStatus, Translation
from tests.factories import NOW


def test_publishing_keeps_the_time_of_the_first_publication() -> None:
    text = Translation(status=ArticleStatus.DRAFT)
    text.change_status(ArticleStatus.PUBLISHED, at=NOW)
    text.change_status(ArticleStatus.PUBLISHED, at=NOW + timedelta(days=1))
    assert text.is_published
    assert text.published_at == NOW


def test_a_draft_has_no_time_of_publication() -> None:
    text = Translation(status=ArticleStatus.PUBLISHED, published_at=NOW)
    text.change_status(ArticleStatus.DRAFT, at=NOW)
    assert not text.is_published
    assert text.published_at is None


def test_an_article_knows_its_translations_by_language() -> None:
    english = Translation(language="en")
    article = Article(translations=[english])
    assert article.translation_in("en") is english
    assert article.translation_in("ja") is None
