"""Writing what articles say: texts, drafts, revisions, reviews."""
