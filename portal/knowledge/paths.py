"""The addresses of sections and articles, for places that know no routes."""


def path_of_help(language: str) -> str:
    """Return the address of the knowledge base, read in a language."""
    return f"/help/{language}/"


def path_of_section(slug: str, *, language: str) -> str:
    """Return the address of a section, read in a language."""
    return f"/help/{language}/{slug}/"


def path_of_article(article_id: int, slug: str, *, language: str) -> str:
    """Return the address of an article, read in a language."""
    return f"/help/{language}/articles/{article_id}-{slug}"


def path_of_help_feed(language: str) -> str:
    """Return the address of the feed of all public articles in a language."""
    return f"/help/{language}/feed.atom"


def path_of_section_feed(slug: str, *, language: str) -> str:
    """Return the address of the feed of a section and all below it."""
    return f"/help/{language}/{slug}/feed.atom"


def path_of_text(article_id: int, *, language: str) -> str:
    """Return where staff write an article in a language."""
    return f"/staff/articles/{article_id}/{language}"


def path_of_upkeep() -> str:
    """Return where staff see which articles someone has to look at."""
    return "/staff/articles/upkeep/"


def path_of_review(article_id: int, *, language: str) -> str:
    """Return where a second person looks at a text before readers do."""
    return f"{path_of_text(article_id, language=language)}/review"
