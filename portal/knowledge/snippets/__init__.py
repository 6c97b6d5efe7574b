"""Texts that help to write articles: snippets that many share, and templates that new ones begin with."""
