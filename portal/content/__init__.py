"""Markdown to safe HTML; nothing else may make Markup."""
