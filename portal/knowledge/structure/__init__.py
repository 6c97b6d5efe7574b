"""Where articles stand and what they point to: sections, order, see also, related, merging."""
