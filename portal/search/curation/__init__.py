"""What staff decide about search: results pinned to queries, and synonyms."""
