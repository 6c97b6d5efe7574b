"""The addresses of sections and articles, for places that know no routes."""


def path_of_section(slug: str, *, language: str) -> str:
    """Return the address of a section, read in a language."""
    return f"/help/{language}/{slug}/"


def path_of_article(article_id: int, slug: str, *, language: str) -> str:
    """Return the address of an article, read in a language."""
    return f"/help/{language}/articles/{article_id}-{slug}"
