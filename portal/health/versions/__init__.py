"""Versions of the scoring model: written as drafts, tried on every account, activated, kept."""
