"""All checklists at once: how each stands, and what their steps take."""
