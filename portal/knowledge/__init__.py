"""The knowledge base: sections, articles, translations, votes."""
