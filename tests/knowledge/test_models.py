from portal.knowledge.models import Article, Translation


def test_an_article_knows_its_translations_by_language() -> None:
    english = Translation(language="en")
    article = Article(translations=[english])
    assert article.translation_in("en") is english
    assert article.translation_in("ja") is None
